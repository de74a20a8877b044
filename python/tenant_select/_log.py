"""Records of the logger ``tenant_select``, and of its children for retries and for switches of a tenant.

Facts alone, each of a kind that cannot be a token: that is the redaction.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._calls import OnRetry
    from ._native import Call, ResponseMetadata, RetryEvent, SwitchEvent
    from .errors import TenantSelectError

    OnSwitch = Callable[[SwitchEvent], object] | None

logger = logging.getLogger("tenant_select")
logger.addHandler(logging.NullHandler())
retry_logger = logging.getLogger("tenant_select.retry")
switch_logger = logging.getLogger("tenant_select.switch")

logs_calls = partial(logger.isEnabledFor, logging.DEBUG)
"""Whether a call that returns leaves a record."""


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


def report_switch(event: SwitchEvent, on_switch: OnSwitch) -> None:
    """One record for a switch of a tenant, and the application's own observer, whose exceptions are logged."""
    level = logging.INFO if event.outcome == "applied" and event.code is None else logging.WARNING
    if switch_logger.isEnabledFor(level):
        names = ("project_id", "user_id", "from_tenant", "to_tenant", "outcome", "code", "request_id", "attempts")
        facts = {name: getattr(event, name) for name in names}
        _log(switch_logger, level, facts | {"duration_ms": round(event.duration * 1000, 1)})
    if on_switch is not None:
        try:
            on_switch(event)
        except Exception:  # noqa: BLE001
            _emit(switch_logger, logging.ERROR, "on_switch raised an exception", exc_info=True)


def report_detached(event: SwitchEvent, on_switch: OnSwitch, event_loop: Any) -> None:
    """Report a switch that no call waits for. Called in the thread that takes the GIL, which the application must not stop."""
    if event_loop is not None and event_loop.is_running():
        try:
            event_loop.call_soon_threadsafe(report_switch, event, on_switch)
        except RuntimeError:
            # The loop was closed meanwhile.
            pass
        else:
            return
    import _thread  # noqa: PLC0415

    # A thread of Python's own and not of gevent, whose greenlets would wait here for a hub.
    monkey = sys.modules.get("gevent.monkey")
    start = _thread.start_new_thread if monkey is None else monkey.get_original("_thread", "start_new_thread")
    start(report_switch, (event, on_switch))


def _log_call(level: int, call: Call[object], started: float, facts: dict[str, Any]) -> None:
    duration = round((time.perf_counter() - started) * 1000, 1)
    _log(logger, level, {"operation": call.operation, **facts, "duration_ms": duration})


def _log(target: logging.Logger, level: int, record: dict[str, Any]) -> None:
    text = " ".join(f"{name}={_shown(name, value)}" for name, value in record.items() if value is not None)
    _emit(target, level, text, extra={"tenant_select": record})


def _shown(name: str, value: Any) -> Any:
    # A tenant may have a name that would read as another fact, or as another line.
    plain = not name.endswith("_tenant") or (value.isprintable() and not set(value) & {" ", "="})
    return value if plain else repr(value)


def _emit(target: logging.Logger, level: int, text: str, **more: Any) -> None:
    try:
        target.log(level, "%s", text, **more)
    except Exception:  # noqa: BLE001
        # An error in the application's filter or handler is reported as logging does it; it must not lose the new
        # tokens.
        if logging.raiseExceptions:
            traceback.print_exc()
