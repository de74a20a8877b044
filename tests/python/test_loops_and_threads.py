"""One client for many threads and for many event loops, of every kind that asyncio has."""

from __future__ import annotations

import asyncio
import gc
import inspect
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import anyio
import anyio.to_thread
import pytest
import trio
from tenant_select import APIConnectionError, AsyncClient, Client
from tenant_select.testing import Emulator

from connections import received
from loops import LOOPS
from programs import count

if TYPE_CHECKING:
    from collections.abc import Coroutine


def test_one_client_for_64_threads(client: Client, refresh_jwt: str) -> None:
    expected = client.me(refresh_jwt)
    with ThreadPoolExecutor(64) as pool:
        assert set(pool.map(lambda _: client.me(refresh_jwt), range(count(640, 64_000)))) == {expected}


async def rounds(client: AsyncClient, refresh_jwt: str, *, at_once: int, times: int) -> set[Any]:
    """Make calls, some at once and that again and again: a deadline holds for a queue too. Give the different results."""
    results: set[Any] = set()
    for _ in range(times):
        results.update(await asyncio.gather(*(client.me(refresh_jwt) for _ in range(at_once))))
    return results


def test_one_async_client_for_64_threads_with_a_loop_each(async_client: AsyncClient, refresh_jwt: str) -> None:
    async def main() -> set[Any]:
        return await rounds(async_client, refresh_jwt, at_once=5, times=count(1, 100))

    together = threading.Barrier(64)

    def in_a_thread(_: int) -> set[Any]:
        together.wait()
        return asyncio.run(main())

    with ThreadPoolExecutor(64) as pool:
        assert len(set().union(*pool.map(in_a_thread, range(64)))) == 1


def test_a_client_that_was_built_on_one_loop_works_on_another(emulator: Emulator, refresh_jwt: str) -> None:
    async def build() -> AsyncClient:
        client = emulator.async_client()
        assert (await client.me(refresh_jwt)).name == "Ada Lovelace"
        return client

    client = asyncio.run(build())
    assert asyncio.run(client.me(refresh_jwt)).name == "Ada Lovelace"


@pytest.mark.parametrize("loop", LOOPS)
def test_every_kind_of_loop(async_client: AsyncClient, refresh_jwt: str, loop: str) -> None:
    async def main() -> None:
        users = await asyncio.gather(*(async_client.me(refresh_jwt) for _ in range(50)))
        assert len(set(users)) == 1
        with pytest.raises(TypeError):
            await async_client.me(refresh_jwt, retries="x")  # type: ignore[arg-type]

    LOOPS[loop](main)
    LOOPS[loop](main)  # a second loop after the first one was closed


@pytest.mark.parametrize("loop", LOOPS)
def test_several_loops_at_once_share_a_client(async_client: AsyncClient, refresh_jwt: str, loop: str) -> None:
    async def main() -> set[Any]:
        return await rounds(async_client, refresh_jwt, at_once=50, times=count(1, 40))

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: LOOPS[loop](main), range(8)))
    assert len(set().union(*results)) == 1


def test_operations_are_coroutine_functions_and_start_when_awaited(emulator: Emulator, refresh_jwt: str) -> None:
    client = emulator.async_client()
    assert inspect.iscoroutinefunction(client.me)
    emulator.clear_requests()

    async def main() -> None:
        coroutine = client.me(refresh_jwt)
        await asyncio.sleep(0)
        assert received(emulator) == []
        assert (await asyncio.create_task(coroutine)).name == "Ada Lovelace"

    asyncio.run(main())


def test_calls_of_threads_within_a_loop(client: Client, async_client: AsyncClient, refresh_jwt: str) -> None:
    async def main() -> None:
        from_thread = await anyio.to_thread.run_sync(client.me, refresh_jwt)
        assert from_thread == await async_client.me(refresh_jwt)

    asyncio.run(main())


def new_event_loop(kind: str) -> asyncio.AbstractEventLoop:
    """Make a loop that is not run to its end and closed in order, as `asyncio.run` does."""
    if kind == "uvloop":
        uvloop = pytest.importorskip("uvloop", reason="uvloop is not made for this platform")
        return cast("asyncio.AbstractEventLoop", uvloop.new_event_loop())
    loop = asyncio.new_event_loop()
    loop.set_debug(kind == "asyncio in debug mode")
    return loop


UNTIDY = pytest.mark.parametrize("loop", ["asyncio", "asyncio in debug mode", "uvloop"])


