"""Awaits one call under `asyncio.run` and says how it ended."""

import asyncio
import os
import signal
import sys
import time

from tenant_select import AsyncClient

# A process that was started in the background of a shell ignores SIGINT, and so would this one after it.
signal.signal(signal.SIGINT, signal.default_int_handler)

READS = sys.argv[1:] == ["read"]
TOKEN = os.environ["REFRESH_JWT"]

# It is not closed: the end of the call alone is to be seen.
client = AsyncClient(timeout=30, retries=0)


async def main() -> None:
    """Make the call."""
    print("calling", flush=True)
    await (client.history(TOKEN) if READS else client.select_tenant("acme", TOKEN))


try:
    asyncio.run(main())
except KeyboardInterrupt:
    print(f"interrupted {time.time()}", flush=True)
    # The process stays, so that it is not its end that closes the connection.
    sys.stdin.readline()
    if not READS:
        session = asyncio.run(client.select_tenant("acme", TOKEN)).session
        assert session.active_tenant is not None
        print(session.active_tenant.tenant_id)
else:
    sys.exit("the call returned")
