"""The vendor's Python SDK under the same load: ``vendor.py sync | asyncio``, the plan on standard input."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from descope import DescopeClient, DescopeClientAsync

from load import Plan, read_plan, report, with_tasks, with_threads


def sync(plan: Plan) -> dict[str, Any]:
    fixture = plan["fixture"]
    client = DescopeClient(fixture["projectId"], base_url=fixture["baseUrl"])
    return with_threads(plan, lambda token: client.select_tenant(fixture["tenant"], token), "descope")


async def asynchronous(plan: Plan) -> dict[str, Any]:
    fixture = plan["fixture"]
    client = DescopeClientAsync(fixture["projectId"], base_url=fixture["baseUrl"])
    try:
        return await with_tasks(plan, lambda token: client.select_tenant(fixture["tenant"], token), "descope")
    finally:
        await client.aclose()


def main() -> None:
    plan = read_plan()
    match sys.argv[1]:
        case "sync":
            report(sync(plan))
        case "asyncio":
            report(asyncio.run(asynchronous(plan)))
        case other:
            raise SystemExit(f"there is no mode {other}")


if __name__ == "__main__":
    main()
