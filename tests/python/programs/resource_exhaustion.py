"""Makes calls while the system grants few threads or files, and again when it grants them, and prints how they end.

The arguments say which resource is limited and how many of it are left, and the base URL when it is not that of the environment.
"""

import asyncio
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from tenant_select import APIConnectionError, AsyncClient, Client

TOKEN = os.environ["REFRESH_JWT"]
LIMITED, LEFT = sys.argv[1], int(sys.argv[2])

BASE_URL = sys.argv[3] if len(sys.argv) > 3 else None

client = Client(base_url=BASE_URL, allow_http=True, retries=0)
async_client = AsyncClient(base_url=BASE_URL, allow_http=True, retries=0)
loop = asyncio.new_event_loop()


def limit_for_files() -> int:
    """Return the number of the first file that must not be opened."""
    first = os.dup(0)
    os.close(first)
    return first + LEFT


def limit_for_threads() -> int:
    """Return the addresses that suffice for so many stacks, and half of one for everything else."""
    status = Path("/proc/self/status").read_text()
    (used,) = (int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmSize:"))
    stack = int(os.environ["RUST_MIN_STACK"])
    return used + LEFT * stack + stack // 2


def ended(call: Callable[[], str | None]) -> str:
    """Make a call, and tell how it ends."""
    try:
        return call() or ""
    except APIConnectionError as error:
        return f"{error.outcome} {error.retryable} {error.attempts} {error}"


def calls() -> None:
    """Make a call of each kind."""
    print(ended(lambda: client.me(TOKEN).name))
    print(ended(lambda: loop.run_until_complete(async_client.me(TOKEN)).name), flush=True)


kind = {"files": resource.RLIMIT_NOFILE, "threads": resource.RLIMIT_AS}[LIMITED]
usual = resource.getrlimit(kind)
limit = {"files": limit_for_files, "threads": limit_for_threads}[LIMITED]()
resource.setrlimit(kind, (limit, usual[1]))
calls()
resource.setrlimit(kind, usual)
calls()
loop.close()
