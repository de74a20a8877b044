"""Writes one log record for each call to the logger ``tenant_select``."""

from __future__ import annotations

import logging
import time
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._native import Call, ResponseMetadata
    from .errors import TenantSelectError

logger = logging.getLogger("tenant_select")
logger.addHandler(logging.NullHandler())


def log_success(call: Call[object], started: float, result: object) -> None:
    """Log a call that returned."""
    if logger.isEnabledFor(logging.DEBUG):
        # Identical pending exchanges share one request; those that did not send it have its metadata in their result.
        http: ResponseMetadata | None = call.http or getattr(result, "http", None)
        facts = (
            {} if http is None else {"status": http.status, "request_id": http.request_id, "attempts": http.attempts}
        )
        _log(logging.DEBUG, call.operation, started, {"outcome": "ok", **facts})


def log_failure(call: Call[object], started: float, error: TenantSelectError) -> None:
    """Log a call that raised."""
    if logger.isEnabledFor(logging.INFO):
        facts = {"status": error.status, "request_id": error.request_id, "attempts": error.attempts}
        _log(logging.INFO, call.operation, started, {"code": error.code, "outcome": error.outcome, **facts})


def _log(level: int, operation: str, started: float, facts: dict[str, Any]) -> None:
    # No redaction is needed, because none of these values can be a token.
    record = {"operation": operation, **facts, "duration_ms": round((time.perf_counter() - started) * 1000, 1)}
    text = " ".join(f"{name}={value}" for name, value in record.items() if value is not None)
    try:
        logger.log(level, "%s", text, extra={"tenant_select": record})
    except Exception:  # noqa: BLE001
        # An error in the application's filter or handler is reported as logging does it; it must not lose the new
        # tokens.
        if logging.raiseExceptions:
            traceback.print_exc()
