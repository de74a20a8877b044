"""Cancelling a call drops a read, and other calls go on. An exchange that was sent completes, and its tokens are not lost."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from tenant_select import APITimeoutError

from conftest import FIGURES
from connections import the_end_of_the_call
from loops import LOOPS
from programs import count, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tenant_select import AsyncClient
    from tenant_select.testing import DisconnectEntry, Emulator


@pytest.fixture
def stalling(emulator: Emulator) -> Emulator:
    emulator.fault("/v1/auth/*", "stall", times=None)
    return emulator


class Moment:
    """When a call was given up, on the clock that the emulator's journal keeps too."""

    def __init__(self) -> None:
        self.at = 0.0

    async def of(self, call: Awaitable[Any]) -> None:
        """Await the call, and remember when that ends."""
        try:
            await call
        finally:
            self.at = time.time()


async def by_cancelling(call: Awaitable[Any], arrived: Awaitable[Any]) -> None:
    task = asyncio.ensure_future(call)
    await arrived
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_wait_for(call: Awaitable[Any], arrived: Awaitable[Any]) -> None:
    task = asyncio.ensure_future(call)
    await arrived
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(task, 0.01)


async def by_fail_after_of_anyio(call: Awaitable[Any], arrived: Awaitable[Any]) -> None:
    async def wait() -> None:
        with anyio.fail_after(None) as scope:
            scopes.append(scope)
            await call

    scopes: list[anyio.CancelScope] = []
    task = asyncio.ensure_future(wait())
    await arrived
    scopes[0].deadline = anyio.current_time()
    with pytest.raises(TimeoutError):
        await task


async def by_task_group_of_anyio(call: Awaitable[Any], arrived: Awaitable[Any]) -> None:
    async def waiting() -> None:
        await call

    async def in_a_group() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(waiting)
            await arrived
            raise AbortError

    with pytest.raises(BaseException) as caught:  # noqa: PT011
        await in_a_group()
    assert caught.group_contains(AbortError)


async def by_closing_the_coroutine(call: Awaitable[Any], arrived: Awaitable[Any]) -> None:
    call.send(None)  # type: ignore[attr-defined]
    await arrived
    call.close()  # type: ignore[attr-defined]


class AbortError(Exception):
    """What the body of a group raises."""


WAYS = [by_cancelling, by_wait_for, by_fail_after_of_anyio, by_task_group_of_anyio, by_closing_the_coroutine]

if sys.version_info >= (3, 11):

    async def by_timeout(call: Awaitable[Any], arrived: Awaitable[Any]) -> None:
        async def wait() -> None:
            async with asyncio.timeout(None) as scope:
                scopes.append(scope)
                await call

        scopes: list[asyncio.Timeout] = []
        task = asyncio.ensure_future(wait())
        await arrived
        scopes[0].reschedule(asyncio.get_running_loop().time())
        with pytest.raises(TimeoutError):
            await task

    async def by_task_group(call: Awaitable[Any], arrived: Awaitable[Any]) -> None:
        async def waiting() -> None:
            await call

        async def in_a_group() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(waiting())
                await arrived
                raise AbortError

        with pytest.raises(BaseException) as caught:  # noqa: PT011
            await in_a_group()
        assert caught.group_contains(AbortError)

    WAYS += [by_timeout, by_task_group]

