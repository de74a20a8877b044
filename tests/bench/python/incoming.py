"""The decision about a request with a valid session, next to the validation of the same token: the plan on standard input."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from tenant_select import (
    AsyncClient,
    AsyncRequestAuthenticator,
    AuthenticationResult,
    Client,
    IncomingRequest,
    RequestAuthenticator,
)

from load import Plan, read_plan, report
from repetition import BATCH, Batches

PERMISSIONS = ["documents.write"]


def read(result: AuthenticationResult) -> None:
    """Read what a handler reads."""
    assert result.refusal is None
    assert result.session is not None


async def series(plan: Plan) -> dict[str, Any]:
    fixture = plan["fixture"]
    token, tenant = fixture["sessionJwt"], fixture["tenant"]
    headers = [(name, value) for name, value in fixture["requestHeaders"]]
    options: dict[str, Any] = {"project_id": fixture["projectId"], "base_url": fixture["baseUrl"]}
    clock = time.perf_counter
    taken = Batches(plan)
    with Client(**options) as client:
        async with AsyncClient(**options) as async_client:
            authenticator, async_authenticator = RequestAuthenticator(client), AsyncRequestAuthenticator(async_client)
            # Fetches the keys.
            client.validate_session(token)
            await async_client.validate_session(token)
            while taken.go_on():
                started = clock()
                for _ in range(BATCH):
                    client.validate_session(token)
                taken.note("plain sync", clock() - started)
                started = clock()
                for _ in range(BATCH):
                    request = IncomingRequest("GET", "/documents?page=2", headers)
                    read(authenticator.authenticate(request, tenant=tenant, permissions=PERMISSIONS))
                taken.note("request sync", clock() - started)
                started = clock()
                for _ in range(BATCH):
                    await async_client.validate_session(token)
                taken.note("plain asyncio", clock() - started)
                started = clock()
                for _ in range(BATCH):
                    request = IncomingRequest("GET", "/documents?page=2", headers)
                    read(await async_authenticator.authenticate(request, tenant=tenant, permissions=PERMISSIONS))
                taken.note("request asyncio", clock() - started)
    return taken.result()


if __name__ == "__main__":
    report(asyncio.run(series(read_plan())))
