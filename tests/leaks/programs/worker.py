"""The Python program of the leak scan, for threads (``sync``) and for event loops (``async``).

It reads situations as lines of JSON and writes what came of each to the file descriptor RESULTS, with the tokens that it received:
what it prints is searched for them.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import logging
import os
import pickle
import pprint
import sys
import traceback
from typing import TYPE_CHECKING, Any

from tenant_select import (
    AsyncClient,
    AsyncRequestAuthenticator,
    Client,
    IncomingRequest,
    JWTResponse,
    RequestAuthenticator,
    TenantSelectError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

RESULTS = os.fdopen(int(os.environ["RESULTS"]), "w", encoding="utf-8", buffering=1)


class EveryFact(logging.Formatter):
    """The message of a record, and everything else that it has."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{super().format(record)} {record.__dict__}"


def log_everything() -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(EveryFact())
    logging.basicConfig(level=logging.DEBUG, handlers=[handler])


class Shown:
    """What was printed of one situation."""

    def __init__(self) -> None:
        self.results: dict[str, str] = {}
        self.tokens: set[str] = set()

    def value(self, value: object) -> None:
        """Print a value in every way."""
        print(repr(value), str(value), f"{value}", pprint.pformat(value), [value], {"value": value})
        if isinstance(value, JWTResponse):
            self.tokens.update(token for token in (value.session_jwt, value.refresh_jwt) if token)
            for part in (value.session_or_none, value.http, value.user):
                self.value(part)
        response = getattr(value, "response", None)
        if response is not None:
            self.value(response)

    def error(self, error: BaseException) -> None:
        """Print an error as loggers and crash reporters do."""
        print("".join(traceback.format_exception(error)))
        with_locals(error)
        logging.getLogger("application").error("failed: %s %r", error, error, exc_info=error)
        print(error.__dict__, error.args, error.__cause__, error.__context__, getattr(error, "__notes__", None))
        try:
            print(pickle.dumps(error).decode("latin-1"))
        except TypeError as refused:
            print(refused)
        Unraisable(error)
        sys.excepthook(type(error), error, error.__traceback__)
        self.value(error)

    def outcome(self, operation: str, result: object) -> None:
        self.results[operation] = "ok"
        if isinstance(result, BaseException):
            self.results[operation] = result.code if isinstance(result, TenantSelectError) else type(result).__name__
            self.error(result)
        else:
            self.value(result)


class Unraisable:
    """An object whose end raises an exception that Python can only report."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __del__(self) -> None:
        raise self.error


def with_locals(error: BaseException | None) -> None:
    """Print the traceback with local variables, without the frames of this program: what they hold is the application's."""
    while error is not None:
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next
        print("".join(traceback.TracebackException(type(error), error, trace, capture_locals=True).format(chain=False)))
        for frame, _ in traceback.walk_tb(trace):
            print({name: f"{value!r} {value!s}" for name, value in frame.f_locals.items()})
        error = error.__cause__ or error.__context__


