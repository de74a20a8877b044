"""A call that is sent again in a greenlet: its observer runs there, and may let other greenlets run."""

from gevent import monkey  # type: ignore[import-untyped]

monkey.patch_all()

import os  # noqa: E402

import gevent  # noqa: E402
from tenant_select import Client, RetryEvent  # noqa: E402

seen: list[tuple[int, bool]] = []


def tell(event: RetryEvent) -> None:
    """Note the attempt, and whether this is the greenlet of the call; then give way to the others."""
    seen.append((event.attempts, gevent.getcurrent() is call))
    gevent.sleep(0)


client = Client(on_retry=tell, retries=3)
call = gevent.spawn(client.me, os.environ["REFRESH_JWT"])
print(call.get().name, seen)
