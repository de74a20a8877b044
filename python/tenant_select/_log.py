"""Records of the logger ``tenant_select``, and of its children for retries and for switches of a tenant.

Facts alone, each of a kind that cannot be a token: that is the redaction.
"""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from collections.abc import Callable
    from typing import Any

    from ._calls import OnRetry
    from ._native import Call, ResponseMetadata, RetryEvent, SwitchEvent
    from .errors import TenantSelectError

    OnSwitch = Callable[[SwitchEvent], object] | None

DEBUG, INFO, WARNING, ERROR = 10, 20, 30, 40
"""The levels of ``logging``."""

_loggers: tuple[logging.Logger, logging.Logger, logging.Logger] | None = None
"""Those of calls, retries and switches, once the program has loaded ``logging``."""
_CALLS, _RETRIES, _SWITCHES = range(3)


def _found() -> tuple[logging.Logger, logging.Logger, logging.Logger] | None:
    """Give the loggers, or None as long as the program has not loaded ``logging``: until then no record would go anywhere.

    This package does not load it, because that takes longer and needs more memory than everything else about a client. A call must
    not load it either: a fork in the midst of an import leaves a lock behind that no thread of the child releases.
    """
    global _loggers  # noqa: PLW0603
    if _loggers is None:
        module: Any = sys.modules.get("logging")
        # The last that it defines: another thread may be importing it.
        if not hasattr(module, "captureWarnings"):
            return None
        logger = module.getLogger("tenant_select")
        if not any(isinstance(handler, module.NullHandler) for handler in logger.handlers):
            logger.addHandler(module.NullHandler())
        _loggers = (logger, logger.getChild("retry"), logger.getChild("switch"))
    return _loggers


def call_check() -> Callable[[], bool]:
    """Give a function that says whether a call that returns leaves a record."""
    loggers = _found()
    if loggers is None:
        return _logs_calls
    from functools import partial  # noqa: PLC0415 - loaded by `logging`

    return partial(loggers[0].isEnabledFor, DEBUG)


def _logs_calls() -> bool:
    return _enabled(_CALLS, DEBUG) is not None


def _enabled(which: int, level: int) -> logging.Logger | None:
    """Give a logger if it takes records of this level."""
    loggers = _loggers or _found()
    return loggers[which] if loggers is not None and loggers[which].isEnabledFor(level) else None


def log_success(call: Call[object], started: float, result: object) -> None:
    """Log a call that returned."""
    logger = _enabled(_CALLS, DEBUG)
    if logger is not None:
        # Identical pending exchanges share one request; those that did not send it have its metadata in their result.
        http: ResponseMetadata | None = call.http or getattr(result, "http", None)
        facts = (
            {} if http is None else {"status": http.status, "request_id": http.request_id, "attempts": http.attempts}
        )
        _log_call(logger, DEBUG, call, started, {"outcome": "ok", **facts})


def log_failure(call: Call[object], started: float, error: TenantSelectError) -> None:
    """Log a call that raised."""
    logger = _enabled(_CALLS, INFO)
    if logger is not None:
        facts = {"status": error.status, "request_id": error.request_id, "attempts": error.attempts}
        _log_call(logger, INFO, call, started, {"code": error.code, "outcome": error.outcome, **facts})


def log_retry(event: RetryEvent, on_retry: OnRetry) -> None:
    """One record for a call that is sent again, and the application's own observer, whose exceptions are logged."""
    logger = _enabled(_RETRIES, INFO)
    if logger is not None:
        names = ("operation", "attempts", "outcome", "status", "request_id")
        _log(logger, INFO, {name: getattr(event, name) for name in names} | {"wait": round(event.wait, 3)})
    if on_retry is not None:
        try:
            on_retry(event)
        except Exception:  # noqa: BLE001
            _emit_error(_RETRIES, "on_retry raised an exception")


def log_warnings(call: Call[object]) -> None:
    """One record for each thing that the client of the call has found to be wrong around it."""
    loggers = _loggers or _found()
    if loggers is None:
        return
    for warning in call.take_warnings() or ():
        message = warning.pop("message")
        _emit(loggers[_CALLS], WARNING, message, extra={"tenant_select": warning})


def report_switch(event: SwitchEvent, on_switch: OnSwitch) -> None:
    """One record for a switch of a tenant, and the application's own observer, whose exceptions are logged."""
    level = INFO if event.outcome == "applied" and event.code is None else WARNING
    logger = _enabled(_SWITCHES, level)
    if logger is not None:
        names = ("project_id", "user_id", "from_tenant", "to_tenant", "outcome", "code", "request_id", "attempts")
        facts = {name: getattr(event, name) for name in names}
        _log(logger, level, facts | {"duration_ms": round(event.duration * 1000, 1)})
    if on_switch is not None:
        try:
            on_switch(event)
        except Exception:  # noqa: BLE001
            _emit_error(_SWITCHES, "on_switch raised an exception")


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


def _log_call(logger: logging.Logger, level: int, call: Call[object], started: float, facts: dict[str, Any]) -> None:
    duration = round((time.perf_counter() - started) * 1000, 1)
    _log(logger, level, {"operation": call.operation, **facts, "duration_ms": duration})


def _log(target: logging.Logger, level: int, record: dict[str, Any]) -> None:
    text = " ".join(f"{name}={_shown(name, value)}" for name, value in record.items() if value is not None)
    _emit(target, level, text, extra={"tenant_select": record})


def _shown(name: str, value: Any) -> Any:
    # A tenant may have a name that would read as another fact, or as another line.
    plain = not name.endswith("_tenant") or (value.isprintable() and not set(value) & {" ", "="})
    return value if plain else repr(value)


def _emit_error(which: int, text: str) -> None:
    logger = _enabled(which, ERROR)
    if logger is not None:
        _emit(logger, ERROR, text, exc_info=True)


def _emit(target: logging.Logger, level: int, text: str, **more: Any) -> None:
    try:
        target.log(level, "%s", text, **more)
    except Exception:  # noqa: BLE001
        # An error in the application's filter or handler is reported as logging does it; it must not lose the new
        # tokens.
        if sys.modules["logging"].raiseExceptions:
            import traceback  # noqa: PLC0415 - loaded by `logging`

            traceback.print_exc()
