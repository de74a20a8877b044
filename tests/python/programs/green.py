"""What a gevent server serves: calls that wait for as long as the service does, and calls that do not."""

import os
from collections.abc import Callable, Iterable
from typing import Any

import gevent  # type: ignore[import-untyped]
from tenant_select import Client

client = Client(timeout=600, retries=0)
TOKEN = os.environ["REFRESH_JWT"]
waiting: set[Any] = set()
"""The greenlets of slow requests."""

# Under --preload in the master, which has patched itself by then and whose children inherit what the call has started.
client.me(TOKEN)


class Released(Exception):  # noqa: N818 - no error
    """Ends a slow request."""


def slow() -> str:
    """Wait for the service, which does not respond, until the application gives up."""
    greenlet = gevent.getcurrent()
    waiting.add(greenlet)
    try:
        client.history(TOKEN)
    except Released:
        return "released"
    finally:
        waiting.discard(greenlet)
    return "completed"


def release() -> str:
    """Kill the greenlets of all slow requests."""
    greenlets = list(waiting)
    gevent.killall(greenlets, Released, block=False)
    return str(len(greenlets))


def application(environ: dict[str, Any], respond: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    """Respond by path."""
    pages: dict[str, Callable[[], str]] = {
        "/slow": slow,
        "/release": release,
        "/fast": lambda: client.me(TOKEN).name or "",
        "/pid": lambda: str(os.getpid()),
    }
    body = pages[environ["PATH_INFO"]]().encode()
    respond("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