@UNTIDY
def test_a_loop_that_is_closed_with_calls_under_way(
    emulator: Emulator, refresh_jwt: str, loop: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """As when a framework gives up on its loop: no crash, no warning, and the requests are dropped."""
    emulator.fault("/v1/auth/me", "stall", times=None)
    client = emulator.async_client()
    event_loop = new_event_loop(loop)

    async def start() -> None:
        for coroutine in [client.me(refresh_jwt) for _ in range(10)]:
            # Driven by hand, so that no task keeps it.
            coroutine.send(None)
            pending.append(coroutine)
        await asyncio.to_thread(emulator.wait_for, "request", path="/v1/auth/me", count=10)

    pending: list[Coroutine[Any, Any, Any]] = []
    event_loop.run_until_complete(start())
    event_loop.close()
    pending.clear()
    gc.collect()
    emulator.wait_for("disconnect", count=10)
    emulator.clear_faults()
    assert capfd.readouterr() == ("", "")


def collected(gone: threading.Semaphore) -> bool:
    """Wait for something that only the garbage collector can find."""
    for _ in range(100):
        if gone.acquire(timeout=0.1):
            return True
        gc.collect()
    return False


@UNTIDY
def test_tasks_of_a_loop_that_is_closed(refresh_jwt: str, loop: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A call keeps the task that awaits it, also when nothing else refers to the task. It ends with the call."""
    event_loop = new_event_loop(loop)
    gone = threading.Semaphore(0)
    kept: list[weakref.ref[Any]] = []
    with Emulator() as emulator:
        emulator.fault("/v1/auth/me", "stall", times=None)
        client = emulator.async_client(timeout=60, retries=0)

        async def start() -> None:
            tasks = [asyncio.ensure_future(client.me(refresh_jwt)) for _ in range(10)]
            for task in tasks:
                # Python's own warning of a task that was left alone is not what this is about.
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                kept.append(weakref.ref(task, lambda _: gone.release()))
            await asyncio.to_thread(emulator.wait_for, "request", path="/v1/auth/me", count=10)
            del task

        event_loop.run_until_complete(start())
        event_loop.close()
        gc.collect()
        assert all(task() is not None for task in kept)
    # The emulator's end is that of the calls.
    for _ in range(10):
        assert collected(gone), "a task is kept"
    assert capfd.readouterr() == ("", "")


@UNTIDY
def test_a_response_for_a_loop_that_is_closed(
    emulator: Emulator, refresh_jwt: str, loop: str, capfd: pytest.CaptureFixture[str]
) -> None:
    emulator.fault("/v1/auth/me", "delay", delayMs=100)
    client = emulator.async_client()
    event_loop = new_event_loop(loop)

    async def start() -> None:
        pending.append(client.me(refresh_jwt))
        pending[0].send(None)

    pending: list[Coroutine[Any, Any, Any]] = []
    event_loop.run_until_complete(start())
    event_loop.close()
    emulator.wait_for("response", path="/v1/auth/me")
    # One after the other they pass the same two threads, so that the response was discarded when these have ended.
    for _ in range(10):
        asyncio.run(client.history(refresh_jwt))
    pending.clear()
    assert capfd.readouterr() == ("", "")


class WithoutReaders(asyncio.SelectorEventLoop):
    """Watches no files for its users, as the usual loop of Windows."""

    def add_reader(self, *_: Any) -> None:  # type: ignore[override]
        """Refuse it, as the base class of all loops does."""
        raise NotImplementedError


def test_a_loop_that_watches_no_files(emulator: Emulator, refresh_jwt: str) -> None:
    emulator.fault("/v1/auth/me", "status", status=503, headers={"Retry-After": "0"})
    seen: list[str] = []
    client = emulator.async_client(on_retry=lambda event: seen.append(event.operation))
    event_loop = WithoutReaders()
    try:
        assert len(event_loop.run_until_complete(rounds(client, refresh_jwt, at_once=20, times=2))) == 1
    finally:
        event_loop.close()
    assert seen == ["me"]


def test_loops_that_take_turns_in_one_thread(async_client: AsyncClient, refresh_jwt: str) -> None:
    """Each keeps what it watches, so that a second turn opens nothing."""
    loops = [asyncio.new_event_loop() for _ in range(3)]
    watched = []
    for _ in range(3):
        for event_loop in loops:
            assert event_loop.run_until_complete(async_client.me(refresh_jwt)).name == "Ada Lovelace"
        watched.append([len(event_loop._selector.get_map()) for event_loop in loops])  # type: ignore[attr-defined]
    for event_loop in loops:
        event_loop.close()
    # The loop's own socket, and that of its calls.
    assert watched == [[2, 2, 2]] * 3


def test_a_loop_that_moves_to_another_thread(async_client: AsyncClient, refresh_jwt: str) -> None:
    event_loop = asyncio.new_event_loop()
    with ThreadPoolExecutor(1) as pool:
        for _ in range(2):
            assert event_loop.run_until_complete(async_client.me(refresh_jwt)).name == "Ada Lovelace"
            moved = pool.submit(event_loop.run_until_complete, async_client.me(refresh_jwt))
            assert moved.result().name == "Ada Lovelace"
    event_loop.close()


def test_trio_gets_an_error_that_names_the_remedy(emulator: Emulator, refresh_jwt: str) -> None:
    emulator.clear_requests()
    for run in (trio.run, partial(anyio.run, backend="trio")):
        with pytest.raises(RuntimeError, match=r"needs a running asyncio event loop .* under trio"):
            run(emulator.async_client().me, refresh_jwt)
    assert received(emulator) == []

    async def main() -> None:
        with emulator.client() as client:
            assert (await trio.to_thread.run_sync(client.me, refresh_jwt)).name == "Ada Lovelace"

    trio.run(main)


def test_outside_a_loop_a_coroutine_does_nothing(async_client: AsyncClient, refresh_jwt: str) -> None:
    coroutine = async_client.me(refresh_jwt)
    with pytest.raises(RuntimeError, match="needs a running asyncio event loop"):
        coroutine.send(None)


def test_a_dropped_client_closes_its_connections(emulator: Emulator, refresh_jwt: str) -> None:
    client = emulator.client()
    client.me(refresh_jwt)
    del client
    gc.collect()
    emulator.wait_for("disconnect")


def test_a_server_that_is_not_there() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJVMSJ9.c2lnbmF0dXJl"
    with Client("P1", base_url="http://127.0.0.1:9", retries=0, environment={}) as client:
        with pytest.raises(ConnectionError) as caught:
            client.me(token)
        assert isinstance(caught.value, APIConnectionError)
        assert caught.value.__cause__ is not None
        assert caught.value.outcome == "not_sent"
