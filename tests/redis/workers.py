"""Processes with one client each, in both languages, that the tests tell what to call."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).resolve().parent
PATIENCE = 60
COMMANDS: dict[str, list[str]] = {
    "threads": [sys.executable, "-X", "faulthandler", "programs/worker.py", "threads"],
    "tasks": [sys.executable, "-X", "faulthandler", "programs/worker.py", "tasks"],
    "node": ["node", "programs/worker.mjs"],
}
KINDS = [*COMMANDS]
"""Python with threads and with tasks, and Node."""

Result = dict[str, Any]


class Worker:
    """One process. What it prints is kept in ``log``."""

    def __init__(self, kind: str, environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        self._calls: dict[int, Future[Result]] = {}
        self._number = 0
        self._lock = threading.Lock()
        results, write_end = os.pipe()
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                COMMANDS[kind],
                cwd=HERE,
                env={**os.environ, **environment, "PYTHONUNBUFFERED": "1", "RESULTS": str(write_end)},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[write_end],
                text=True,
            )
        os.close(write_end)
        self._reader = threading.Thread(target=self._read, args=(results,))
        self._reader.start()

    def _read(self, results: int) -> None:
        with open(results, encoding="utf-8") as lines:
            for line in lines:
                result = json.loads(line)
                with self._lock:
                    future = self._calls.pop(result.pop("id"))
                future.set_result(result)
        with self._lock:
            left = [*self._calls.values()]
            self._calls.clear()
        for future in left:
            future.set_exception(EOFError(f"the process has ended: {self.printed()}"))

    def begin(self, call: str, token: str | None = None, **details: object) -> Future[Result]:
        """Begin a call and give what will come of it."""
        future: Future[Result] = Future()
        with self._lock:
            self._number += 1
            number = self._number
            self._calls[number] = future
        line = json.dumps({"id": number, "call": call, "token": token, **details})
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return future

    def call(self, call: str, token: str | None = None, **details: object) -> Result:
        """Make a call to its end."""
        return self.begin(call, token, **details).result(PATIENCE)

    def diagnostics(self) -> dict[str, int]:
        """Give the counters of the client, with their names as in Node."""
        return self.call("diagnostics")

    def printed(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self) -> None:
        """End it, which it must do well, with all calls made."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(PATIENCE) == 0, self.printed()
        self._reader.join(PATIENCE)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        if self.process.stdin is not None and not self.process.stdin.closed:
            # A line that the process has not read may be left in the buffer.
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()

    def suspend(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)
