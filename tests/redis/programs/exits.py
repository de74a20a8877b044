"""Exits while calls wait for Redis or for the service: in threads that Python stops, or in tasks that it cancels."""

import asyncio
import os
import sys
import threading

from tenant_select import AsyncClient, Client

TOKENS = os.environ["REFRESH_JWTS"].split()


def threads() -> None:
    client = Client()
    for token in TOKENS:
        threading.Thread(target=client.refresh_session, args=(token,), daemon=True).start()
    client.refresh_session(TOKENS[0])


async def tasks() -> None:
    client = AsyncClient()
    pending = [asyncio.ensure_future(client.refresh_session(token)) for token in TOKENS]
    await asyncio.sleep(0)
    await pending[0]


if sys.argv[1] == "threads":
    threads()
else:
    asyncio.run(tasks())
print("exits")
