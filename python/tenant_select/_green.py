"""Waiting for a call in a green thread: the greenlet waits, and the hub runs the others meanwhile.

Loaded only where gevent or eventlet is. Neither is ever imported here: programs that use them have them in ``sys.modules``.

gevent's own pool of native threads would also work, but it has ten threads, which its name resolution shares: ten calls that
wait for a slow service would delay all others. A watcher of the hub's loop has no such bound, and a greenlet that is
killed can drop its request.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from ._native import Call, NativeError

    T = TypeVar("T")

_pending: set[tuple[Any, Any]] = set()
"""For each call that a greenlet waits for the loop and what to run on it to end the wait: a forked child inherits those."""


def refuse_eventlet() -> None:
    """Raise where eventlet has patched the standard library: a call would stop all of its green threads.

    Raises:
        RuntimeError: It has.
    """
    patcher = sys.modules.get("eventlet.patcher")
    if patcher is not None and patcher.is_monkey_patched("socket"):
        message = (
            "Client does not support eventlet, all of whose green threads would stop while a call waits: run the "
            "application on threads or gevent (gunicorn --worker-class gthread or gevent), or use AsyncClient"
        )
        raise RuntimeError(message)


def wait(call: Call[T]) -> T | NativeError:
    """Wait for the call: the greenlet where gevent has patched the standard library, else the thread."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("socket"):
        refuse_eventlet()
        return call.wait()
    gevent: Any = sys.modules["gevent"]
    hub = gevent.get_hub()
    if gevent.getcurrent() is hub:
        message = (
            "a call waits, which a callback of gevent's hub must not do; nothing was sent; "
            "make the call in a greenlet: gevent.spawn(...)"
        )
        raise RuntimeError(message)
    waiter = gevent.hub.Waiter(hub)
    # It also keeps the loop running, which ends when it has nothing to wait for.
    watcher = hub.loop.async_()
    watcher.start(waiter.switch, None)
    pending = (hub.loop, waiter.switch)
    _pending.add(pending)
    try:
        call.start(_Watched, _send, watcher)
        waiter.get()
    finally:
        # The greenlet was killed, a gevent.Timeout passed, Ctrl-C was pressed: the request is dropped.
        call.abort()
        _pending.discard(pending)
        watcher.stop()
        watcher.close()
    return call.result()


class _Watched:
    """What stands for an event loop that is to be woken from another thread."""

    @staticmethod
    def call_soon_threadsafe(wake: Any, watcher: Any) -> None:
        wake(watcher)


def _send(watcher: Any) -> None:
    watcher.send()


def _wake_inherited() -> None:
    # gevent runs the greenlets of its parent on in a forked child, where no thread is left to end their calls.
    for loop, wake in _pending:
        loop.run_callback(wake, None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_wake_inherited)
