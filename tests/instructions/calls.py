"""The calls of the Python package whose instructions ``run.py`` counts: each a number of times, and then twice as often.

Arguments: how many calls a measurement starts with, then the base URL, the project, a session token and a refresh token. It prints
the name of each measurement. Run by itself, it checks that the calls work.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from typing import TYPE_CHECKING

from tenant_select import AsyncClient, Client

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def mark_section() -> None:
    """Callgrind writes down and resets its counts in this function of the C library, which nothing else here calls."""
    os.getpriority(os.PRIO_PROCESS, 0)


def measure(name: str, calls: int, call: Callable[[], object]) -> None:
    for _ in range(calls):
        call()
    for section in (calls, 2 * calls):
        gc.collect()
        mark_section()
        for _ in range(section):
            call()
        mark_section()
    print(name, flush=True)


async def measure_async(name: str, calls: int, call: Callable[[], Awaitable[object]]) -> None:
    for _ in range(calls):
        await call()
    for section in (calls, 2 * calls):
        gc.collect()
        mark_section()
        for _ in range(section):
            await call()
        mark_section()
    print(name, flush=True)


async def main() -> None:
    calls, base_url, project_id, session_jwt, refresh_jwt = int(sys.argv[1]), *sys.argv[2:]
    with Client(project_id, base_url=base_url, rotation=False) as client:
        measure("select_tenant", calls, lambda: client.select_tenant("acme", refresh_jwt))
        measure("validate_session", calls, lambda: client.validate_session(session_jwt))
    with Client(project_id, base_url=base_url, session_cache=100) as client:
        client.validate_session(session_jwt)
        measure("validate_session, session_cache", calls, lambda: client.validate_session(session_jwt))
        assert client.diagnostics().session_cache_misses == 1
    async with AsyncClient(project_id, base_url=base_url, rotation=False) as async_client:
        await measure_async("asyncio: select_tenant", calls, lambda: async_client.select_tenant("acme", refresh_jwt))


if __name__ == "__main__":
    asyncio.run(main())
