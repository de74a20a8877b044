"""A process that decides about requests with a valid session: ``decides.py sync | asyncio``, the session token in SESSION.

With a refresh token in REFRESH it makes one exchange at the end.
"""

from __future__ import annotations

import asyncio
import os
import sys

from tenant_select import AsyncClient, AsyncRequestAuthenticator, Client, IncomingRequest, RequestAuthenticator

CALLS = 100
SESSION = os.environ["SESSION"]
REFRESH = os.environ.get("REFRESH")
# A refresh token beside a valid session is not used.
COOKIES = f"DS={SESSION}; DSR={REFRESH or SESSION}"


def request() -> IncomingRequest:
    return IncomingRequest("GET", "/documents", [("Host", "app.example"), ("Cookie", COOKIES)])


def sync() -> None:
    with Client() as client:
        authenticator = RequestAuthenticator(client)
        for _ in range(CALLS):
            assert client.validate_session(SESSION).active_tenant is not None
            result = authenticator.authenticate(request(), tenant="acme")
            assert (result.refusal, result.session is not None) == (None, True)
        if REFRESH:
            client.refresh_session(REFRESH)


async def tasks() -> None:
    async with AsyncClient() as client:
        authenticator = AsyncRequestAuthenticator(client)
        for _ in range(CALLS):
            assert (await client.validate_session(SESSION)).active_tenant is not None
            result = await authenticator.authenticate(request(), tenant="acme")
            assert (result.refusal, result.session is not None) == (None, True)
        if REFRESH:
            await client.refresh_session(REFRESH)


if sys.argv[1] == "sync":
    sync()
else:
    asyncio.run(tasks())
print("decided", CALLS)
