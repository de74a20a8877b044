"""The Python package in a soak: ``driver.py sync | asyncio``, the scenario on standard input, one line of JSON on standard output."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tenant_select import AsyncClient, Client, TenantSelectError

Scenario = dict[str, Any]
PAGE = os.sysconf("SC_PAGE_SIZE")


def use() -> list[int]:
    """What this process uses: bytes of memory (RSS), descriptors, threads."""
    memory = int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    descriptors, threads = (sum(1 for _ in Path("/proc/self", name).iterdir()) for name in ("fd", "task"))
    return [memory, descriptors, threads]


class Log:
    """What became of the calls, and what the process used meanwhile."""

    def __init__(self, scenario: Scenario) -> None:
        self._every = scenario["sampleEvery"]
        self._lock = threading.Lock()
        self._made = 0
        self.ended: Counter[str] = Counter()
        self.samples: list[list[int]] = []

    def note(self, what: str) -> None:
        """Count the end of one call."""
        with self._lock:
            self.ended[what] += 1
            self._made += 1
            if self._made % self._every == 0:
                self.samples.append([self._made, *use()])


class Worker:
    """One user: calls one after the other, with the newest refresh token; a new sign-in where the newest may be lost."""

    def __init__(self, scenario: Scenario, number: int) -> None:
        self._scenario = scenario
        self._sign_ins = iter(scenario["signIns"][number])
        self._random = random.Random(number)
        self.calls = scenario["calls"] // scenario["workers"]
        self._refresh_jwt, self._session_jwt = next(self._sign_ins)

    def begin(self, client: Any) -> tuple[str, Any]:
        """Begin any call, and return its name and what it gives."""
        name = self._random.choice(self._scenario["operations"])
        match name:
            case "refresh":
                return name, client.refresh_session(self._refresh_jwt)
            case "select":
                return name, client.select_tenant(self._random.choice(self._scenario["tenants"]), self._refresh_jwt)
            case "me":
                return name, client.me(self._refresh_jwt)
            case "tenants":
                return name, client.my_tenants(self._refresh_jwt)
            case "history":
                return name, client.history(self._refresh_jwt)
            case _:
                return name, client.validate_session(self._session_jwt)

    def succeeded(self, name: str, result: Any) -> str:
        """Keep the tokens of an exchange."""
        if name not in {"refresh", "select"}:
            return "read"
        self._refresh_jwt, self._session_jwt = result.refresh_jwt, result.session_jwt
        return "reused" if result.reused else "delivered"

    def failed(self, error: TenantSelectError) -> str:
        """Sign in anew where the service may have issued tokens that did not arrive."""
        exchange = error.operation in {"refresh_session", "select_tenant"}
        if exchange and error.outcome == "unknown":
            self._refresh_jwt, _ = next(self._sign_ins)
        return f"{error.code} {error.outcome}{' exchange' if exchange else ''}"


def call(client: Client, worker: Worker) -> str:
    """Make one call."""
    try:
        return worker.succeeded(*worker.begin(client))
    except TenantSelectError as error:
        return worker.failed(error)


async def call_async(client: AsyncClient, worker: Worker) -> str:
    """Make one call with an asyncio client."""
    name, awaitable = worker.begin(client)
    try:
        return worker.succeeded(name, await awaitable)
    except TenantSelectError as error:
        return worker.failed(error)


def calls(scenario: Scenario, options: dict[str, Any]) -> Log:
    """Workers, each in a thread, that call one after the other."""
    log = Log(scenario)

    def work(number: int) -> None:
        worker = Worker(scenario, number)
        for _ in range(worker.calls):
            log.note(call(client, worker))

    with Client(**options) as client, ThreadPoolExecutor(scenario["workers"]) as pool:
        list(pool.map(work, range(scenario["workers"])))
    return log


async def calls_async(scenario: Scenario, options: dict[str, Any]) -> Log:
    """Workers, each a task, that call one after the other."""
    log = Log(scenario)

    async def work(number: int) -> None:
        worker = Worker(scenario, number)
        for _ in range(worker.calls):
            log.note(await call_async(client, worker))

    async with AsyncClient(**options) as client:
        await asyncio.gather(*map(work, range(scenario["workers"])))
    return log


def clients(scenario: Scenario, options: dict[str, Any]) -> Log:
    """Clients that are made, used once and closed."""
    log = Log(scenario)
    for _ in range(scenario["clients"]):
        with Client(**options) as client:
            client.me(scenario["refreshJwt"])
        log.note("read")
    return log


async def clients_async(scenario: Scenario, options: dict[str, Any]) -> Log:
    """The same with asyncio clients."""
    log = Log(scenario)
    for _ in range(scenario["clients"]):
        async with AsyncClient(**options) as client:
            await client.me(scenario["refreshJwt"])
        log.note("read")
    return log


def pending(scenario: Scenario, options: dict[str, Any]) -> Log:
    """Calls that are all pending at once, each in a thread, before and after which one call is made."""
    log = Log(scenario)
    threading.stack_size(256 * 1024)
    for _ in range(scenario["pendingRounds"]):
        pending_round(scenario, options, log)
    return log


def pending_round(scenario: Scenario, options: dict[str, Any], log: Log) -> None:
    """One time, with a client of its own."""
    with Client(**options) as client:
        client.me(scenario["refreshJwt"])

        def work() -> None:
            try:
                client.me(scenario["refreshJwt"])
                log.note("read")
            except TenantSelectError as error:
                log.note(f"{error.code} {error.outcome}")

        threads = [threading.Thread(target=work) for _ in range(scenario["pending"])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        client.me(scenario["refreshJwt"])
    log.samples.append([scenario["pending"], *use()])


async def pending_async(scenario: Scenario, options: dict[str, Any]) -> Log:
    """The same, each in a task."""
    log = Log(scenario)
    for _ in range(scenario["pendingRounds"]):
        await pending_round_async(scenario, options, log)
    return log


async def pending_round_async(scenario: Scenario, options: dict[str, Any], log: Log) -> None:
    """One time, with a client of its own."""
    async with AsyncClient(**options) as client:
        await client.me(scenario["refreshJwt"])

        async def work() -> None:
            try:
                await client.me(scenario["refreshJwt"])
                log.note("read")
            except TenantSelectError as error:
                log.note(f"{error.code} {error.outcome}")

        await asyncio.gather(*(work() for _ in range(scenario["pending"])))
        await client.me(scenario["refreshJwt"])
    log.samples.append([scenario["pending"], *use()])


def main() -> None:
    scenario = json.load(sys.stdin)
    options = {
        "project_id": scenario["projectId"],
        "base_url": scenario["baseUrl"],
        "timeout": scenario["timeoutSeconds"],
    }
    options["connect_timeout"] = scenario["timeoutSeconds"]
    if sys.argv[1] == "sync":
        log = {"calls": calls, "clients": clients, "pending": pending}[scenario["name"]](scenario, options)
    else:
        run = {"calls": calls_async, "clients": clients_async, "pending": pending_async}[scenario["name"]]
        log = asyncio.run(run(scenario, options))
    print(json.dumps({"ended": log.ended, "samples": log.samples}))


if __name__ == "__main__":
    main()
