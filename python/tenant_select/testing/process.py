"""Starts and ends the emulator's program."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakSet

from .binary import EmulatorError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

READY_WITHIN = 10
"""Seconds until a program must have printed that it is ready."""
ENDED_WITHIN = 5
"""Seconds for a program to end after its input closed, and again after each signal."""


class Program:
    """A running program that is ready. It watches its standard input, so it ends when this process ends, also after a crash.

    Args:
        binary: The program to start.
        arguments: Its arguments.

    Raises:
        EmulatorError: It cannot be started, is not ready in time, or is not the emulator; the message includes its output.
    """

    ready: dict[str, Any]
    """The line that it printed when it was ready."""

    def __init__(self, binary: str | os.PathLike[str], arguments: Sequence[str]) -> None:
        self._binary = os.fspath(binary)
        self._owner = os.getpid()
        # A file and not a pipe, which would fill up because its output is not read.
        self._said = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115 - closed by `end`
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own binary
                [self._binary, *arguments], bufsize=0, stdin=pipe, stdout=pipe, stderr=self._said
            )
        except OSError as error:
            self._said.close()
            message = f"{self._binary} cannot be started: {error}"
            raise EmulatorError(message) from error
        _programs.add(self)
        try:
            self.ready = self._read_ready()
        except BaseException:
            self._process.kill()
            self.end()
            raise

    def _read_ready(self) -> dict[str, Any]:
        """Wait for the line that it prints when it is ready, or for its end."""
        lines: list[bytes] = []
        stdout = cast("IO[bytes]", self._process.stdout)

        def read() -> None:
            lines.append(stdout.readline())
            if self._process.stdout is None:
                stdout.close()

        # A thread, because not every platform can wait for a pipe with a timeout.
        reading = threading.Thread(target=read, name=self._binary, daemon=True)
        reading.start()
        reading.join(READY_WITHIN)
        if not lines:
            self._process.kill()
            reading.join(1)
            if not lines:
                # A child of the program holds the pipe open; the thread closes it later.
                self._process.stdout = None
            raise self._failure(f"was not ready within {READY_WITHIN} s")
        try:
            ready = json.loads(lines[0])
            if isinstance(ready, dict) and {"url", "projectId"} <= ready.keys():
                return cast("dict[str, Any]", ready)
        except ValueError:
            pass
        if lines[0]:
            message = f"{self._binary} is no emulator: it printed {lines[0].decode(errors='replace').strip()!r}"
            raise EmulatorError(message)
        if not self._ends():
            raise self._failure("closed its output before it was ready")
        raise self._failure(f"ended before it was ready ({self._process.returncode})")

    def _failure(self, what: str) -> EmulatorError:
        self._said.seek(0)
        said = self._said.read().decode(errors="replace").strip()
        return EmulatorError(f"{self._binary} {what}: {said or 'it said nothing'}")

    def _ends(self) -> bool:
        try:
            self._process.wait(ENDED_WITHIN)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self) -> bool:
        """End the program and wait for it. Returns False in a forked child, which must not end its parent's program."""
        _programs.discard(self)
        if self._owner != os.getpid():
            return False
        self._close()
        for insist in (self._process.terminate, self._process.kill):
            if not self._ends():
                insist()
        self._process.wait()
        return True

    def detach_after_fork(self) -> None:
        """Detach from it in a forked child, whose copy of the pipe would keep it running after the parent has ended."""
        self._close()
        self._process.returncode = 0  # or Popen would warn in this process that it still runs

    def _close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout, self._said):
            if stream is not None:
                stream.close()


_programs: WeakSet[Program] = WeakSet()
"""The running programs."""


def _detach_all_after_fork() -> None:
    for program in list(_programs):
        program.detach_after_fork()
    _programs.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_detach_all_after_fork)
