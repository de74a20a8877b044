"""Servers of several processes: gunicorn, uvicorn and a cluster of Node, all with the application of the adapters."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from redis_server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE = Path(__file__).resolve().parent
PATIENCE = 60
FLEETS = ["gunicorn", "uvicorn", "cluster"]


@dataclass(frozen=True)
class Fleet:
    """A server that listens."""

    name: str
    port: int
    log: Path
    processes: set[str]
    """Those that respond."""


def until_all_respond(fleet: Fleet, process: subprocess.Popen[bytes], workers: int) -> None:
    """Send requests that need no session until each process has responded."""
    deadline = time.monotonic() + PATIENCE
    while len(fleet.processes) < workers:
        with contextlib.suppress(OSError, http.client.HTTPException), closing_connection(fleet.port) as connection:
            connection.request("GET", "/public", headers={"Connection": "close"})
            response = connection.getresponse()
            response.read()
            fleet.processes.add(response.headers["x-process"])
            continue
        assert process.poll() is None, fleet.log.read_text()
        assert time.monotonic() < deadline, fleet.log.read_text()
        time.sleep(0.02)


def closing_connection(port: int) -> contextlib.closing[http.client.HTTPConnection]:
    return contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE))


def command(name: str, port: int, workers: int) -> list[str]:
    python = [sys.executable, "-X", "faulthandler", "-m"]
    if name == "gunicorn":
        threads = ["--worker-class", "gthread", "--threads", "16", "--no-control-socket"]
        return [*python, name, "--bind", f"127.0.0.1:{port}", "--workers", str(workers), *threads, "wsgi:app"]
    if name == "uvicorn":
        return [*python, name, "--port", str(port), "--workers", str(workers), "asgi:app"]
    return ["node", "programs/cluster.mjs", str(port)]


@contextlib.contextmanager
def serving(name: str, environment: Mapping[str, str], log: Path, workers: int = 4) -> Iterator[Fleet]:
    """Run a server until the block ends, which it must do well."""
    port = free_port()
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command(name, port, workers),
            cwd=HERE,
            env={
                **os.environ,
                **environment,
                "PYTHONUNBUFFERED": "1",
                "PYTHONPATH": f"{HERE / 'programs'}{os.pathsep}{HERE.parent / 'python'}",
                "WORKERS": str(workers),
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        fleet = Fleet(name, port, log, set())
        try:
            until_all_respond(fleet, process, workers)
            yield fleet
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0, log.read_text()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
