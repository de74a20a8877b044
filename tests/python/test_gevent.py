"""Under gevent a call stops its greenlet and no other."""

from __future__ import annotations

import importlib.util
import sys
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from tenant_select import AsyncClient, Client

from connections import received
from programs import start
from test_servers import PATIENCE, serving

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

needs_gevent = pytest.mark.skipif(not importlib.util.find_spec("gevent"), reason="gevent is not installed")
SLOW = 30
"""More than gevent's pool has native threads."""
FAST = 50
STALLED = "/v1/auth/me/history"


def page(url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=PATIENCE) as response:
        return str(response.read().decode())


@needs_gevent
@pytest.mark.parametrize("preload", [False, True], ids=["", "preload"])
def test_a_gunicorn_worker_serves_others_while_requests_wait(
    emulator: Emulator, refresh_jwt: str, *, preload: bool
) -> None:
    emulator.fault(STALLED, "stall", times=None)
    emulator.clear_requests()
    arguments = ["--bind", "127.0.0.1:0", "--workers", "1", "--no-control-socket", "--worker-class", "gevent"]
    arguments += ["programs.green:application", *(["--preload"] if preload else [])]
    environment = {**emulator.environment, "REFRESH_JWT": refresh_jwt}
    with serving("gunicorn", *arguments, environment=environment) as server, ThreadPoolExecutor(SLOW) as pool:
        (url,) = server.wait_for(r"Listening at: (http://\S+)")
        worker = page(f"{url}/pid")
        slow = [pool.submit(page, f"{url}/slow") for _ in range(SLOW)]
        emulator.wait_for("request", path=STALLED, count=SLOW, timeout=PATIENCE)
        for _ in range(FAST):
            assert page(f"{url}/fast") == "Ada Lovelace"
        assert page(f"{url}/pid") == worker
        assert not any(request.done() for request in slow)
        # Killing a greenlet drops its request.
        assert page(f"{url}/release") == str(SLOW)
        assert {request.result(PATIENCE) for request in slow} == {"released"}
        emulator.wait_for("disconnect", count=SLOW, timeout=PATIENCE)


@needs_gevent
def test_the_ways_in_which_the_calls_of_greenlets_end(emulator: Emulator, refresh_jwt: str) -> None:
    emulator.fault(STALLED, "stall", times=None)
    emulator.clear_requests()

    def disconnects(count: int) -> None:
        emulator.wait_for("disconnect", count=count, timeout=PATIENCE)

    with start(emulator, "greenlets", refresh_jwt=refresh_jwt) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        watchdog = threading.Timer(PATIENCE, program.kill)
        watchdog.start()

        def tell(word: str) -> None:
            assert program.stdin is not None
            program.stdin.write(f"{word}\n")
            program.stdin.flush()

        def heard() -> str:
            assert program.stdout is not None
            return program.stdout.readline().strip()

        assert heard() == "alone User"
        emulator.wait_for("request", path=STALLED, timeout=PATIENCE)
        tell("sent")
        assert heard() == "waiting sent False"
        disconnects(1)
        tell("dropped")
        assert heard() == "killed dropped GreenletExit"
        tell("go on")
        assert heard() == "timeout Timeout go on"
        assert heard() == "own timeout APITimeoutError unknown"
        assert heard().startswith("in the hub RuntimeError a call waits, which a callback of gevent's hub must not do")
        assert heard() == "asyncio User"
        assert heard() == "pool User"
        assert heard() == "thread User"
        emulator.clear_requests()
        tell("cleared")
        assert heard() == "last cleared"
        emulator.wait_for("request", path=STALLED, timeout=PATIENCE)
        tell("sent")
        assert heard() == "before the fork sent"
        assert heard() == "inherited APIConnectionError unknown"
        assert heard() == "in the child User"
        assert heard() == "after the fork False"
        out, err = program.communicate(timeout=PATIENCE)
        watchdog.cancel()
    assert (out, err, program.returncode) == ("", "", 0)


def test_the_sync_client_refuses_eventlet(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    client = emulator.client()
    patcher = SimpleNamespace(is_monkey_patched=lambda module: module == "socket")
    monkeypatch.setitem(sys.modules, "eventlet.patcher", patcher)
    emulator.clear_requests()
    for use in (lambda: Client("P1", environment={}), lambda: client.me("a.b.c")):
        with pytest.raises(RuntimeError, match=r"does not support eventlet.*gthread or gevent.*AsyncClient"):
            use()
    assert received(emulator) == []
    assert AsyncClient("P1", environment={}).project_id == "P1"


def test_eventlet_without_patches_is_accepted(
    emulator: Emulator, refresh_jwt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "eventlet.patcher", SimpleNamespace(is_monkey_patched=lambda _: False))
    monkeypatch.setitem(sys.modules, "gevent.monkey", SimpleNamespace(is_module_patched=lambda _: False))
    with emulator.client() as client:
        assert client.me(refresh_jwt).name == "Ada Lovelace"


def test_programs_without_green_threads_do_not_load_what_is_for_them(emulator: Emulator, refresh_jwt: str) -> None:
    from programs import run  # noqa: PLC0415

    assert run(emulator, "without_greenlets", refresh_jwt=refresh_jwt) == "[]\n"
