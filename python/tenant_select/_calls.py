"""Runs a call: one function for threads, one for event loops."""

from __future__ import annotations

import sys
import time

from ._native import NativeError, redact_arguments
from .errors import from_native

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import TypeVar

    from ._native import Call

    T = TypeVar("T")
    F = TypeVar("F")


def redacting(*names: str) -> Callable[[F], F]:
    """Decorate a coroutine function: these arguments are wrapped before its coroutine is created."""
    return lambda function: redact_arguments(function, names)


def run(call: Call[T]) -> T:
    """Wait for the call."""
    started = time.perf_counter()
    result = call.now()
    if result is None:
        if "gevent.monkey" in sys.modules or "eventlet.patcher" in sys.modules:
            # Usually loaded with the client already, unless gevent was imported after it.
            from ._green import wait  # noqa: PLC0415

            result = wait(call)
        else:
            result = call.wait()
    return conclude(call, started, result)


async def run_async(call: Call[T]) -> T:
    """Await the call. When the wait ends early, for example by cancellation, the request is dropped."""
    started = time.perf_counter()
    result = call.now()
    if result is None:
        event_loop = _running_loop()
        future: asyncio.Future[None] = event_loop.create_future()
        try:
            call.start(event_loop, _wake, future)
            await future
        finally:
            call.abort()
        result = call.result()
    return conclude(call, started, result)


def conclude(call: Call[T], started: float, result: T | NativeError) -> T:
    """Log the result, and return or raise it."""
    # Loaded when a client is created: at the top it would double the import time of the package.
    from ._log import log_failure, log_success  # noqa: PLC0415

    if isinstance(result, NativeError):
        error = from_native(result)
        log_failure(call, started, error)
        raise error
    log_success(call, started, result)
    return result


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _running_loop() -> asyncio.AbstractEventLoop:
    # A program that gets here has loaded asyncio already; at the top it would dominate the import time of the package.
    from asyncio import get_running_loop  # noqa: PLC0415

    try:
        return get_running_loop()
    except RuntimeError:
        message = (
            "AsyncClient needs a running asyncio event loop (asyncio itself, uvloop, or anyio on asyncio); "
            "elsewhere, under trio for one, run the sync Client in a worker thread"
        )
        raise RuntimeError(message) from None
