"""Starts emulators and forks: one is stopped while a child lives, the other is running when this process is killed."""

import os
import time

from tenant_select.testing import Emulator


def fork(name: str, emulator: Emulator) -> None:
    """Fork a child that does as if it stopped the emulator, lives until it is told to end, and says so."""
    if os.fork() == 0:
        emulator.stop()
        os.read(0, 1)
        # In one piece, for the other child may speak at the same time.
        os.write(1, f"{name} ends\n".encode())
        os._exit(0)


with Emulator() as stopped:
    program = stopped._program
    assert program is not None
    fork("child 1", stopped)
print("stopped:", program._process.returncode, flush=True)

with Emulator() as running:
    fork("child 2", running)
    print(running.url, flush=True)
    time.sleep(60)
