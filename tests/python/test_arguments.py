"""Hostile and mistaken input: refused at the border with the argument's name, and nothing is sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from tenant_select import AsyncClient, Client, ClientClosedError, InvalidInputError, TenantSelectError

from connections import received

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenant_select.testing import Emulator

PROJECT = "P2abcdefghijklmnopqrstuvwxyz"
TOKEN_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "select_tenant": lambda client, token: client.select_tenant("acme", token),
    "refresh_session": lambda client, token: client.refresh_session(token),
    "my_tenants": lambda client, token: client.my_tenants(token),
    "history": lambda client, token: client.history(token),
    "me": lambda client, token: client.me(token),
    "logout": lambda client, token: client.logout(token),
    "logout_all": lambda client, token: client.logout_all(token),
    "validate_and_refresh": lambda client, token: client.validate_and_refresh(None, token),
}


def both(emulator: Emulator, make: Callable[[Any], Any]) -> list[BaseException]:
    """Return what a call raises with either client, having seen that nothing was sent."""
    raised: list[BaseException] = []
    with emulator.client() as client, pytest.raises((TenantSelectError, TypeError)) as caught:
        make(client)
    raised.append(caught.value)

    async def run() -> None:
        async with emulator.async_client() as client:
            await make(client)

    with pytest.raises((TenantSelectError, TypeError)) as caught:
        asyncio.run(run())
    raised.append(caught.value)
    assert received(emulator) == []
    return raised


@pytest.mark.parametrize("operation", TOKEN_OPERATIONS)
@pytest.mark.parametrize(
    "token", ["", "   ", "a\nb.c.d", "a.b.c\x00", "tökén.a.b", "a.b.c\ud800", "😀", "a b.c.d", "a:b.c.d", "x" * 100_000]
)
def test_a_token_that_cannot_be_one(emulator: Emulator, operation: str, token: str) -> None:
    for error in both(emulator, lambda client: TOKEN_OPERATIONS[operation](client, token)):
        assert isinstance(error, InvalidInputError)
        assert (error.argument, error.outcome, error.attempts) == ("refresh_jwt", "not_sent", 0)
        assert error.operation == operation
        assert str(error).startswith(f"{operation}: ")
        assert str(error).endswith("; nothing was sent; correct the argument and call again")


@pytest.mark.parametrize("operation", TOKEN_OPERATIONS)
@pytest.mark.parametrize("token", [None, 7, b"a.b.c", ["a.b.c"], object()])
def test_a_token_of_the_wrong_type(emulator: Emulator, operation: str, token: Any) -> None:
    for error in both(emulator, lambda client: TOKEN_OPERATIONS[operation](client, token)):
        assert isinstance(error, TypeError)
        assert str(error) == f"refresh_jwt must be a str, not {type(token).__name__}"


@pytest.mark.parametrize(
    ("argument", "make"),
    [
        ("tenant_id", lambda client, token: client.select_tenant("", token)),
        ("tenant_id", lambda client, token: client.select_tenant("  ", token)),
        ("tenant_id", lambda client, token: client.select_tenant("a\ud800", token)),
        ("ids", lambda client, token: client.my_tenants(token, ids=[])),
        ("ids", lambda client, token: client.my_tenants(token, ids=["a", ""])),
        ("ids", lambda client, token: client.my_tenants(token, ids=["a"], active_only=True)),
        ("expect_tenant", lambda client, token: client.refresh_session(token, expect_tenant=" ")),
        ("external_token", lambda client, token: client.refresh_session(token, external_token="")),
        ("audience", lambda client, token: client.validate_session(token, "")),
        ("session_jwt", lambda client, _: client.validate_session("")),
        ("timeout", lambda client, token: client.me(token, timeout=0)),
        ("timeout", lambda client, token: client.me(token, timeout=-1)),
        ("timeout", lambda client, token: client.me(token, timeout=float("nan"))),
        ("timeout", lambda client, token: client.me(token, timeout=float("inf"))),
        ("timeout", lambda client, token: client.me(token, timeout=10**400)),
        ("timeout", lambda client, token: client.validate_session(token, timeout=0)),
        ("retries", lambda client, token: client.me(token, retries=-1)),
        ("retries", lambda client, token: client.me(token, retries=11)),
        ("retries", lambda client, token: client.me(token, retries=10**400)),
    ],
)
def test_an_argument_out_of_bounds(emulator: Emulator, argument: str, make: Callable[[Any, str], Any]) -> None:
    token = emulator.token(profile="refresh")
    for error in both(emulator, lambda client: make(client, token)):
        assert isinstance(error, InvalidInputError)
        assert (error.argument, error.outcome) == (argument, "not_sent")


@pytest.mark.parametrize(
    ("says", "make"),
    [
        ("tenant_id must be a str, not NoneType", lambda client, token: client.select_tenant(None, token)),
        ("tenant_id must be a str, not bytes", lambda client, token: client.select_tenant(b"acme", token)),
        ("ids must be an iterable of str, not one str", lambda client, token: client.my_tenants(token, ids="acme")),
        ("ids must be a str, not int", lambda client, token: client.my_tenants(token, ids=[1])),
        ("'int' object is not iterable", lambda client, token: client.my_tenants(token, ids=7)),
        ("active_only must be a bool, not NoneType", lambda client, token: client.my_tenants(token, active_only=None)),
        ("timeout must be a number, not str", lambda client, token: client.me(token, timeout="1")),
        ("timeout must be a number, not bool", lambda client, token: client.me(token, timeout=True)),
        ("retries must be an int, not float", lambda client, token: client.me(token, retries=1.5)),
        ("retries must be an int, not str", lambda client, token: client.me(token, retries="1")),
        ("retry_unknown must be a bool, not str", lambda client, token: client.me(token, retry_unknown="sometimes")),
        ("patience", lambda client, token: client.me(token, patience=1)),
        ("positional", lambda client, token: client.refresh_session(token, "external")),
        ("audience must be a str, not int", lambda client, token: client.validate_session(token, 7)),
        ("session_jwt must be a str, not int", lambda client, _: client.validate_session(7)),
    ],
)
def test_an_argument_of_the_wrong_type(emulator: Emulator, says: str, make: Callable[[Any, str], Any]) -> None:
    token = emulator.token(profile="refresh")
    for error in both(emulator, lambda client: make(client, token)):
        assert isinstance(error, TypeError)
        assert says in str(error)
        assert token not in str(error)


def test_headers_that_hold_themselves() -> None:
    headers: dict[str, Any] = {}
    headers["a"] = headers
    with pytest.raises(TypeError, match="headers must map str to str, not str to dict"):
        Client("P1", headers=headers)


@pytest.mark.parametrize("cls", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("argument", "options"),
    [
        ("project_id", {}),
        ("project_id", {"project_id": ""}),
        ("project_id", {"project_id": "a b"}),
        ("project_id", {"project_id": "a\ud800"}),
        ("base_url", {"base_url": "nonsense"}),
        ("base_url", {"base_url": "http://example.com"}),
        ("timeout", {"timeout": 0}),
        ("timeout", {"timeout": 10**400}),
        ("retries", {"retries": 2**200}),
        ("leeway", {"leeway": 301}),
        ("headers", {"headers": {"Cookie": "a=b"}}),
        ("headers", {"headers": {"x": "a\r\nb: c"}}),
        ("proxy", {"proxy": "nonsense"}),
        ("auth_management_key", {"auth_management_key": "a:b"}),
        ("public_key", {"public_key": "{}"}),
    ],
)
def test_an_option_that_is_refused(cls: type[Client], argument: str, options: dict[str, Any]) -> None:
    if argument != "project_id":
        options = {"project_id": PROJECT, **options}
    with pytest.raises(InvalidInputError) as caught:
        cls(**options, environment={})
    assert caught.value.argument == argument


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({"Cookie": "a=b"}, InvalidInputError),
        ({"x": "a\r\nb: c"}, InvalidInputError),
        ({"x": "a\ud800"}, InvalidInputError),
        ({"x": 7}, TypeError),
        ("x: y", TypeError),
    ],
)
def test_headers_of_a_call_that_are_refused(headers: Any, error: type[Exception]) -> None:
    with Client(PROJECT) as client, pytest.raises(error, match="header"):
        client.me("a.b.c", headers=headers)


@pytest.mark.parametrize("cls", [Client, AsyncClient])
@pytest.mark.parametrize("options", [{"tiemout": 1}, {"headers": {7: "a"}}, {"timeout": object()}, {"proxy": b"x"}])
def test_an_option_of_the_wrong_type(cls: type[Client], options: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        cls(PROJECT, **options, environment={})


def test_the_environment_is_read_when_the_client_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESCOPE_PROJECT_ID", PROJECT)
    monkeypatch.setenv("DESCOPE_BASE_URL", "http://127.0.0.1:1/prefix")
    client = Client()
    monkeypatch.setenv("DESCOPE_PROJECT_ID", "other")
    assert (client.project_id, client.base_url) == (PROJECT, "http://127.0.0.1:1/prefix")
    assert Client("given").project_id == "given"
    with pytest.raises(InvalidInputError):
        Client(environment={})


def test_an_environment_that_is_no_utf_8_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMETHING", "\udcff")
    assert Client(PROJECT).project_id == PROJECT
    monkeypatch.setenv("DESCOPE_AUTH_MANAGEMENT_KEY", "key\udcff")
    with pytest.raises(InvalidInputError) as caught:
        Client(PROJECT)
    assert caught.value.argument == "auth_management_key"


def test_malformed_request_headers_are_accepted() -> None:
    client = Client(PROJECT, environment={})
    assert client.tokens_from_request("DS=\udcff; DSR=d.e.f", "Basic \ud800").refresh_jwt == "d.e.f"
    assert client.tokens_from_request() == client.tokens_from_request(None, None)
    with pytest.raises(TypeError, match="cookie_header must be a str, not bytes"):
        client.tokens_from_request(b"DS=a.b.c")  # type: ignore[arg-type]


def test_a_closed_client_raises_and_closing_twice_has_no_effect(emulator: Emulator) -> None:
    token = emulator.token(profile="refresh")
    client = emulator.client()
    client.close()
    client.close()
    assert client.closed
    with pytest.raises(ClientClosedError) as caught:
        client.me(token)
    assert caught.value.outcome == "not_sent"
    with pytest.raises(ClientClosedError):
        client.validate_session(token)

    async def run() -> None:
        async with emulator.async_client() as client:
            pass
        await client.aclose()
        with pytest.raises(ClientClosedError):
            await client.me(token)

    asyncio.run(run())
    assert received(emulator) == []
