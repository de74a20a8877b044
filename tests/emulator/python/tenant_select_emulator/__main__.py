"""Run the emulator: ``python -m tenant_select_emulator [OPTIONS]``."""

from __future__ import annotations

import os
import subprocess
import sys

from tenant_select_emulator import binary_path


def main() -> int:
    """Become the emulator, or on Windows, which cannot, wait for it.

    Returns:
        The status that the emulator ended with.
    """
    command = [os.fspath(binary_path()), *sys.argv[1:]]
    if os.name == "posix":
        os.execv(command[0], command)
    try:
        return subprocess.call(command)
    except KeyboardInterrupt:
        # The console interrupted the emulator too.
        return 130


if __name__ == "__main__":
    sys.exit(main())
