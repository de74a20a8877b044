"""Making a call and logging it: once for threads, once for event loops."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import TenantSelectError

if TYPE_CHECKING:
    from ._native import Call

T = TypeVar("T")

logger = logging.getLogger("tenant_select")
logger.addHandler(logging.NullHandler())


def run(call: Call[T]) -> T:
    """Wait for the call."""
    started = time.perf_counter()
    try:
        result = call.now()
        if result is None:
            result = call.wait()
    except TenantSelectError as error:
        log_failure(call.operation, started, error)
        raise
    log_success(call.operation, started, result)
    return result


async def run_async(call: Call[T]) -> T:
    """Await the call. Whatever ends the wait, cancellation above all, also ends the request."""
    started = time.perf_counter()
    try:
        result = call.now()
        if result is None:
            result = await call.start(_running_loop())
    except TenantSelectError as error:
        log_failure(call.operation, started, error)
        raise
    finally:
        call.abort()
    log_success(call.operation, started, result)
    return result


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
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        message = (
            "AsyncClient needs a running asyncio event loop (asyncio itself, uvloop, or anyio on asyncio); "
            "elsewhere, under trio for one, run the sync Client in a worker thread"
        )
        raise RuntimeError(message) from None
