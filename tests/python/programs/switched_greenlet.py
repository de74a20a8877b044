"""Switches in greenlets: one is waited for, and one goes on when its greenlet was killed. Says where they are reported."""

from gevent import monkey  # type: ignore[import-untyped]

monkey.patch_all()

import os  # noqa: E402
import sys  # noqa: E402

import gevent  # noqa: E402
import gevent.event  # type: ignore[import-untyped]  # noqa: E402
from tenant_select import Client, SwitchEvent  # noqa: E402

HUB = gevent.get_hub()
reported = gevent.event.AsyncResult()
client = Client(on_switch=lambda event: reported.set((event, gevent.getcurrent(), gevent.get_hub())), timeout=30)


def report(expected: object = None) -> str:
    """Wait for the event, and tell where it came."""
    event: SwitchEvent
    event, greenlet, hub = reported.get(timeout=20)
    assert hub is HUB, "it came in another thread"
    where = "in the greenlet" if greenlet is expected else "in another greenlet of this thread"
    return f"{where}: {event.to_tenant} {event.outcome}"


def wait_for_the_test() -> None:
    """Wait for a line. The pipe is not gevent's: it is read in a thread of the pool, as the hub runs on."""
    gevent.get_hub().threadpool.apply(sys.stdin.readline)


waiting = gevent.spawn(client.select_tenant, "acme", os.environ["REFRESH_JWT"])
waiting.join()
print(report(waiting), flush=True)
wait_for_the_test()

reported = gevent.event.AsyncResult()
killed = gevent.spawn(client.select_tenant, "globex", os.environ["REFRESH_JWTS"])
gevent.sleep(0)
wait_for_the_test()
killed.kill()
print(report(killed))
