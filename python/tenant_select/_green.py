"""Waits for a call in a green thread: only the calling greenlet waits, and the hub runs the others.

Loaded only when gevent or eventlet is loaded. Neither is imported here: programs that use them have them in ``sys.modules``.

gevent's own pool of native threads would also work, but it has ten threads, shared with its name resolution: ten calls that
wait for a slow service would delay all others. A watcher of the hub's loop has no such limit, and a greenlet that is killed
can give its call up.
"""

from __future__ import annotations

import os
import sys

from ._calls import report_retry, wait_in_thread
from ._native import RetryEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from ._calls import OnRetry
    from ._native import Call, NativeError

    T = TypeVar("T")

_pending: set[tuple[Any, Any]] = set()
"""For each waiting greenlet, its loop and the function that ends its wait. A forked child inherits them and must end them."""


def refuse_eventlet() -> None:
    """Raise when eventlet has patched the standard library, because a call would block all green threads.

    Raises:
        RuntimeError: eventlet has patched ``socket``.
    """
    patcher = sys.modules.get("eventlet.patcher")
    if patcher is not None and patcher.is_monkey_patched("socket"):
        message = (
            "Client does not support eventlet, all of whose green threads would stop while a call waits: run the "
            "application on threads or gevent (gunicorn --worker-class gthread or gevent), or use AsyncClient"
        )
        raise RuntimeError(message)


def wait(call: Call[T], on_retry: OnRetry) -> T | NativeError:
    """Wait for the call: the greenlet where gevent has patched the standard library, else the thread."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("socket"):
        refuse_eventlet()
        return wait_in_thread(call, on_retry)
    gevent: Any = sys.modules["gevent"]
    hub = gevent.get_hub()
    if gevent.getcurrent() is hub:
        message = (
            "a call waits, which a callback of gevent's hub must not do; nothing was sent; "
            "make the call in a greenlet: gevent.spawn(...)"
        )
        raise RuntimeError(message)
    waiter = gevent.hub.Waiter(hub)
    # The watcher also keeps the loop running, which would end without one.
    watcher = hub.loop.async_()
    watcher.start(waiter.switch, None)
    pending = (hub.loop, waiter.switch)
    _pending.add(pending)
    try:
        call.start_with_thread(_Hub(hub), watcher.send)
        while True:
            result = call.next(watcher.send)
            if result is None:
                waiter.get()
                waiter.clear()
            elif isinstance(result, RetryEvent):
                report_retry(result, on_retry)
            else:
                return result
    finally:
        # After a kill of the greenlet, a gevent.Timeout or Ctrl-C, this gives the call up.
        call.abort()
        _pending.discard(pending)
        watcher.stop()
        watcher.close()


class _Hub:
    """Stands in for the event loop in which a switch is reported that no call waits for."""

    __slots__ = ("_loop",)

    def __init__(self, hub: Any) -> None:
        self._loop = hub.loop

    def is_running(self) -> bool:
        return bool(self._loop) and hasattr(self._loop, "run_callback_threadsafe")

    def call_soon_threadsafe(self, callback: Any, *arguments: Any) -> None:
        # In a greenlet of its own, because the application's code may wait.
        self._loop.run_callback_threadsafe(sys.modules["gevent"].spawn, callback, *arguments)


def _wake_inherited() -> None:
    # In a forked child, gevent continues the greenlets of the parent, but no thread is left to end their calls.
    for loop, wake in _pending:
        loop.run_callback(wake, None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_wake_inherited)
