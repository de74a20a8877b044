"""Exits while a switch that was sent goes on without its caller."""

import asyncio
import contextlib
import os
import sys

from tenant_select import AsyncClient, Client, SwitchEvent

TOKEN = os.environ["REFRESH_JWT"]


def observe(_: SwitchEvent) -> None:
    print("reported", flush=True)


async def cancelled_task() -> None:
    """Cancel a task."""
    client = AsyncClient(on_switch=observe, timeout=60)
    asyncio.get_running_loop().slow_callback_duration = float("inf")
    waiting = asyncio.ensure_future(client.select_tenant("acme", TOKEN))
    await asyncio.to_thread(sys.stdin.readline)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


def late_call() -> None:
    """Let the deadline of a call pass."""
    client = Client(on_switch=observe, timeout=60)
    with contextlib.suppress(TimeoutError):
        client.select_tenant("acme", TOKEN, timeout=1)


if sys.argv[1] == "task":
    asyncio.run(cancelled_task())
else:
    late_call()
print(f"{sys.argv[1]}: left", flush=True)
