"""Records of the logger ``tenant_select`` for calls and for what is wrong around a client, and of ``tenant_select.retry``.

Facts alone, each of a kind that cannot be a token: that is the redaction.
"""

from __future__ import annotations

import logging
import time
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._calls import OnRetry
    from ._native import Call, ResponseMetadata, RetryEvent
    from .errors import TenantSelectError

logger = logging.getLogger("tenant_select")
logger.addHandler(logging.NullHandler())
retry_logger = logging.getLogger("tenant_select.retry")


def log_success(call: Call[object], started: float, result: object) -> None:
    """Log a call that returned."""
    if logger.isEnabledFor(logging.DEBUG):
        # Identical pending exchanges share one request; those that did not send it have its metadata in their result.
        http: ResponseMetadata | None = call.http or getattr(result, "http", None)
        facts = (
            {} if http is None else {"status": http.status, "request_id": http.request_id, "attempts": http.attempts}
        )
        _log_call(logging.DEBUG, call, started, {"outcome": "ok", **facts})


def log_failure(call: Call[object], started: float, error: TenantSelectError) -> None:
    """Log a call that raised."""
    if logger.isEnabledFor(logging.INFO):
        facts = {"status": error.status, "request_id": error.request_id, "attempts": error.attempts}
        _log_call(logging.INFO, call, started, {"code": error.code, "outcome": error.outcome, **facts})


def log_retry(event: RetryEvent, on_retry: OnRetry) -> None:
    """One record for a call that is sent again, and the application's own observer, whose exceptions are logged."""
    if retry_logger.isEnabledFor(logging.INFO):
        names = ("operation", "attempts", "outcome", "status", "request_id")
        _log(
            retry_logger, logging.INFO, {name: getattr(event, name) for name in names} | {"wait": round(event.wait, 3)}
        )
    if on_retry is not None:
        try:
            on_retry(event)
        except Exception:  # noqa: BLE001
            _emit(retry_logger, logging.ERROR, "on_retry raised an exception", exc_info=True)


def log_warnings(call: Call[object]) -> None:
    """One record for each thing that the client of the call has found to be wrong around it."""
    for warning in call.take_warnings() or ():
        message = warning.pop("message")
        _emit(logger, logging.WARNING, message, extra={"tenant_select": warning})


def _log_call(level: int, call: Call[object], started: float, facts: dict[str, Any]) -> None:
    duration = round((time.perf_counter() - started) * 1000, 1)
    _log(logger, level, {"operation": call.operation, **facts, "duration_ms": duration})


def _log(target: logging.Logger, level: int, record: dict[str, Any]) -> None:
    text = " ".join(f"{name}={value}" for name, value in record.items() if value is not None)
    _emit(target, level, text, extra={"tenant_select": record})


def _emit(target: logging.Logger, level: int, text: str, **more: Any) -> None:
    try:
        target.log(level, "%s", text, **more)
    except Exception:  # noqa: BLE001
        # An error in the application's filter or handler is reported as logging does it; it must not lose the new
        # tokens.
        if logging.raiseExceptions:
            traceback.print_exc()
