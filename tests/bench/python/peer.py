"""The vendor's Python SDK under the same load: ``peer.py sync | async | validation``, the plan on standard input."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from descope import DescopeClient, DescopeClientAsync

from load import Plan, read_plan, report, with_tasks, with_threads
from repetition import batches


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


def validation(plan: Plan) -> dict[str, Any]:
    fixture = plan["fixture"]
    client, token = DescopeClient(fixture["projectId"], base_url=fixture["baseUrl"]), fixture["sessionJwt"]
    return batches(plan, {"sync": ("validate(token)", {"validate": client.validate_session, "token": token})})


def main() -> None:
    plan = read_plan()
    match sys.argv[1]:
        case "sync":
            report(sync(plan))
        case "async":
            report(asyncio.run(asynchronous(plan)))
        case "validation":
            report(validation(plan))
        case other:
            raise SystemExit(f"there is no mode {other}")


if __name__ == "__main__":
    main()
