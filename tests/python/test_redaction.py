"""No token shows anywhere that people look: text, tracebacks with local variables, logs, pickles of errors."""

from __future__ import annotations

import asyncio
import copy
import io
import json
import logging
import pickle
import re
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from tenant_select import (
    Client,
    InvalidInputError,
    InvalidResponseError,
    JWTResponse,
    PermissionDeniedError,
    TenantMismatchError,
    TenantSelectError,
    UserMismatchError,
    ValidationResult,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenant_select.testing import Emulator


class Seeds:
    """Tokens and keys whose every secret part is looked for afterwards."""

    def __init__(self, emulator: Emulator) -> None:
        self.refresh = emulator.token(profile="refresh", claims={"seed": "r" * 40})
        self.session = emulator.token(claims={"seed": "s" * 40, "dct": "acme"})
        self.external = "external-" + "x" * 40
        self.key = "management-" + "k" * 40

    def assert_absent(self, text: str) -> None:
        for secret in (self.refresh, self.session):
            for part in secret.split(".")[1:]:
                assert part not in text
        assert self.external not in text
        assert self.key not in text


@pytest.fixture
def seeds(emulator: Emulator) -> Seeds:
    return Seeds(emulator)


FAILING: dict[str, Callable[[Any, Seeds], Any]] = {
    "select_tenant": lambda client, seeds: client.select_tenant("acme", seeds.refresh),
    "refresh_session": lambda client, seeds: client.refresh_session(seeds.refresh, external_token=seeds.external),
    "my_tenants": lambda client, seeds: client.my_tenants(seeds.refresh),
    "history": lambda client, seeds: client.history(seeds.refresh),
    "me": lambda client, seeds: client.me(seeds.refresh),
    "logout": lambda client, seeds: client.logout(seeds.refresh),
    "logout_all": lambda client, seeds: client.logout_all(seeds.refresh),
    "validate_session": lambda client, seeds: client.validate_session(seeds.refresh),
    "validate_and_refresh": lambda client, seeds: client.validate_and_refresh(seeds.session, seeds.refresh),
    "wrong type": lambda client, seeds: client.me(seeds.refresh.encode()),
    "wrong option": lambda client, seeds: client.me(seeds.refresh, retries="many"),
    "wrong token": lambda client, seeds: client.me(seeds.refresh + "\n"),
    "surrogate": lambda client, seeds: client.me(seeds.refresh + "\ud800"),
}


def with_locals(error: BaseException) -> str:
    """Return the traceback with the local variables of all frames but the test's own, as crash reporters send it."""
    text = io.StringIO()
    traceback.print_exception(error, file=text)
    told: BaseException | None = error
    while told is not None:
        for frame, _ in traceback.walk_tb(told.__traceback__):
            if frame.f_code.co_filename != __file__:
                text.write("".join(f"{name} = {value!r} {value!s}\n" for name, value in frame.f_locals.items()))
        told = told.__cause__ or told.__context__
    return text.getvalue()


@pytest.mark.parametrize("name", FAILING)
def test_tracebacks_with_locals(emulator: Emulator, seeds: Seeds, name: str, caplog: pytest.LogCaptureFixture) -> None:
    emulator.fault("/v1/*", "status", times=None, status=500, body={"errorDescription": f"bad {seeds.refresh}"})
    emulator.fault("/v2/*", "status", times=None, status=500)
    caplog.set_level(logging.DEBUG)
    errors: list[BaseException] = []
    with emulator.client(auth_management_key=seeds.key, retries=0) as client, pytest.raises(Exception) as caught:  # noqa: PT011
        FAILING[name](client, seeds)
    errors.append(caught.value)

    async def run() -> None:
        async with emulator.async_client(auth_management_key=seeds.key, retries=0) as client:
            await FAILING[name](client, seeds)

    with pytest.raises(Exception) as caught:  # noqa: PT011
        asyncio.run(run())
    errors.append(caught.value)
    for error in errors:
        assert isinstance(error, (TenantSelectError, TypeError))
        text = with_locals(error)
        assert "tenant_select" in text
        seeds.assert_absent(text)
        seeds.assert_absent(repr(error) + str(error) + f"{error}" + repr(error.__dict__))
        seeds.assert_absent(pickle.dumps(error).decode("latin-1"))
    seeds.assert_absent(caplog.text + repr([record.__dict__ for record in caplog.records]))


def test_a_client_that_cannot_be_made(seeds: Seeds) -> None:
    environment = {"DESCOPE_AUTH_MANAGEMENT_KEY": seeds.key, "X": seeds.external}
    for options in (
        {"auth_management_key": f"{seeds.key}:", "headers": {"x": seeds.external}},
        {"headers": {"x": seeds.external + "\n"}},
        {"proxy": f"{seeds.external}://user:{seeds.key}@host"},
        {"project_id": None},
    ):
        with pytest.raises(InvalidInputError) as caught:
            Client(**{"project_id": "P1", "environment": environment, **options})  # type: ignore[arg-type]
        seeds.assert_absent(with_locals(caught.value))


@pytest.mark.parametrize("incomplete", [("lone",), "x"])
def test_an_environment_that_cannot_be_read(seeds: Seeds, incomplete: Any) -> None:
    environment: Any = [("DESCOPE_AUTH_MANAGEMENT_KEY", seeds.key), ("X", seeds.external), incomplete]
    with pytest.raises(ValueError, match="2 is required") as caught:
        Client(
            "P1",
            auth_management_key=seeds.key,
            proxy=f"http://user:{seeds.key}@host",
            headers={"x": seeds.external},
            environment=environment,
        )
    text = with_locals(caught.value)
    assert "auth_management_key = " in text
    assert "environment = " in text
    seeds.assert_absent(text)


def test_results(emulator: Emulator, refresh_jwt: str) -> None:
    with emulator.client(auth_management_key="management-key-of-this-test") as client:
        switched = client.select_tenant("acme", refresh_jwt)
        checked = client.validate_and_refresh(None, switched.refresh_jwt or refresh_jwt)
        found = client.tokens_from_request(
            f"DS={switched.session_jwt}; DSR={refresh_jwt}", f"Bearer {switched.session_jwt}"
        )
        assert isinstance(checked, ValidationResult)
        text = "".join(f"{item!r}{item!s}{item}" for item in (client, switched, switched.session, checked, found))
    assert found.refresh_jwt == refresh_jwt
    assert "management-key" not in text
    for token in (refresh_jwt, switched.session_jwt):
        assert token is not None
        for part in token.split(".")[1:]:
            assert part not in text


def test_what_was_applied_is_carried_but_neither_printed_nor_pickled(emulator: Emulator, client: Client) -> None:
    """A server that responds with another user's token, or with one for another tenant."""
    refresh = emulator.token(profile="refresh", claims={"sub": "U1"})
    for claims, cls in (
        ({"sub": "U2", "dct": "acme"}, UserMismatchError),
        ({"sub": "U1", "dct": "x"}, TenantMismatchError),
    ):
        session = emulator.token(claims=claims)
        emulator.fault("/v1/auth/tenant/select", "status", status=200, body={"sessionJwt": session})
        with pytest.raises(cls) as caught:
            client.select_tenant("acme", refresh)
        error = caught.value
        assert error.outcome == "applied"
        assert isinstance(error.response, JWTResponse)
        assert error.response.session_jwt == session
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is cls
        assert again.response is None
        assert {**error.__dict__, "response": None} == again.__dict__
        assert (str(again), again.args) == (str(error), error.args)
        for copied in (copy.copy(error), copy.deepcopy(error)):
            assert type(copied) is cls
            assert copied is not error
            assert isinstance(copied.response, JWTResponse)
            assert copied.response.session_jwt == session
            assert {**error.__dict__, "response": copied.response} == copied.__dict__
            assert (str(copied), copied.args) == (str(error), error.args)
        for part in session.split(".")[1:]:
            assert part not in with_locals(error) + repr(error) + repr(error.__dict__)
            assert part not in pickle.dumps(error).decode("latin-1")


def test_one_record_for_each_call(emulator: Emulator, refresh_jwt: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "tenant_select")
    with emulator.client() as client:
        client.select_tenant("acme", refresh_jwt)
        client.me(refresh_jwt)
        with pytest.raises(TenantSelectError):
            client.select_tenant("nowhere", refresh_jwt)
        asyncio.run(emulator.async_client().history(refresh_jwt))
    facts = [record.tenant_select for record in caplog.records if record.name == "tenant_select"]  # type: ignore[attr-defined]
    assert [fact["operation"] for fact in facts] == ["select_tenant", "me", "select_tenant", "history"]
    assert [record.levelname for record in caplog.records if record.name == "tenant_select"] == [
        "DEBUG",
        "DEBUG",
        "INFO",
        "DEBUG",
    ]
    for fact in (facts[0], facts[1], facts[3]):
        assert (fact["status"], fact["attempts"], fact["outcome"]) == (200, 1, "ok")
    assert (facts[2]["code"], facts[2]["status"], facts[2]["outcome"]) == ("PERMISSION_DENIED", 403, "rejected")
    assert all(fact["duration_ms"] >= 0 for fact in facts)
    assert json.dumps(facts)


def test_a_record_is_readable_and_contains_the_request_id(
    emulator: Emulator, client: Client, refresh_jwt: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "tenant_select")
    headers = {"x-request-id": "q1"}
    emulator.fault("/v1/auth/me", "status", status=200, headers=headers, body={"userId": "U1"})
    client.me(refresh_jwt)
    emulator.fault("/v1/auth/me", "status", times=2, status=503, headers=headers)
    with pytest.raises(TenantSelectError):
        client.me(refresh_jwt, retries=1)
    texts = [record.getMessage() for record in caplog.records if record.name == "tenant_select"]
    for text, known in zip(texts, ["outcome=ok status=200", "code=SERVER outcome=unknown status=503"], strict=True):
        assert re.fullmatch(rf"operation=me {known} request_id=q1 attempts=\d duration_ms=[\d.]+", text), text


@pytest.mark.parametrize("status", [200, 403])
def test_an_authorization_header_that_comes_back_as_an_id_is_not_logged(
    emulator: Emulator, refresh_jwt: str, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG, "tenant_select")
    key = "k3y!19"
    headers = {"x-request-id": f"Bearer {emulator.project_id}:{refresh_jwt}:{key}", "cf-ray": refresh_jwt[40:70]}
    emulator.fault(
        "/v1/auth/me", "status", status=status, headers=headers, body={"userId": "U1", "errorMessage": f"\x1b[31m{key}"}
    )
    with emulator.client(auth_management_key=key, retries=0) as client:
        if status == 200:
            client.me(refresh_jwt)
        else:
            with pytest.raises(PermissionDeniedError) as caught:
                client.me(refresh_jwt)
            assert caught.value.request_id == f"Bearer {emulator.project_id}:[redacted]:[redacted]"
            assert caught.value.error_message == " [31m[redacted]"
            assert refresh_jwt not in with_locals(caught.value)
    [record] = [record for record in caplog.records if record.name == "tenant_select"]
    text = record.getMessage() + json.dumps(record.tenant_select)  # type: ignore[attr-defined]
    assert f"request_id=Bearer {emulator.project_id}:[redacted]:[redacted] " in text
    for secret in (key, *(refresh_jwt[start : start + 12] for start in range(len(refresh_jwt) - 11))):
        assert secret not in text


def test_an_error_of_set_cookie_headers_carries_the_response(emulator: Emulator, refresh_jwt: str) -> None:
    body = {"sessionJwt": "a.b.c", "cookiePath": "no path"}
    emulator.fault("/v1/auth/refresh", "status", status=200, body=body)
    with emulator.client(verify=False) as client:
        response = client.refresh_session(refresh_jwt)
    with pytest.raises(InvalidResponseError) as caught:
        response.set_cookie_headers()
    assert caught.value.outcome == "applied"
    assert caught.value.response == response


def test_a_call_that_was_cancelled_leaves_no_record(
    emulator: Emulator, refresh_jwt: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "tenant_select")
    emulator.fault("/v1/auth/me", "stall")

    async def main() -> None:
        call = asyncio.ensure_future(emulator.async_client().me(refresh_jwt))
        await asyncio.to_thread(emulator.wait_for, "request", path="/v1/auth/me")
        call.cancel()
        await asyncio.wait([call])

    asyncio.run(main())
    assert [record for record in caplog.records if record.name == "tenant_select"] == []


def test_a_filter_that_fails_does_not_cost_the_result(
    client: Client, refresh_jwt: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(_: logging.LogRecord) -> bool:
        message = "of the application"
        raise ZeroDivisionError(message)

    caplog.set_level(logging.DEBUG, "tenant_select")
    logger = logging.getLogger("tenant_select")
    logger.addFilter(fail)
    try:
        client.select_tenant("acme", refresh_jwt)
        with pytest.raises(PermissionDeniedError):
            client.select_tenant("nowhere", refresh_jwt)
    finally:
        logger.removeFilter(fail)
    assert capfd.readouterr().err.count("ZeroDivisionError: of the application") == 2


def test_the_logger_is_silent_by_default(capfd: pytest.CaptureFixture[str], client: Client, refresh_jwt: str) -> None:
    with pytest.raises(TenantSelectError):
        client.select_tenant("nowhere", refresh_jwt)
    assert capfd.readouterr() == ("", "")
    assert any(isinstance(handler, logging.NullHandler) for handler in logging.getLogger("tenant_select").handlers)
