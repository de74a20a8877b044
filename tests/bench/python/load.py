"""The closed loop of every Python driver, once for threads and once for tasks.

Workers call, wait for the result, and call again. Calls that end inside the window count. The same as ``src/drivers/load.rs``.
"""

from __future__ import annotations

import asyncio
import json
import platform
import sys
import threading
import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import memory

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Plan = dict[str, Any]


def read_plan() -> Plan:
    """The plan, from standard input. The memory of the client is counted from here on."""
    plan: Plan = json.load(sys.stdin)
    memory.forget_peak()
    plan["before"] = memory.current()
    return plan


def report(result: dict[str, Any]) -> None:
    """The one line that a driver prints."""
    print(json.dumps(result))


class Window:
    """The time in which calls count, and what the process used in it."""

    def __init__(self, plan: Plan) -> None:
        self._memory = {"before": plan["before"], "idle": memory.current()}
        self.is_open = False
        self.is_over = False

    def open(self) -> None:
        """From now on."""
        self._began, self._cpu_before = time.perf_counter(), time.process_time()
        self.is_open = True

    def close(self) -> None:
        """Until now."""
        self.is_open = False
        self.seconds = time.perf_counter() - self._began
        self.cpu_seconds = time.process_time() - self._cpu_before
        self._memory["peak"] = memory.peak()
        self.is_over = True

    def result(self, requests: int, latencies: list[int], library: str) -> dict[str, Any]:
        """What the driver reports."""
        python = f"{platform.python_implementation()} {platform.python_version()}"
        return {
            "runtime": f"{python} with {library} {version(library)}" if library else python,
            "requests": requests,
            "seconds": self.seconds,
            "cpuSeconds": self.cpu_seconds,
            "latencies": latencies,
            "memory": None if None in self._memory.values() else self._memory,
        }


def with_threads(plan: Plan, call: Callable[[str], object], library: str = "") -> dict[str, Any]:
    """The load made by one thread per pending call."""
    window = Window(plan)
    requests: list[int] = []
    latencies: list[int] = []
    failures: list[BaseException] = []

    def work(token: str) -> None:
        clock = time.perf_counter_ns
        made, mine = 0, []
        try:
            while not window.is_over:
                started = clock()
                call(token)
                took = clock() - started
                made += 1
                if window.is_open:
                    mine.append(took)
        except BaseException as failure:  # noqa: BLE001 - raised again where it ends the driver
            failures.append(failure)
        requests.append(made)
        latencies.extend(mine)

    tokens = plan["fixture"]["refreshJwts"][: plan["pending"]]
    threads = [threading.Thread(target=work, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    time.sleep(plan["warmUpSeconds"])
    window.open()
    time.sleep(plan["seconds"])
    window.close()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return window.result(sum(requests), latencies, library)


async def with_tasks(plan: Plan, call: Callable[[str], Awaitable[object]], library: str = "") -> dict[str, Any]:
    """The load made by one task per pending call."""
    window = Window(plan)
    latencies: list[int] = []

    async def work(token: str) -> int:
        clock = time.perf_counter_ns
        made = 0
        while not window.is_over:
            started = clock()
            await call(token)
            took = clock() - started
            made += 1
            if window.is_open:
                latencies.append(took)
        return made

    tokens = plan["fixture"]["refreshJwts"][: plan["pending"]]
    tasks = [asyncio.create_task(work(token)) for token in tokens]
    await asyncio.sleep(plan["warmUpSeconds"])
    window.open()
    await asyncio.sleep(plan["seconds"])
    window.close()
    return window.result(sum(await asyncio.gather(*tasks)), latencies, library)