def calls(
    client: Any, authenticator: Any, seeds: dict[str, str], shown: Shown
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Give every operation."""
    refresh, session, expired = (seeds[name] for name in ("refresh", "session", "expired"))
    options: Any = {"headers": {"x-trusted-device": seeds["device"]}}
    cookies = f"DS={expired}; DSR={refresh}"
    browser = IncomingRequest(
        "GET", "https://app.example/acme", {"cookie": cookies, "host": "app.example", "sec-fetch-site": "same-origin"}
    )
    change = IncomingRequest(
        "POST", "https://app.example/", {"cookie": cookies, "host": "app.example", "sec-fetch-site": "same-origin"}
    )
    program = IncomingRequest("GET", "https://app.example/acme", {"authorization": f"Bearer {session}"})
    for value in (browser, program, client, authenticator):
        shown.value(value)
    external = seeds["external"]
    yield "select_tenant", lambda: client.select_tenant("globex", refresh, **options)
    yield "refresh_session", lambda: client.refresh_session(refresh, external_token=external, **options)
    yield "my_tenants", lambda: client.my_tenants(refresh, active_only=True, **options)
    yield "history", lambda: client.history(refresh, **options)
    yield "me", lambda: client.me(refresh, **options)
    yield "validate_session", lambda: client.validate_session(session)
    yield "validate_refresh_jwt", lambda: client.validate_session(refresh)
    yield "validate_and_refresh", lambda: client.validate_and_refresh(expired, refresh, keep_tenant=False, **options)
    yield "tokens_from_request", lambda: client.tokens_from_request(cookies, f"Bearer {session}")
    yield "authenticate_cookies", lambda: authenticator.authenticate(browser, tenant="globex")
    yield "authenticate_bearer", lambda: authenticator.authenticate(program, tenant="globex")
    yield "switch", lambda: authenticator.switch(change, "acme")
    yield "sign_out", lambda: authenticator.sign_out(change)
    yield "logout", lambda: client.logout(refresh, **options)
    yield "logout_all", lambda: client.logout_all(refresh, **options)


def invalid_calls(client: Any, seeds: dict[str, str]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Give operations whose arguments are refused."""
    refresh, session, device = (seeds[name] for name in ("refresh", "session", "device"))
    yield "line break", lambda: client.me(f"{refresh}\n")
    yield "not ASCII", lambda: client.select_tenant("acme", f"{refresh}\u00e4")
    yield "surrogate", lambda: client.history(f"{refresh}\ud800")
    yield "bytes", lambda: client.me(refresh.encode())
    yield "object", lambda: client.me({"token": refresh})
    yield "too long", lambda: client.validate_session(session * 100)
    yield "option", lambda: client.me(refresh, retries="many")
    yield "timeout", lambda: client.me(refresh, timeout=-1)
    yield "header", lambda: client.me(refresh, headers={"x-trusted-device": f"{device}\n"})
    yield "tenant", lambda: client.select_tenant("", refresh)
    yield "unknown name", lambda: client.me(refresh, token=session)


def make(kind: str, environment: dict[str, str]) -> tuple[Any, Any]:
    client: Any
    options: Any = {"environment": environment, "on_retry": print, "on_switch": print}
    if kind == "sync":
        client = Client(**options)
        return client, RequestAuthenticator(client) if environment.get("TENANT_SELECT_VERIFY") != "false" else None
    client = AsyncClient(**options)
    return client, AsyncRequestAuthenticator(client) if environment.get("TENANT_SELECT_VERIFY") != "false" else None


async def run(kind: str, situation: dict[str, Any]) -> Shown:
    shown = Shown()
    environment = situation["environment"]
    try:
        client, authenticator = make(kind, environment)
    except TenantSelectError as error:
        shown.outcome("configure", error)
        return shown
    mode = situation["mode"]
    if mode == "closed":
        await ended(client.close() if kind == "sync" else client.aclose())
    if mode == "cancel":
        await cancelled(kind, client, situation)
    else:
        operations = (
            invalid_calls(client, situation) if mode == "invalid" else calls(client, authenticator, situation, shown)
        )
        for operation, call in operations:
            try:
                result = await ended(call())
            except Exception as error:  # noqa: BLE001
                result = error
            shown.outcome(operation, result)
            if operation == "select_tenant" and isinstance(result, JWTResponse):
                try:
                    shown.outcome("set_cookie_headers", len(result.set_cookie_headers()))
                except TenantSelectError as error:
                    shown.outcome("set_cookie_headers", error)
            del result
    shown.value(client.diagnostics())
    await ended(client.close() if kind == "sync" else client.aclose())
    gc.collect()
    return shown


async def cancelled(kind: str, client: Any, situation: dict[str, Any]) -> None:
    """Give up calls while the service does not respond; threads can only wait until the deadline."""
    refresh = situation["refresh"]
    if kind == "sync":
        for operation, arguments in ((client.me, (refresh,)), (client.select_tenant, ("acme", refresh))):
            try:
                operation(*arguments, timeout=0.2)
            except TenantSelectError as error:  # noqa: PERF203
                print(repr(error))
        return
    for call in (client.me(refresh), client.select_tenant("acme", refresh)):
        task = asyncio.ensure_future(call)
        print(task)
        await asyncio.wait([task], timeout=0.2)
        print(task, task.get_stack())
        task.print_stack(file=sys.stdout)
        task.cancel()
        await asyncio.wait([task])
        print(task)


async def ended(value: Any) -> Any:
    awaited: Awaitable[Any] = value
    return await awaited if inspect.isawaitable(value) else value


async def main(kind: str) -> None:
    log_everything()
    for line in sys.stdin:
        situation = json.loads(line)
        if situation["mode"] == "plant":
            print(situation["refresh"])
            shown = Shown()
        else:
            shown = await run(kind, situation)
        RESULTS.write(json.dumps({"results": shown.results, "tokens": sorted(shown.tokens)}) + "\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
