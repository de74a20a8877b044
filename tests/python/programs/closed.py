"""Closes clients that have called and forks, and prints what they are in the child, beside one that was left open."""

import asyncio
import os
import sys
from collections.abc import Callable

from tenant_select import AsyncClient, Client, ClientClosedError

TOKEN = os.environ["REFRESH_JWT"]

client, left_open = Client(), Client()
async_client = AsyncClient()


async def call_and_close() -> None:
    """Use the client, and close it."""
    await async_client.me(TOKEN)
    await async_client.aclose()


def refusal(call: Callable[[], object]) -> str:
    """Make a call that is refused, and tell how."""
    try:
        call()
    except ClientClosedError as error:
        return f"{error.outcome} {error.attempts}"
    return "not refused"


client.me(TOKEN)
client.close()
asyncio.run(call_and_close())
left_open.me(TOKEN)

child = os.fork()
if child:
    _, status = os.waitpid(child, 0)
    sys.exit(f"the child ended with {status}" if status else 0)

code = 1
try:
    print(refusal(lambda: client.history(TOKEN)))
    print(refusal(lambda: asyncio.run(async_client.history(TOKEN))))
    print(client.closed, async_client.closed, left_open.closed, left_open.me(TOKEN).name, flush=True)
    code = 0
finally:
    os._exit(code)
