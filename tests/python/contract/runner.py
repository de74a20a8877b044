"""One case from its opening to its report, with either client."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING, Any

from tenant_select import (
    AsyncClient,
    AsyncRequestAuthenticator,
    Client,
    IncomingRequest,
    RequestAuthenticator,
    TenantSelectError,
)

from .canonical import canonical, error_parts, printed
from .difference import differences
from .names import OF_AUTHENTICATOR, OPERATIONS, OPTIONS, PER_CALL, snake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenant_select.testing import Emulator

TOKEN = re.compile(r"eyJ[\w-]*\.[\w-]*\.[\w-]*")


def run_case(emulator: Emulator, case_id: str, perform: Callable[[dict[str, Any], str], Any]) -> list[str]:
    """Run a case; gives whatever is not as the case says."""
    opened = emulator.control("POST", "runs", {"case": case_id})
    case = opened["case"]
    arguments = case.get("arguments", {})
    try:
        result = perform(case, opened["baseUrl"])
        actual = {"value": result} if case["operation"] == "configure" else canonical(result, arguments)
    except TenantSelectError as error:
        result, actual = error, error_parts(error, arguments)
    report = emulator.control("GET", f"runs/{opened['run']}")
    return [*compared(case["expect"], actual), *leaks(case, printed(result)), *server_problems(report)]


def perform_sync(case: dict[str, Any], base_url: str) -> Any:
    """Make the call of a case with a ``Client``."""
    with Client(**client_options(case, base_url)) as client:
        authenticator = RequestAuthenticator(client, **authenticator_options(case)) if authenticates(case) else None
        for earlier in case.get("earlier", []):
            # What comes of it does not matter.
            with contextlib.suppress(TenantSelectError):
                operation(client, earlier, authenticator)
        return operation(client, case, authenticator)


def perform_async(case: dict[str, Any], base_url: str) -> Any:
    """Make the call of a case with an ``AsyncClient``."""

    async def run() -> Any:
        async with AsyncClient(**client_options(case, base_url)) as client:
            authenticator = None
            if authenticates(case):
                authenticator = AsyncRequestAuthenticator(client, **authenticator_options(case))
            for earlier in case.get("earlier", []):
                with contextlib.suppress(TenantSelectError):
                    await operation(client, earlier, authenticator)
            result = operation(client, case, authenticator)
            return await result if asyncio.iscoroutine(result) else result

    return asyncio.run(run())


def client_options(case: dict[str, Any], base_url: str) -> dict[str, Any]:
    given: dict[str, Any] = dict(case.get("client", {}))
    options: dict[str, Any] = {"environment": given.pop("environment", {})}
    suffix = given.pop("baseUrlSuffix", "")
    options["base_url"] = given.pop("baseUrl", f"{base_url}{suffix}")
    options.update({OPTIONS[name]: value for name, value in given.items()})
    if authenticates(case):
        # Its calls have the options of the client.
        options.update({PER_CALL[name]: value for name, value in case.get("call", {}).items()})
    return options


def authenticates(case: dict[str, Any]) -> bool:
    return bool(case["operation"] == "authenticate")


def authenticator_options(case: dict[str, Any]) -> dict[str, Any]:
    given = case.get("arguments", {})
    options = {OF_AUTHENTICATOR.get(name, snake(name)): value for name, value in given.get("authenticator", {}).items()}
    return {**options, "cookies": in_snake_case(given.get("cookieOptions"))}


def in_snake_case(value: Any) -> Any:
    if isinstance(value, dict):
        return {snake(name): in_snake_case(member) for name, member in value.items()}
    return [in_snake_case(item) for item in value] if isinstance(value, list) else value


def decide(authenticator: Any, arguments: dict[str, Any]) -> Any:
    """Give the request of a case to the authenticator."""
    parts = arguments["request"]
    request = IncomingRequest(parts["method"], parts["url"], parts["headers"], websocket=parts.get("websocket", False))
    match arguments.get("action"):
        case None:
            needed = {snake(name): value for name, value in arguments.get("requirement", {}).items()}
            return authenticator.authenticate(request, **needed)
        case "switch":
            return authenticator.switch(request, arguments["tenantId"])
        case "sign_out":
            return authenticator.sign_out(request)
        case action:
            raise AssertionError(action)


def operation(client: Client | AsyncClient, case: dict[str, Any], authenticator: Any) -> Any:
    if authenticates(case):
        return decide(authenticator, case["arguments"])
    if case["operation"] == "configure":
        return {"baseUrl": client.base_url, "projectId": client.project_id}
    given = {snake(name): value for name, value in case.get("arguments", {}).items()}
    for name in ("cookie_options", "grant_checks"):
        given.pop(name, None)
    if case["operation"] == "validate_and_refresh":
        given.setdefault("session_jwt", None)
        if "refresh_before_seconds" in given:
            given["refresh_before"] = given.pop("refresh_before_seconds")
    given.update({PER_CALL[name]: value for name, value in case.get("call", {}).items()})
    return getattr(client, OPERATIONS[case["operation"]])(**given)


def compared(expect: dict[str, Any], actual: dict[str, Any]) -> Iterator[str]:
    """Compare each part that the case names, and `value` or `error` in any case."""
    for name in ("value", "error"):
        if name in actual and name not in expect:
            yield from differences("", None, {name: actual[name]})
    for name, expected in expect.items():
        if name in actual:
            yield from differences(name, expected, actual[name])
        else:
            yield f"{name}: the result has no such part"


def leaks(case: dict[str, Any], text: str) -> Iterator[str]:
    """Find tokens of the case that the result prints. The two last parts of each are as secret as the whole."""
    for token in TOKEN.findall(repr(case)):
        for part in token.split(".")[1:]:
            if len(part) > 32 and part in text:
                yield f"the result prints a token of {len(token)} characters"


def server_problems(report: dict[str, Any]) -> Iterator[str]:
    for problem in report["problems"]:
        yield f"server: {problem}"
    if not report["complete"]:
        yield f"server: not every exchange was used; there came {report['requests']}"
