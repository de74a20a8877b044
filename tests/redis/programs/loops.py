"""One client in several event loops, some at once and some after others have ended."""

import asyncio
import os
import threading

from tenant_select import AsyncClient

token = os.environ["REFRESH_JWTS"]
client = AsyncClient()
results: set[str | None] = set()


async def refresh() -> None:
    for response in await asyncio.gather(*(client.refresh_session(token) for _ in range(10))):
        results.add(response.refresh_jwt)


for _ in range(3):
    threads = [threading.Thread(target=lambda: asyncio.run(refresh())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print(len(results))
