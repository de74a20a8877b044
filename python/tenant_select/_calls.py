"""Making a call and logging it: once for threads, once for event loops."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, TypeVar

from ._native import Failure
from .errors import TenantSelectError, from_native

if TYPE_CHECKING:
    import asyncio

    from ._native import Call

T = TypeVar("T")

logger = logging.getLogger("tenant_select")
logger.addHandler(logging.NullHandler())


def run(call: Call[T]) -> T:
    """Wait for the call."""
    started = time.perf_counter()
    result = call.now()
    if result is None:
        result = call.wait()
    return concluded(call.operation, started, result)


async def run_async(call: Call[T]) -> T:
    """Await the call. Whatever ends the wait, cancellation above all, also ends the request."""
    started = time.perf_counter()
    result = call.now()
    if result is None:
        event_loop = _running_loop()
        future: asyncio.Future[None] = event_loop.create_future()
        call.start(event_loop, _wake, future)
        try:
            await future
        finally:
            call.abort()
        result = call.outcome()
    return concluded(call.operation, started, result)


def concluded(operation: str, started: float, result: T | Failure) -> T:
    """Log the outcome, and return or raise it."""
    if isinstance(result, Failure):
        error = from_native(result)
        log_failure(operation, started, error)
        raise error
    log_success(operation, started, result)
    return result


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def log_success(operation: str, started: float, result: object) -> None:
    """One record for a call that returned."""
    if logger.isEnabledFor(logging.DEBUG):
        http = getattr(result, "http", None)
        facts = (
            {} if http is None else {"status": http.status, "request_id": http.request_id, "attempts": http.attempts}
        )
        _log(logging.DEBUG, operation, started, {"outcome": "ok", **facts})


def log_failure(operation: str, started: float, error: TenantSelectError) -> None:
    """One record for a call that raised."""
    if logger.isEnabledFor(logging.INFO):
        facts = {"status": error.status, "request_id": error.request_id, "attempts": error.attempts}
        _log(logging.INFO, operation, started, {"code": error.code, "outcome": error.outcome, **facts})


def _log(level: int, operation: str, started: float, facts: dict[str, Any]) -> None:
    # Facts alone, each of a kind that cannot be a token: that is the redaction.
    record = {"operation": operation, **facts, "duration_ms": round((time.perf_counter() - started) * 1000, 1)}
    text = " ".join(f"{name}={value}" for name, value in record.items() if value is not None)
    logger.log(level, "%s", text, extra={"tenant_select": record})


def _running_loop() -> asyncio.AbstractEventLoop:
    # Only programs that have it loaded come here; at the top it would be most of what importing this package costs.
    from asyncio import get_running_loop  # noqa: PLC0415

    try:
        return get_running_loop()
    except RuntimeError:
        message = (
            "AsyncClient needs a running asyncio event loop (asyncio itself, uvloop, or anyio on asyncio); "
            "elsewhere, under trio for one, run the sync Client in a worker thread"
        )
        raise RuntimeError(message) from None
