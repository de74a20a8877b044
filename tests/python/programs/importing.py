"""Makes the first calls of clients, and prints what they import."""

import asyncio
import os
import sys

from tenant_select import AsyncClient, Client, InvalidTokenError, PermissionDeniedError

TOKEN = os.environ["REFRESH_JWT"]
client = Client()
async_client = AsyncClient()


async def first_calls() -> set[str]:
    """Return the modules that a call, a failed call and a look at the results have brought."""
    before = set(sys.modules)
    repr(client.select_tenant("acme", TOKEN))
    repr(await async_client.me(TOKEN))
    try:
        await async_client.select_tenant("nowhere", TOKEN)
    except PermissionDeniedError as error:
        repr(error)
    try:
        client.validate_session(TOKEN)
    except InvalidTokenError as error:
        repr(error)
    return set(sys.modules) - before


print(sorted(asyncio.run(first_calls())))
