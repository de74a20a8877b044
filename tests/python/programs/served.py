"""What a server imports before it forks its workers: clients that were used, and whose calls are under way at any moment."""

import asyncio
import json
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tenant_select import AsyncClient, Client

from programs.identity import token

client = Client()
async_client = AsyncClient()


def make_calls() -> bytes:
    """Make four calls of each kind from a thread."""
    tenants = [used_by_thread() for _ in range(4)]
    tenants += asyncio.run(used_by_tasks())
    return report(tenants)


def used_by_thread() -> str:
    """Switch the tenant."""
    session = client.select_tenant("acme", token()).session
    assert session.active_tenant is not None
    return session.active_tenant.tenant_id


async def used_by_tasks() -> list[str]:
    """Read the tenants, four times at once."""
    lists = await asyncio.gather(*(async_client.my_tenants(token(), ids=["acme"]) for _ in range(4)))
    return [tenant.id or "" for tenants in lists for tenant in tenants]


def report(tenants: list[str]) -> bytes:
    """Return the process and the results of the calls."""
    return json.dumps({"pid": os.getpid(), "tenants": tenants}).encode()


def wsgi(_: dict[str, Any], respond: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    """Respond to any request from a thread."""
    body = make_calls()
    respond("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


async def asgi(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    """Respond to any request on the server's event loop."""
    assert scope["type"] == "http", "there is nothing to start or stop"
    await receive()
    tenants = await used_by_tasks()
    tenants += [await asyncio.to_thread(used_by_thread) for _ in range(4)]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": report(tenants)})


def keep_calling() -> None:
    """Call again and again, as a background thread does. The test makes this call a slow one."""
    while True:
        client.history(token())


async def keep_awaiting() -> None:
    """The same on an event loop in the background."""
    while True:
        await slow_calls(4)


async def slow_calls(number: int) -> None:
    """Await as many at once."""
    await asyncio.gather(*(async_client.history(token()) for _ in range(number)))


def end_with_the_test() -> None:
    """Kill the server and its workers when the test has ended, because nothing else does."""
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


# More connections than the calls in the background take: the others are idle when the server forks.
with ThreadPoolExecutor(4) as pool:
    list(pool.map(client.history, [token()] * 4))
asyncio.run(slow_calls(8))
assert json.loads(make_calls())["tenants"] == ["acme"] * 8
for work in (end_with_the_test, keep_calling, keep_calling, lambda: asyncio.run(keep_awaiting())):
    threading.Thread(target=work, daemon=True).start()