CALLS: dict[str, Callable[[AsyncClient, str], Awaitable[Any]]] = {
    "me": lambda client, token: client.me(token),
    "history": lambda client, token: client.history(token),
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize(("loop", "operation"), [("asyncio", "me"), ("asyncio", "history"), ("uvloop", "me")])
def test_a_read_is_dropped(
    stalling: Emulator, refresh_jwt: str, way: Callable[..., Awaitable[None]], loop: str, operation: str
) -> None:
    client = stalling.async_client()
    stalling.clear_requests()
    complaints: list[Any] = []
    moment = Moment()

    async def main() -> DisconnectEntry:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        call = moment.of(CALLS[operation](client, refresh_jwt))
        await way(call, asyncio.to_thread(stalling.wait_for, "request"))
        return await asyncio.to_thread(the_end_of_the_call, stalling)

    left = LOOPS[loop](main)
    gc.collect()
    assert complaints == []
    assert left["duringRequest"]
    seen = datetime.strptime(left["time"][:26] + "+0000", "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
    FIGURES["milliseconds from the end of a cancelled call until the server sees the client gone"].append(
        (seen - moment.at) * 1000
    )


def exchanges(emulator: Emulator) -> tuple[int, int]:
    """Give how many exchanges were made, and how many sign-ins ended because an old token came back."""
    counters = emulator.counters()
    return counters["selections"] + counters["refreshes"], counters["revocations"]


EXCHANGES: dict[str, Callable[[AsyncClient, str], Awaitable[Any]]] = {
    "/v1/auth/tenant/select": lambda client, token: client.select_tenant("acme", token),
    "/v1/auth/refresh": lambda client, token: client.refresh_session(token),
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize(
    ("loop", "path"),
    [("asyncio", "/v1/auth/tenant/select"), ("asyncio", "/v1/auth/refresh"), ("uvloop", "/v1/auth/tenant/select")],
)
def test_an_exchange_that_was_sent_completes(
    rotating: Emulator, rotating_jwt: str, way: Callable[..., Awaitable[None]], loop: str, path: str
) -> None:
    """The next call with the old token gets the new session: at once while the exchange is pending, and later."""
    rotating.fault(path, "delay", delayMs=300)
    rotating.clear_requests()

    async def main() -> None:
        client, exchange = rotating.async_client(), EXCHANGES[path]
        await way(exchange(client, rotating_jwt), asyncio.to_thread(rotating.wait_for, "request", path=path))
        new, again = await exchange(client, rotating_jwt), await exchange(client, rotating_jwt)
        assert new.session_jwt == again.session_jwt
        assert new.refresh_jwt != rotating_jwt
        assert (await client.me(rotating_jwt)).name == "Ada Lovelace"
        assert exchanges(rotating) == (1, 0)
        await client.refresh_session(new.refresh_jwt)

    LOOPS[loop](main)
    assert exchanges(rotating) == (2, 0)


def test_an_exchange_whose_caller_s_deadline_passed_completes(rotating: Emulator, rotating_jwt: str) -> None:
    """In a thread, where a deadline is all that ends a call."""
    rotating.fault("/v1/auth/tenant/select", "delay", delayMs=600)
    late: list[BaseException | None] = []
    with rotating.client() as client, ThreadPoolExecutor() as pool:
        late.append(pool.submit(client.select_tenant, "acme", rotating_jwt, timeout=0.2).exception(timeout=20))
        switched = client.select_tenant("acme", rotating_jwt)
    assert isinstance(late[0], APITimeoutError)
    assert late[0].outcome == "unknown"
    assert switched.session.active_tenant is not None
    assert switched.session.active_tenant.tenant_id == "acme"
    assert exchanges(rotating) == (1, 0)


def test_an_exchange_that_waits_for_another_one_is_dropped(rotating: Emulator, rotating_jwt: str) -> None:
    """It was not sent, so nothing is lost."""
    rotating.fault("/v1/auth/tenant/select", "delay", delayMs=300)
    rotating.clear_requests()

    async def main() -> None:
        client = rotating.async_client()
        first = asyncio.ensure_future(client.select_tenant("acme", rotating_jwt))
        await asyncio.to_thread(rotating.wait_for, "request", path="/v1/auth/tenant/select")
        second = asyncio.ensure_future(client.select_tenant("globex", rotating_jwt))
        await asyncio.sleep(0.05)  # it takes its place
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        assert (await first).session.user_id

    asyncio.run(main())
    assert exchanges(rotating) == (1, 0)


@pytest.mark.parametrize("after", [0, 20])
def test_a_response_that_has_begun_is_dropped_too(emulator: Emulator, refresh_jwt: str, after: int) -> None:
    """With its head and the beginning of its body come."""
    emulator.fault("/v1/auth/me", "stall", times=None, afterBytes=after)
    client = emulator.async_client()
    emulator.clear_requests()

    async def main() -> None:
        await by_cancelling(client.me(refresh_jwt), asyncio.to_thread(emulator.wait_for, "response"))
        assert (await asyncio.to_thread(the_end_of_the_call, emulator))["duringRequest"]

    asyncio.run(main())


def test_a_call_that_is_cancelled_before_it_begins_is_not_sent(emulator: Emulator, refresh_jwt: str) -> None:
    client = emulator.async_client()
    emulator.clear_requests()

    async def main() -> None:
        task = asyncio.ensure_future(client.me(refresh_jwt))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await client.history(refresh_jwt))[0].user_id

    asyncio.run(main())
    assert [entry.get("path") for entry in emulator.requests()] == ["/v1/auth/me/history"]


def test_one_of_two_identical_exchanges(emulator: Emulator, refresh_jwt: str) -> None:
    """They share one request, which continues for the caller that still waits."""
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
        assert (await second).session.user_id

    asyncio.run(main())
    assert [entry["path"] for entry in emulator.requests() if entry["event"] == "request"].count(
        "/v1/auth/tenant/select"
    ) == 1


def test_many_cancellations_at_random_moments_leave_nothing_behind(emulator: Emulator, refresh_jwt: str) -> None:
    cancellations = count(1_000, 10_000)
    left = json.loads(run(emulator, "cancelled", cancellations, refresh_jwt=refresh_jwt, seconds=count(60, 600)))
    assert left["complaints"] == []
    assert left["tasks"] == [1, 1, 1]
    # As many connections as were ever needed at once may be kept idle.
    assert max(left["files"]) - min(left["files"]) <= 50, left
    growth = left["kilobytes"][2] - left["kilobytes"][0]
    FIGURES[f"kilobytes more after the last third of {cancellations} cancellations than after the first"].append(growth)
    assert growth < 2_000, left
