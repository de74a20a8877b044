"""The canonical result of a call: the same JSON in every language."""

from __future__ import annotations

import json
import traceback
from typing import Any

from tenant_select import (
    AuthenticationResult,
    JWTResponse,
    Refusal,
    RequestTokens,
    Session,
    TenantGrant,
    TenantSelectError,
    ValidationResult,
)

from .names import CASE_OPERATIONS, MODELS, camel, snake

METHODS = {
    "hasRoles": "has_roles",
    "hasPermissions": "has_permissions",
    "anyRole": "any_role",
    "anyPermission": "any_permission",
    "matchedRoles": "matched_roles",
    "matchedPermissions": "matched_permissions",
}


def canonical(result: Any, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: PLR0911 - one for each kind of result
    """Return the parts of a result."""
    if isinstance(result, JWTResponse):
        return {"value": wire(result), **response_parts(result, arguments)}
    if isinstance(result, Session):
        return {"value": without_nulls(result.to_dict()), **session_parts(result, arguments)}
    if isinstance(result, ValidationResult):
        value = {"session": without_nulls(result.session.to_dict())}
        refresh_error = result.refresh_error
        parts = session_parts(result.session, arguments)
        parts["refreshError"] = None if refresh_error is None else error_json(refresh_error)
        if result.response is not None:
            value["response"] = wire(result.response)
            parts.update(response_parts(result.response, arguments))
        return {"value": value, **parts}
    if isinstance(result, RequestTokens):
        return {"value": without_nulls({"sessionJwt": result.session_jwt, "refreshJwt": result.refresh_jwt})}
    if isinstance(result, AuthenticationResult):
        return {"value": authenticated(result)}
    if isinstance(result, list):
        return {"value": [wire(item) for item in result]}
    return {"value": wire(result)}


def authenticated(result: AuthenticationResult) -> dict[str, Any]:
    """Return what a request authenticator found, whole. An error is named by its code: the cases of the calls have the rest."""
    return without_nulls(
        {
            "session": None if result.session is None else without_nulls(result.session.to_dict()),
            "grant": None if result.grant is None else result.grant.to_dict(),
            "headers": [[header.name, header.value, header.rule] for header in result.headers],
            "cookieHeader": result.cookie_header,
            "response": None if result.response is None else wire(result.response),
            "refusal": None if result.refusal is None else refusal_json(result.refusal),
            "error": None if result.error is None else result.error.code,
        }
    )


def refusal_json(refusal: Refusal) -> dict[str, Any]:
    problem = refusal.problem
    assert refusal.body == "" if problem is None else json.loads(refusal.body) == problem
    assert refusal.detail == (refusal.detail if problem is None else problem["detail"])
    headers = [list(header) for header in refusal.headers]
    return without_nulls({"status": refusal.status, "code": refusal.code, "headers": headers, "problem": problem})


def response_parts(response: JWTResponse, arguments: dict[str, Any]) -> dict[str, Any]:
    session = response.session_or_none
    # The clock of the machine stays out of `http`, which is compared whole.
    http = response.http.to_dict()
    assert http.pop("clockSkew") == response.http.clock_skew
    return {
        "http": without_nulls(http),
        "clockSkew": response.http.clock_skew,
        "nextRefreshAt": response.next_refresh_at,
        "reused": response.reused,
        "session": None if session is None else without_nulls(session.to_dict()),
        "cookies": cookies(response, arguments),
        **session_parts(session, arguments),
    }


def session_parts(session: Session | None, arguments: dict[str, Any]) -> dict[str, Any]:
    """Give what follows from the claims of a session."""
    if session is None:
        return {"grantResults": None, "sessionAttributes": None}
    attributes = {
        "cacheScope": session.cache_scope,
        "amr": session.amr,
        "steppedUp": session.stepped_up,
        "refreshExpiresAt": session.refresh_expires_at,
    }
    return {"grantResults": grant_results(session, arguments), "sessionAttributes": without_nulls(attributes)}


def error_parts(error: TenantSelectError, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a failure: the cookies of the response that it carries are one."""
    parts: dict[str, Any] = {"error": error_json(error)}
    if error.response is not None:
        parts["cookies"] = cookies(error.response, arguments)
    return parts


def error_json(error: TenantSelectError) -> dict[str, Any]:
    wait = error.retry_after
    return without_nulls(
        {
            "code": error.code,
            "operation": None if error.operation is None else CASE_OPERATIONS[error.operation],
            "outcome": error.outcome,
            "retryable": error.retryable,
            "attempts": error.attempts,
            "status": error.status,
            "errorCode": error.error_code,
            "errorDescription": error.error_description,
            "errorMessage": error.error_message,
            "retryAfter": int(wait) if wait is not None and wait.is_integer() else wait,
            "requestId": error.request_id,
            "argument": camel(error.argument),
            "path": error.path,
            "response": None if error.response is None else wire(error.response),
        }
    )


def cookies(response: JWTResponse, arguments: dict[str, Any]) -> Any:
    options = {
        python: arguments.get("cookieOptions", {}).get(name)
        for name, python in {
            "secure": "secure",
            "httpOnly": "http_only",
            "sameSite": "same_site",
            "domain": "domain",
            "path": "path",
            "partitioned": "partitioned",
            "session": "session",
            "refresh": "refresh",
            "clearScopes": "clear_scopes",
        }.items()
    }
    for name in ("session", "refresh"):
        if options[name] is not None:
            options[name] = {snake(attribute): value for attribute, value in options[name].items()}
    try:
        return response.set_cookie_headers(**options)
    except TenantSelectError as error:
        return {"error": error_json(error)}


def grant_results(session: Session, arguments: dict[str, Any]) -> list[Any]:
    def result(check: dict[str, Any]) -> Any:
        level: Session | TenantGrant | None = session
        if "tenant" in check:
            level = session.tenants.get(check["tenant"])
        elif check.get("activeTenant"):
            level = session.active_tenant
        (method, names), *more = ((METHODS[name], check[name]) for name in METHODS.keys() & check.keys())
        assert not more, "a check calls one method"
        return None if level is None else getattr(level, method)(names)

    return [result(check) for check in arguments.get("grantChecks", [])]


def wire(model: Any) -> Any:
    """Return the model in the wire's shape, having seen that its attributes say the same."""
    value = model.to_dict()
    compare_attributes(model, value)
    return value


def compare_attributes(model: Any, value: dict[str, Any]) -> None:
    """Hold every attribute of the model, and of the models within, against its wire form."""
    fields = MODELS[type(model).__name__]
    for field in fields:
        attribute, expected = getattr(model, field["python"]), value.get(field["wire"])
        if hasattr(attribute, "to_dict"):
            compare_attributes(attribute, expected or {})
        elif isinstance(attribute, list) and attribute and hasattr(attribute[0], "to_dict"):
            for item, part in zip(attribute, expected or [], strict=True):
                compare_attributes(item, part)
        else:
            assert attribute == expected, f"{type(model).__name__}.{field['python']}"
            assert type(attribute) is type(expected), f"{type(model).__name__}.{field['python']}"
    known = {field["wire"] for field in fields}
    assert model.extra == {name: item for name, item in value.items() if name not in known}
    assert type(model).from_dict(value).to_dict() == value


def without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    return {name: member for name, member in value.items() if member is not None}


def printed(result: Any) -> str:
    """Return everything that a result or error prints of itself, local variables of the package's frames included."""
    texts = [repr(result), str(result), f"{result}"]
    if isinstance(result, BaseException):
        texts += traceback.format_exception(result)
        frames = [frame for frame, _ in traceback.walk_tb(result.__traceback__)]
        texts += [repr(frame.f_locals) for frame in frames if frame.f_globals["__name__"].startswith("tenant_select")]
    return "\n".join(texts)
