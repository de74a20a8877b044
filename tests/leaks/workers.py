"""The programs with a client, in each language, whose output and memory are searched."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PATIENCE = 60
PYTHON = [sys.executable, "-X", "dev", "-X", "faulthandler"]
COMMANDS = {
    "rust": [str(ROOT / "target" / "debug" / "tenant-select-leaks")],
    "sync": [*PYTHON, str(HERE / "programs" / "worker.py"), "sync"],
    "async": [*PYTHON, str(HERE / "programs" / "worker.py"), "async"],
    "node": ["node", "--trace-warnings", str(HERE / "programs" / "worker.mjs")],
}
MEMORY_COMMANDS = {
    "rust": COMMANDS["rust"],
    "python": [sys.executable, str(HERE / "programs" / "memory.py")],
    "node": ["node", "--expose-gc", str(HERE / "programs" / "memory.mjs")],
}
LOUD = {
    "RUST_LOG": "trace",
    "RUST_BACKTRACE": "full",
    "PYTHONASYNCIODEBUG": "1",
    "PYTHONUNBUFFERED": "1",
    "NODE_DEBUG": "*",
    "DEBUG": "*",
}
"""Everything that makes programs print more."""


class Worker:
    """One process, whose standard output and error are a file."""

    def __init__(
        self, command: list[str], environment: Mapping[str, str], folder: Path, tokens: Iterable[str] = ()
    ) -> None:
        self._log = folder / "output.log"
        reading, writing = os.pipe()
        listed = folder / "tokens"
        listed.write_text("".join(f"{token}\n" for token in tokens))
        with self._log.open("ab") as output, listed.open("rb") as source:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, **environment, "RESULTS": str(writing), "TOKENS": str(source.fileno())},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[writing, source.fileno()],
            )
        # Until the process is told to abort it has a core file of any size.
        most = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.prlimit(self.process.pid, resource.RLIMIT_CORE, (most, most))
        listed.unlink()
        os.close(writing)
        self._results: IO[str] = open(reading, encoding="utf-8")  # noqa: PTH123, SIM115

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def result(self) -> dict[str, Any]:
        """Wait for what comes of a situation, which the process must survive."""
        line = self._results.readline()
        assert line, f"the process has ended: {self.output().decode(errors='replace')[-4000:]}"
        result: dict[str, Any] = json.loads(line)
        return result

    def run(self, situation: dict[str, Any]) -> dict[str, Any]:
        self.tell(json.dumps(situation))
        return self.result()

    def plant(self, secret: str) -> None:
        """Let the process print a secret."""
        self.run(
            {
                "mode": "plant",
                "refresh": secret,
                "session": secret,
                "expired": secret,
                "external": secret,
                "device": secret,
                "environment": {},
            }
        )

    def output(self) -> bytes:
        return self._log.read_bytes()

    def stop(self) -> None:
        """End it, which it must do well."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(PATIENCE) == 0, self.output().decode(errors="replace")[-4000:]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        if self.process.stdin is not None:
            self.process.stdin.close()
        self._results.close()


class StartWorker(Protocol):
    """Start a program that prints everything."""

    def __call__(self, kind: str) -> Worker: ...
