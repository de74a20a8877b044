"""Cancels calls at random moments, and tells what is left behind: memory, files and tasks."""

import asyncio
import gc
import json
import os
import random
import sys
from pathlib import Path
from typing import Any

from tenant_select import AsyncClient

CANCELLATIONS = int(sys.argv[1])
TOKEN = os.environ["REFRESH_JWT"]
AT_ONCE = 50

client = AsyncClient()
calls = (lambda: client.me(TOKEN), lambda: client.select_tenant("acme", TOKEN))
randomness = random.Random(1)
latest = 0.02
"""Within how many seconds a call is cancelled; adjusted so that about as many calls end before."""


async def cancel(number: int) -> None:
    """Make calls until so many were cancelled."""
    global latest  # noqa: PLW0603 - it goes on from one time to the next
    while number > 0:
        tasks = [asyncio.ensure_future(randomness.choice(calls)()) for _ in range(AT_ONCE)]
        for task in tasks:
            asyncio.get_running_loop().call_later(randomness.random() * latest, task.cancel)
        results: list[Any] = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result
        too_late = sum(not isinstance(result, BaseException) for result in results)
        latest *= 0.8 if too_late > AT_ONCE / 2 else 1.25
        number -= AT_ONCE - too_late


async def main() -> None:
    """Cancel a few to warm up, and then three thirds."""
    complaints: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(repr(context)))
    # How long a step took is no complaint here: the machine may be busy.
    loop.slow_callback_duration = float("inf")
    left: dict[str, list[int]] = {"kilobytes": [], "files": [], "tasks": []}
    await cancel(CANCELLATIONS // 5)
    for _ in range(3):
        await cancel(CANCELLATIONS // 3 + 1)
        gc.collect()
        left["kilobytes"].append(memory_in_kilobytes())
        left["files"].append(open_files())
        left["tasks"].append(len(asyncio.all_tasks()))
    assert (await client.me(TOKEN)).name == "Ada Lovelace"
    print(json.dumps({**left, "complaints": complaints}))


def open_files() -> int:
    """Return how many files and sockets this process has, where the system tells it so."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def memory_in_kilobytes() -> int:
    """Return the memory that this process occupies, where that can be known without another package."""
    status = Path("/proc/self/status")
    text = status.read_text() if status.exists() else ""
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS:")), 0)


asyncio.run(main())
