"""Cancelling a call drops its request: the emulator sees the client leave, and nobody else notices."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from programs import count

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tenant_select import AsyncClient
    from tenant_select.testing import Emulator


@pytest.fixture
def stalling(emulator: Emulator) -> Emulator:
    emulator.fault("/v1/auth/*", "stall", times=None)
    return emulator


async def by_cancelling(call: Callable[[], Awaitable[Any]], arrived: Awaitable[Any]) -> None:
    task = asyncio.ensure_future(call())
    await arrived
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_wait_for(call: Callable[[], Awaitable[Any]], arrived: Awaitable[Any]) -> None:
    task = asyncio.ensure_future(asyncio.wait_for(call(), 0.2))
    await arrived
    with pytest.raises(asyncio.TimeoutError):
        await task


async def by_timeout(call: Callable[[], Awaitable[Any]], arrived: Awaitable[Any]) -> None:
    async def wait() -> None:
        with anyio.fail_after(0.2):
            await call()

    task = asyncio.ensure_future(wait())
    await arrived
    with pytest.raises(TimeoutError):
        await task


async def by_task_group(call: Callable[[], Awaitable[Any]], arrived: Awaitable[Any]) -> None:
    class Abort(Exception):  # noqa: N818
        pass

    async def waiting() -> None:
        await call()

    async def in_a_group() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(waiting)
            await arrived
            raise Abort

    with pytest.raises(BaseException) as caught:  # noqa: PT011
        await in_a_group()
    assert caught.group_contains(Abort)


async def by_closing_the_coroutine(call: Callable[[], Awaitable[Any]], arrived: Awaitable[Any]) -> None:
    coroutine = call()
    coroutine.send(None)  # type: ignore[attr-defined]
    await arrived
    coroutine.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "way",
    [by_cancelling, by_wait_for, by_timeout, by_task_group, by_closing_the_coroutine],
    ids=lambda way: way.__name__,
)
@pytest.mark.parametrize("operation", ["me", "select_tenant"])
def test_the_request_is_dropped(
    stalling: Emulator, refresh_jwt: str, way: Callable[..., Awaitable[None]], operation: str
) -> None:
    client = stalling.async_client()
    stalling.clear_requests()
    complaints: list[Any] = []

    def call() -> Awaitable[Any]:
        return client.me(refresh_jwt) if operation == "me" else client.select_tenant("acme", refresh_jwt)

    async def main() -> float:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        await way(call, asyncio.to_thread(stalling.wait_for, "request"))
        cancelled = time.perf_counter()
        await asyncio.to_thread(stalling.wait_for, "disconnect", timeout=5)
        return time.perf_counter() - cancelled

    took = asyncio.run(main())
    gc.collect()
    assert complaints == []
    left = [entry for entry in stalling.requests() if entry["event"] == "disconnect"]
    assert [entry["duringRequest"] for entry in left] == [True]
    print(f"the server saw the client leave {took * 1000:.1f} ms after the cancellation")


def test_one_of_two_identical_exchanges(emulator: Emulator, refresh_jwt: str) -> None:
    """They are one request, which goes on for the one that still waits."""
    emulator.fault("/v1/auth/tenant/select", "delay", delayMs=200)
    client = emulator.async_client()
    emulator.clear_requests()

    async def main() -> None:
        first = asyncio.create_task(client.select_tenant("acme", refresh_jwt))
        second = asyncio.create_task(client.select_tenant("acme", refresh_jwt))
        await asyncio.to_thread(emulator.wait_for, "request")
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert (await second).session is not None

    asyncio.run(main())
    assert [entry["path"] for entry in emulator.requests() if entry["event"] == "request"].count(
        "/v1/auth/tenant/select"
    ) == 1


def test_many_cancellations_at_random_moments_leave_nothing_behind(
    emulator: Emulator, async_client: AsyncClient, refresh_jwt: str
) -> None:
    complaints: list[Any] = []
    rounds = count(1_000, 10_000)
    randomness = random.Random(1)

    async def main() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        await batch(rounds // 10)
        before = open_files(), len(asyncio.all_tasks())
        await batch(rounds)
        await async_client.me(refresh_jwt)
        return open_files() - before[0], len(asyncio.all_tasks()) - before[1]

    async def batch(calls: int) -> None:
        for _ in range(calls // 50):
            tasks = [asyncio.create_task(async_client.me(refresh_jwt)) for _ in range(50)]
            for task in tasks:
                asyncio.get_running_loop().call_later(randomness.random() * 0.02, task.cancel)
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                    raise result

    files, tasks = asyncio.run(main())
    assert complaints == []
    assert tasks == 0
    # As many connections as were ever needed at once may be kept idle.
    assert files <= 50


def open_files() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0
