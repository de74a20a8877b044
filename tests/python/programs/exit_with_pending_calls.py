"""Exits with pending calls, in one of several ways."""

import asyncio
import contextlib
import os
import pickle
import sys
import threading
import time
import warnings
from collections.abc import Callable

from tenant_select import AsyncClient, Client, JWTResponse, TenantSelectError, User

TOKEN = os.environ["REFRESH_JWT"]
client = Client()
async_client = AsyncClient()
kept: list[object] = []
DATA = {"userId": "U1", "loginIds": ["ada@example.com"], "customAttributes": {"a": [1, 2.5, None, {"b": True}]}}
PICKLED = pickle.dumps(User.from_dict(DATA))


def keep_calling() -> None:
    while True:
        client.me(TOKEN)


async def start() -> list["asyncio.Task[object]"]:
    # The machine may be busy: asyncio must not warn of slow steps.
    asyncio.get_running_loop().slow_callback_duration = float("inf")
    tasks: list[asyncio.Task[object]] = [asyncio.create_task(async_client.me(TOKEN)) for _ in range(20)]
    await asyncio.sleep(0.02)
    return tasks


def tasks() -> None:
    """What `asyncio.run` cancels."""
    asyncio.run(start())


def tasks_of_a_loop_that_is_left_alone() -> None:
    """The loop is neither closed nor told to cancel: Python's own warnings of that are switched off."""
    loop = asyncio.new_event_loop()
    # In debug mode the loop's own `__del__` looks for source lines, at a time when that module is gone (seen on 3.13).
    loop.set_debug(False)
    pending = loop.run_until_complete(start())
    for task in pending:
        task._log_destroy_pending = False  # type: ignore[attr-defined]
    kept.extend([loop, pending])
    warnings.simplefilter("ignore", ResourceWarning)


def threads() -> None:
    """What Python waits for."""
    for _ in range(8):
        threading.Thread(target=client.me, args=(TOKEN,)).start()


def daemon_threads() -> None:
    """What Python stops."""
    for _ in range(8):
        threading.Thread(target=keep_calling, daemon=True).start()
    time.sleep(0.02)


def a_loop_in_a_daemon_thread() -> None:
    """What frameworks run in the background."""

    async def keep_calling() -> None:
        while True:
            await asyncio.gather(*(async_client.me(TOKEN) for _ in range(8)))

    threading.Thread(target=lambda: asyncio.run(keep_calling()), daemon=True).start()
    time.sleep(0.02)


def refused() -> None:
    client.me(TOKEN, timeout=0)


def refused_by_a_model() -> None:
    JWTResponse.from_dict({}).set_cookie_headers(same_site="x")  # type: ignore[arg-type]


def generated() -> None:
    client.my_tenants(TOKEN, ids=(tenant for tenant in ["acme", "globex"]))


def restored() -> None:
    pickle.loads(PICKLED)


def read() -> None:
    User.from_dict(DATA)


def daemons_of(step: Callable[[], object]) -> Callable[[], None]:
    """Threads that are stopped in the midst of native code that runs Python code."""

    def keep_stepping() -> None:
        while True:
            with contextlib.suppress(TenantSelectError):
                step()

    def leave() -> None:
        for _ in range(4):
            threading.Thread(target=keep_stepping, daemon=True).start()
        time.sleep(0.02)

    leave.__name__ = step.__name__
    return leave


WAYS: dict[str, Callable[[], None]] = {
    way.__name__: way
    for way in (
        tasks,
        tasks_of_a_loop_that_is_left_alone,
        threads,
        daemon_threads,
        a_loop_in_a_daemon_thread,
        *map(daemons_of, (refused, refused_by_a_model, generated, restored, read)),
    )
}

if __name__ == "__main__":
    WAYS[sys.argv[1]]()
