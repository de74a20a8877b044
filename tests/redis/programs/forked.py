"""A process that forks after it has exchanged a token, while its threads exchange others: children learn of it through Redis."""

import asyncio
import os
import sys
import threading

from tenant_select import AsyncClient, Client

CHILDREN = int(sys.argv[1])
first_token, *chains = os.environ["REFRESH_JWTS"].split()

client = Client()
async_client = AsyncClient()
replaced_by = client.refresh_session(first_token).refresh_jwt
stop = threading.Event()


def learns() -> bool:
    """Whether the first token is known to be replaced, without a request, and a chain goes on."""
    response = client.refresh_session(first_token)
    again = asyncio.run(refresh(first_token))
    own = asyncio.run(refresh(client.refresh_session(chains[0]).refresh_jwt))
    return response.reused and response.refresh_jwt == again == replaced_by and own is not None


async def refresh(token: str | None) -> str | None:
    return (await async_client.refresh_session(token or "")).refresh_jwt


def keep_exchanging(token: str) -> None:
    while not stop.is_set():
        token = client.select_tenant("acme", token).refresh_jwt or ""
        token = client.select_tenant("globex", token).refresh_jwt or ""


threads = [threading.Thread(target=keep_exchanging, args=(token,)) for token in chains[1:]]
for thread in threads:
    thread.start()
for _ in range(CHILDREN):
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if learns() else 2
        finally:
            os._exit(code)
    ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if ended:
        sys.exit(f"a child ended with {ended}")
stop.set()
for thread in threads:
    thread.join()
print(learns())
