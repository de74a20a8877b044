"""Calls of greenlets, one way of each in which they end. Says what happened, one line for each step."""

from gevent import monkey  # type: ignore[import-untyped]

monkey.patch_all()

import asyncio  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402

import gevent  # noqa: E402
from tenant_select import AsyncClient, Client, TenantSelectError  # noqa: E402

TOKEN = os.environ["REFRESH_JWT"]
client = Client(timeout=600, retries=0)


def say(*words: object) -> None:
    """Print a line, which the test waits for."""
    print(*words, flush=True)


def told() -> str:
    """Wait for a line of the test. The pipe is not gevent's: it is read in a thread of the pool, as the hub runs on."""
    line: str = gevent.get_hub().threadpool.apply(sys.stdin.readline)
    return line.strip()


def outcome(make: object) -> str:
    """Make a call and tell how it ended."""
    assert callable(make)
    try:
        return type(make()).__name__
    except TenantSelectError as error:
        return f"{type(error).__name__} {error.outcome}"
    except RuntimeError as error:
        return f"RuntimeError {error}"


def stalling() -> str:
    """A call that the service does not respond to."""
    return outcome(lambda: client.history(TOKEN))


# The first call, with nothing else that would keep the hub's loop running.
say("alone", outcome(lambda: client.me(TOKEN)))

greenlet = gevent.spawn(stalling)
gevent.sleep(0)
say("waiting", told(), greenlet.dead)
greenlet.kill()
say("killed", told(), type(greenlet.value).__name__)


def timed_out() -> str:
    """Start a call that gevent ends."""
    with gevent.Timeout(0.01) as timeout:
        try:
            return stalling()
        except gevent.Timeout as passed:
            return "Timeout" if passed is timeout else "another"


say("timeout", gevent.spawn(timed_out).get(), told())
say("own timeout", outcome(lambda: client.history(TOKEN, timeout=0.05)))

said: list[str] = []
gevent.get_hub().loop.run_callback(lambda: said.append(stalling()))
gevent.sleep(0)
gevent.sleep(0)
say("in the hub", *said)


async def awaited() -> str:
    """The other client, whose loop gevent has patched."""
    async with AsyncClient() as async_client:
        users = await asyncio.gather(*(async_client.me(TOKEN) for _ in range(4)))
        return type(users[0]).__name__


say("asyncio", gevent.spawn(lambda: asyncio.run(awaited())).get())
say("pool", gevent.get_hub().threadpool.apply(outcome, (lambda: client.me(TOKEN),)))
thread = threading.Thread(target=lambda: said.append(outcome(lambda: client.me(TOKEN))))
thread.start()
thread.join()
say("thread", said[-1])

# Greenlets go on in a child that gevent forks. Their calls do not.
say("last", told())
inherited = gevent.spawn(stalling)
gevent.sleep(0)
say("before the fork", told())
child = os.fork()
if not child:
    say("inherited", inherited.get())
    say("in the child", outcome(lambda: client.me(TOKEN)))
    os._exit(0)
os.waitpid(child, 0)
say("after the fork", inherited.dead)
inherited.kill()
