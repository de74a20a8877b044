"""The Python package under load: ``client.py sync | asyncio | uvloop | threads``, the plan on standard input."""

from __future__ import annotations

import asyncio
import itertools
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from tenant_select import AsyncClient, Client

from load import Plan, read_plan, report, with_tasks, with_threads

if TYPE_CHECKING:
    from collections.abc import Callable


def options(plan: Plan) -> dict[str, Any]:
    fixture = plan["fixture"]
    of_project = {"project_id": fixture["projectId"], "base_url": fixture["baseUrl"], "ca_file": fixture["caFile"]}
    # A worker that presents one token many times is served from memory by a client that follows rotation.
    return {**of_project, "verify": plan["verify"], "rotation": plan["distinct"], "shared_state": plan["sharedState"]}


def tokens(plan: Plan) -> Callable[[str], str]:
    """What a worker with this token presents: always the same, or another one each time."""
    if not plan["distinct"]:
        return lambda token: token
    numbers = itertools.count()
    return lambda token: f"{token}_{next(numbers)}"


def sync(plan: Plan) -> dict[str, Any]:
    tenant, presented = plan["fixture"]["tenant"], tokens(plan)
    with Client(**options(plan)) as client:
        return with_threads(plan, lambda token: client.select_tenant(tenant, presented(token)))


async def native(plan: Plan, library: str = "") -> dict[str, Any]:
    tenant, presented = plan["fixture"]["tenant"], tokens(plan)
    async with AsyncClient(**options(plan)) as client:
        return await with_tasks(plan, lambda token: client.select_tenant(tenant, presented(token)), library)


async def threads(plan: Plan) -> dict[str, Any]:
    """The alternative to an asyncio client: the blocking one, in a thread per pending call."""
    tenant = plan["fixture"]["tenant"]
    loop = asyncio.get_running_loop()
    with Client(**options(plan)) as client, ThreadPoolExecutor(plan["pending"]) as pool:
        return await with_tasks(plan, lambda token: loop.run_in_executor(pool, client.select_tenant, tenant, token))


def main() -> None:
    plan = read_plan()
    match sys.argv[1]:
        case "sync":
            report(sync(plan))
        case "asyncio":
            report(asyncio.run(native(plan)))
        case "uvloop":
            import uvloop  # noqa: PLC0415 - the other modes do not need it

            report(uvloop.run(native(plan, "uvloop")))
        case "threads":
            report(asyncio.run(threads(plan)))
        case other:
            raise SystemExit(f"there is no mode {other}")


if __name__ == "__main__":
    main()
