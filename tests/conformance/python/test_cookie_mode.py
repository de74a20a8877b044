"""Tokens delivered in cookies, as far as the SDK supports that."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from descope import AuthException, DescopeClient, DescopeClientAsync

from conftest import ADA, BOB, claims, populated, refusal
from emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Client


def test_select_reads_the_refresh_token_from_its_cookie(emulator: Emulator, client: Client) -> None:
    emulator.settings(tokenDelivery="refresh_cookie", cookiePath="/app")
    refresh_jwt = emulator.sign_in("ada@example.com")["refreshJwt"]

    response = client.select_tenant("acme", refresh_jwt)

    assert response["sessionToken"]["dct"] == response["refreshSessionToken"]["dct"] == "acme"
    assert response["refreshSessionToken"]["drn"] == "DSR"
    assert response["refreshSessionToken"]["jwt"] != refresh_jwt
    assert response["cookieData"]["path"] == "/app"
    # The token out of the cookie works.
    assert client.my_tenants(response["refreshSessionToken"]["jwt"], dct=True)["tenants"][0]["id"] == "acme"


def test_refresh_reads_the_refresh_token_from_its_cookie(emulator: Emulator, client: Client) -> None:
    emulator.settings(tokenDelivery="refresh_cookie", refreshRotation=True)
    refresh_jwt = emulator.sign_in("ada@example.com", "acme")["refreshJwt"]
    response = client.refresh_session(refresh_jwt)
    assert response["sessionToken"]["dct"] == response["refreshSessionToken"]["dct"] == "acme"
    assert response["refreshSessionToken"]["jwt"] != refresh_jwt


@pytest.mark.parametrize("operation", ["select_tenant", "refresh_session"])
def test_sdk_does_not_read_the_session_token_from_its_cookie(
    emulator: Emulator, client: Client, operation: str
) -> None:
    emulator.settings(tokenDelivery="cookies")
    refresh_jwt = emulator.sign_in("ada@example.com", "acme")["refreshJwt"]
    arguments = ("acme", refresh_jwt) if operation == "select_tenant" else (refresh_jwt,)

    response = getattr(client, operation)(*arguments)

    # The session token is lost, and with it the grants: a refresh token has none.
    assert "sessionToken" not in response
    assert response["refreshSessionToken"]["dct"] == "acme"
    assert (response["roles"], response["permissions"], response["tenants"]) == ([], [], {})
    assert response["userId"] == ADA["userId"]


def test_sdk_knows_no_custom_cookie_names(emulator: Emulator, client: Client) -> None:
    emulator.settings(tokenDelivery="refresh_cookie", refreshCookieName="MY_REFRESH", refreshRotation=True)
    refresh_jwt = emulator.sign_in("ada@example.com")["refreshJwt"]
    assert claims(refresh_jwt)["drn"] == "MY_REFRESH"

    # After a selection no refresh token is left; after a refresh it is the caller's, which rotation has just superseded.
    selected = client.select_tenant("acme", refresh_jwt)
    assert selected["sessionToken"]["dct"] == "acme"
    assert "refreshSessionToken" not in selected
    assert client.refresh_session(refresh_jwt)["refreshSessionToken"]["jwt"] == refresh_jwt
    with pytest.raises(AuthException) as refused:
        client.refresh_session(refresh_jwt)
    assert refusal(refused.value) == (401, "E011003")


def test_logout_clears_the_cookies(emulator: Emulator, client: Client) -> None:
    emulator.settings(tokenDelivery="cookies")
    response = client.logout(emulator.sign_in("ada@example.com")["refreshJwt"])
    cookies: list[str] = response.headers.get_list("set-cookie")
    assert [cookie.split(";")[0] for cookie in cookies] == ["DS=", "DSR="]
    for cookie in cookies:
        assert {"Path=/", "Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT", "Secure", "HttpOnly"} <= set(
            cookie.split("; ")
        )


def cookies_sent(emulator: Emulator, path: str) -> list[bool]:
    return ["cookie" in request["headers"] for request in emulator.requests(path)]


@pytest.fixture
def tls_emulator(binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator under HTTPS, in cookie mode, whose authority the SDK trusts. Secure cookies go nowhere else."""
    with closing(Emulator(binary, "--tls")) as emulator:
        assert emulator.ca is not None
        authority = tmp_path / "authority.pem"
        authority.write_text(emulator.ca)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        populated(emulator)
        emulator.settings(tokenDelivery="refresh_cookie")
        yield emulator


def test_synchronous_client_keeps_no_cookies(tls_emulator: Emulator) -> None:
    client = DescopeClient(tls_emulator.project_id, base_url=tls_emulator.url)
    client.select_tenant("acme", tls_emulator.sign_in("ada@example.com")["refreshJwt"])
    assert client.me(tls_emulator.sign_in("bob@example.com")["refreshJwt"])["userId"] == BOB["userId"]
    assert cookies_sent(tls_emulator, "/v1/auth/me") == [False]


def test_asynchronous_client_sends_the_cookies_of_one_user_with_the_calls_of_another(tls_emulator: Emulator) -> None:
    async def two_users_of_one_client() -> list[str]:
        async with DescopeClientAsync(tls_emulator.project_id, base_url=tls_emulator.url) as client:
            await client.select_tenant("acme", tls_emulator.sign_in("ada@example.com")["refreshJwt"])
            bobs = tls_emulator.sign_in("bob@example.com")["refreshJwt"]
            first = await client.me(bobs)
            # Which of the two the service believes is not documented; it is a setting of the emulator.
            tls_emulator.settings(tokenPrecedence="cookie")
            second = await client.me(bobs)
            return [first["userId"], second["userId"]]

    assert asyncio.run(two_users_of_one_client()) == [BOB["userId"], ADA["userId"]]
    assert cookies_sent(tls_emulator, "/v1/auth/me") == [True, True]
