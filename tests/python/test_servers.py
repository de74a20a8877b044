"""Servers that fork their workers after the application was imported, with clients that were used and calls under way."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from connections import requests_by_process, tokens
from programs import HERE, count
from programs.tasks import application

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tenant_select import JWTResponse
    from tenant_select.testing import Emulator

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")

WORKERS = 3
REQUESTS = count(60, 600)
CALLED = ["acme"] * 8
PATIENCE = 60
COMPLAINTS = re.compile(r"Traceback|Fatal Python|CRITICAL|ERROR|WORKER TIMEOUT|SIGSEGV|SIGABRT|SIGKILL")


class Server:
    """A server in a separate process, and its output."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self._more = threading.Condition()
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._more:
                self.said.append(line)
                self._more.notify_all()

    def wait_for(self, pattern: str, times: int = 1) -> list[str]:
        """Return what the pattern's group matched in as many lines as there must be."""
        with self._more:
            self._more.wait_for(lambda: len(self._found(pattern)) >= times, PATIENCE)
        found = self._found(pattern)
        assert len(found) >= times, f"waited for {pattern}: {''.join(self.said)}"
        return found

    def _found(self, pattern: str) -> list[str]:
        return [match[1] for line in self.said if (match := re.search(pattern, line))]

    def stop(self) -> None:
        """Let it end, which it must do without an error."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self._listener.join(PATIENCE)
        log = "".join(self.said)
        assert code == 0, log
        assert not COMPLAINTS.search(log), log


@contextmanager
def serving(module: str, *arguments: str, environment: dict[str, str]) -> Iterator[Server]:
    """Run a server, and check that it ends without an error if the test passed."""
    command = [sys.executable, "-X", "faulthandler", "-m", module, *arguments]
    with subprocess.Popen(
        command,
        cwd=HERE.parent,
        env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        server = Server(process)
        try:
            yield server
            server.stop()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            print("".join(server.said))


@pytest.fixture
def environment(emulator: Emulator, signed_in: JWTResponse) -> dict[str, str]:
    """The environment of `programs.served`. Its background calls take long, so that every fork meets some."""
    emulator.fault("/v1/auth/me/history", "delay", times=None, delayMs=200)
    environment = {**emulator.environment, "REFRESH_JWTS": tokens(emulator, signed_in, 16)}
    emulator.clear_requests()
    return environment


def responses(send: Callable[[Any], str], enough: Callable[[Counter[int]], bool]) -> Counter[int]:
    """Send several requests at once, until there are enough responses, and count those of each process."""
    responded: Counter[int] = Counter()
    deadline = time.monotonic() + PATIENCE
    with ThreadPoolExecutor(8) as pool:
        while not enough(responded):
            assert time.monotonic() < deadline, responded
            for response in map(json.loads, pool.map(send, range(20))):
                assert response["tenants"] == CALLED
                responded[response["pid"]] += 1
    return responded


@pytest.mark.parametrize(
    ("worker", "application"),
    [
        (["sync"], "wsgi"),
        (["gthread", "--threads", "4"], "wsgi"),
        (["uvicorn_worker.UvicornWorker"], "asgi"),
    ],
    ids=["sync", "gthread", "uvicorn"],
)
def test_gunicorn(emulator: Emulator, environment: dict[str, str], worker: list[str], application: str) -> None:
    arguments = ["--preload", "--bind", "127.0.0.1:0", "--workers", str(WORKERS), "--no-control-socket"]
    arguments += [f"programs.served:{application}", "--worker-class", *worker]
    with serving("gunicorn", *arguments, environment=environment) as server:
        (url,) = server.wait_for(r"Listening at: (http://\S+)")
        workers = {int(pid) for pid in server.wait_for(r"Booting worker with pid: (\d+)", WORKERS)}

        def send(_: object) -> str:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=PATIENCE) as response:
                return str(response.read().decode())

        responded = responses(send, lambda counts: counts.total() >= REQUESTS and workers <= set(counts))
        assert set(responded) == workers

        # One that dies is replaced by another child of the master, whose calls have gone on all the while.
        gone = min(workers)
        os.kill(gone, signal.SIGTERM)
        (*_, newcomer) = map(int, server.wait_for(r"Booting worker with pid: (\d+)", WORKERS + 1))
        responses(send, lambda counts: newcomer in counts)
    master_and_workers = 1 + WORKERS + 1
    assert len(requests_by_process(emulator.requests())) == master_and_workers


def test_celery_prefork(emulator: Emulator, environment: dict[str, str], tmp_path: Path) -> None:
    for name in ("outbox", "queue", "control", "results"):
        (tmp_path / name).mkdir()
    environment["CELERY_FOLDER"] = str(tmp_path)
    arguments = ["--app", "programs.tasks", "worker", "--pool", "prefork", "--concurrency", str(WORKERS)]
    arguments += ["--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    with serving("celery", *arguments, environment=environment) as server:
        server.wait_for(r"(ready)\.$")
        tasks = application(str(tmp_path), "outbox").tasks
        publishing = threading.Lock()

        def send(_: object) -> str:
            with publishing:
                result = tasks["make_calls"].delay()
                # kombu's worker takes a message as soon as its file is there, be it written or not.
                for message in (tmp_path / "outbox").iterdir():
                    message.rename(tmp_path / "queue" / message.name)
            return str(result.get(timeout=PATIENCE, interval=0.01))

        responded = responses(send, lambda counts: counts.total() >= REQUESTS and len(counts) == WORKERS)
        assert server.process.pid not in responded
    assert len(requests_by_process(emulator.requests())) == 1 + WORKERS
