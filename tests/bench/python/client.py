"""The Python package under load: ``client.py sync | asyncio | uvloop | threads``, the plan on standard input."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tenant_select import AsyncClient, Client

from load import Plan, answer, read_plan, with_tasks, with_threads


def options(plan: Plan) -> dict[str, Any]:
    scene = plan["scene"]
    return {"project_id": scene["projectId"], "base_url": scene["baseUrl"], "verify": plan["verify"]}


def sync(plan: Plan) -> dict[str, Any]:
    tenant = plan["scene"]["tenant"]
    with Client(**options(plan)) as client:
        return with_threads(plan, lambda token: client.select_tenant(tenant, token))


async def native(plan: Plan, library: str = "") -> dict[str, Any]:
    tenant = plan["scene"]["tenant"]
    async with AsyncClient(**options(plan)) as client:
        return await with_tasks(plan, lambda token: client.select_tenant(tenant, token), library)


async def threads(plan: Plan) -> dict[str, Any]:
    """What an event loop would have without an async client: the blocking one, in a thread per call in flight."""
    tenant = plan["scene"]["tenant"]
    loop = asyncio.get_running_loop()
    with Client(**options(plan)) as client, ThreadPoolExecutor(plan["inFlight"]) as pool:
        return await with_tasks(plan, lambda token: loop.run_in_executor(pool, client.select_tenant, tenant, token))


def main() -> None:
    plan = read_plan()
    match sys.argv[1]:
        case "sync":
            answer(sync(plan))
        case "asyncio":
            answer(asyncio.run(native(plan)))
        case "uvloop":
            import uvloop  # noqa: PLC0415 - the other modes do without

            answer(uvloop.run(native(plan, "uvloop")))
        case "threads":
            answer(asyncio.run(threads(plan)))
        case other:
            raise SystemExit(f"there is no mode {other}")


if __name__ == "__main__":
    main()
