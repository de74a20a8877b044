"""One client for many threads and for many event loops, of every kind that asyncio has."""

from __future__ import annotations

import asyncio
import gc
import inspect
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import pytest
import trio
from tenant_select import APIConnectionError, AsyncClient, Client

from programs import count

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tenant_select.testing import Emulator


def run_uvloop(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not made for this platform")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return uvloop.run(main())


LOOPS: dict[str, Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any]] = {
    "asyncio": lambda main: asyncio.run(main()),
    "asyncio in debug mode": lambda main: asyncio.run(main(), debug=True),
    "uvloop": run_uvloop,
    "anyio on asyncio": anyio.run,
}


def test_one_client_for_64_threads(client: Client, refresh_jwt: str) -> None:
    expected = client.me(refresh_jwt)
    with ThreadPoolExecutor(64) as pool:
        assert set(pool.map(lambda _: client.me(refresh_jwt), range(count(640, 64_000)))) == {expected}


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
        return set(await asyncio.gather(*(async_client.me(refresh_jwt) for _ in range(count(50, 2000)))))

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
        assert emulator.requests() == []
        assert (await asyncio.create_task(coroutine)).name == "Ada Lovelace"

    asyncio.run(main())


def test_calls_of_threads_within_a_loop(client: Client, async_client: AsyncClient, refresh_jwt: str) -> None:
    async def main() -> None:
        from_thread = await anyio.to_thread.run_sync(client.me, refresh_jwt)
        assert from_thread == await async_client.me(refresh_jwt)

    asyncio.run(main())


@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_that_is_closed_with_calls_under_way(
    emulator: Emulator, refresh_jwt: str, loop: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """As when a framework gives up on its loop: no crash, no warning, and the requests are dropped."""
    emulator.fault("/v1/auth/me", "stall", times=None)
    client = emulator.async_client()
    make = asyncio.new_event_loop if loop != "uvloop" else pytest.importorskip("uvloop").new_event_loop
    event_loop = make()

    async def start() -> None:
        coroutines = [client.me(refresh_jwt) for _ in range(10)]
        for coroutine in coroutines:
            # Driven by hand, so that no task warns of being destroyed.
            coroutine.send(None)
        pending.extend(coroutines)
        await asyncio.to_thread(emulator.wait_for, "request", path="/v1/auth/me", count=10)

    pending: list[Coroutine[Any, Any, Any]] = []
    event_loop.run_until_complete(start())
    event_loop.close()
    pending.clear()
    gc.collect()
    emulator.wait_for("disconnect", count=10)
    emulator.clear_faults()
    assert capfd.readouterr() == ("", "")


def test_an_answer_for_a_loop_that_is_closed(
    emulator: Emulator, refresh_jwt: str, capfd: pytest.CaptureFixture[str]
) -> None:
    emulator.fault("/v1/auth/me", "delay", delayMs=100)
    client = emulator.async_client()
    event_loop = asyncio.new_event_loop()

    async def start() -> None:
        pending.append(client.me(refresh_jwt))
        pending[0].send(None)

    pending: list[Coroutine[Any, Any, Any]] = []
    event_loop.run_until_complete(start())
    event_loop.close()
    emulator.wait_for("answer", path="/v1/auth/me")
    with emulator.client() as other:
        other.me(refresh_jwt)
    pending.clear()
    assert capfd.readouterr() == ("", "")


def test_trio_is_told_what_to_do(emulator: Emulator, refresh_jwt: str) -> None:
    with pytest.raises(RuntimeError, match="needs a running asyncio event loop"):
        trio.run(emulator.async_client().me, refresh_jwt)

    async def main() -> None:
        with emulator.client() as client:
            assert (await trio.to_thread.run_sync(client.me, refresh_jwt)).name == "Ada Lovelace"

    trio.run(main)


def test_outside_a_loop_a_coroutine_does_nothing(async_client: AsyncClient, refresh_jwt: str) -> None:
    coroutine = async_client.me(refresh_jwt)
    with pytest.raises(RuntimeError, match="needs a running asyncio event loop"):
        coroutine.send(None)


def test_a_client_that_goes_away_closes_its_connections(emulator: Emulator, refresh_jwt: str) -> None:
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
