"""Runs a call: one function for threads, one for event loops."""

from __future__ import annotations

import sys
import time

from . import _log
from ._native import Completions, NativeError, RetryEvent, redact_arguments
from .errors import from_native

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import TypeVar

    from ._native import Call

    OnRetry = Callable[[RetryEvent], object] | None
    T = TypeVar("T")
    F = TypeVar("F")


def redacting(*names: str) -> Callable[[F], F]:
    """Decorate a coroutine function: these arguments are wrapped before its coroutine is created."""
    return lambda function: redact_arguments(function, names)


def run(call: Call[T], on_retry: OnRetry) -> T:
    """Wait for the call. ``on_retry`` is called in this thread or greenlet."""
    started = time.perf_counter()
    result = call.now()
    if result is None:
        if "gevent.monkey" in sys.modules or "eventlet.patcher" in sys.modules:
            # Usually loaded with the client already, unless gevent was imported after it.
            from ._green import wait  # noqa: PLC0415

            result = wait(call, on_retry)
        else:
            result = wait_in_thread(call, on_retry)
    return conclude(call, started, result)


def wait_in_thread(call: Call[T], on_retry: OnRetry) -> T | NativeError:
    """Wait for the call, with this thread blocked."""
    result = call.wait()
    if not isinstance(result, RetryEvent):
        return result
    try:
        while isinstance(result, RetryEvent):
            report_retry(result, on_retry)
            result = call.wait()
    finally:
        call.abort()
    return result


async def run_async(call: Call[T], on_retry: OnRetry) -> T:
    """Await the call. ``on_retry`` is called in this task."""
    started = time.perf_counter()
    result = call.now()
    if result is None:
        result = await wait_in_task(call, on_retry)
    return conclude(call, started, result)


async def wait_in_task(call: Call[T], on_retry: OnRetry) -> T | NativeError:
    """Wait for the call. Whatever ends the wait, cancellation above all, gives the call up."""
    event_loop = _running_loop()
    future: asyncio.Future[None] = event_loop.create_future()
    try:
        watched = call.start(event_loop, future) or (_watch(event_loop) and call.start(event_loop, future))
        if not watched:
            call.start_with_thread(event_loop, _waker(event_loop, future))
        await future
        result = call.next()
        while result is None or isinstance(result, RetryEvent):
            if result is None:
                await future
            else:
                report_retry(result, on_retry)
            future = event_loop.create_future()
            result = call.next(future if watched else _waker(event_loop, future))
        return result
    finally:
        call.abort()


def _watch(event_loop: asyncio.AbstractEventLoop) -> bool:
    """Let the loop watch what its calls come to; False where that is not possible."""
    try:
        completions = Completions(event_loop)
        event_loop.add_reader(completions.fileno(), _arrived, completions)
    except (NotImplementedError, OSError):
        # The usual loop of Windows watches no files, and the system may grant none.
        return False
    return True


def _arrived(completions: Completions) -> None:
    for future in completions.take():
        _wake(future)


def report_retry(event: RetryEvent, on_retry: OnRetry) -> None:
    """Log the retry and tell the application of it."""
    _log.log_retry(event, on_retry)


def conclude(call: Call[T], started: float, result: T | NativeError) -> T:
    """Report the switches of the call, log the result, and return or raise it."""
    switches = call.take_switches()
    if switches is not None:
        on_switch, events = switches
        for event in events:
            _log.report_switch(event, on_switch)

    _log.log_warnings(call)
    if isinstance(result, NativeError):
        error = from_native(result)
        _log.log_failure(call, started, error)
        raise error
    _log.log_success(call, started, result)
    return result


def _waker(event_loop: asyncio.AbstractEventLoop, future: asyncio.Future[None]) -> Callable[[], object]:
    return lambda: event_loop.call_soon_threadsafe(_wake, future)


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
