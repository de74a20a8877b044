"""The Python package under load: ``client.py sync | asyncio | uvloop | threads``, the plan on standard input."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tenant_select import AsyncClient, Client

from load import Plan, read_plan, report, with_tasks, with_threads


def options(plan: Plan) -> dict[str, Any]:
    fixture = plan["fixture"]
    of_project = {"project_id": fixture["projectId"], "base_url": fixture["baseUrl"], "ca_file": fixture["caFile"]}
    # Each worker presents one token many times, which a client that follows rotation serves from memory.
    return {**of_project, "verify": plan["verify"], "rotation": False}


def sync(plan: Plan) -> dict[str, Any]:
    tenant = plan["fixture"]["tenant"]
    with Client(**options(plan)) as client:
        return with_threads(plan, lambda token: client.select_tenant(tenant, token))


async def native(plan: Plan, library: str = "") -> dict[str, Any]:
    tenant = plan["fixture"]["tenant"]
    async with AsyncClient(**options(plan)) as client:
        return await with_tasks(plan, lambda token: client.select_tenant(tenant, token), library)


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
