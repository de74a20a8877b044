"""Validating, refreshing, and ending a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jwt
import pytest
from descope import AuthException

from conftest import ADA, claims, refusal

if TYPE_CHECKING:
    from conftest import Client
    from emulator import Emulator

REFRESH = "/v1/auth/refresh"
AN_HOUR = 3600


def signed_in_an_hour_ago(emulator: Emulator) -> tuple[str, str]:
    """A session token that expired since, and a refresh token that did not."""
    emulator.advance_clock(-AN_HOUR)
    signed_in = emulator.sign_in("ada@example.com", "acme")
    emulator.advance_clock(AN_HOUR)
    return signed_in["sessionJwt"], signed_in["refreshJwt"]


def test_valid_session(emulator: Emulator, client: Client) -> None:
    session_jwt = emulator.sign_in("ada@example.com", "acme")["sessionJwt"]
    session = client.validate_session(session_jwt)
    assert session["dct"] == session["sessionToken"]["dct"] == "acme"
    assert session["jwt"] == session_jwt
    assert session["userId"] == ADA["userId"]
    assert session["projectId"] == emulator.project_id
    assert {name: session["sessionToken"][name] for name in claims(session_jwt)} == claims(session_jwt)
    assert session["tenants"] == claims(session_jwt)["tenants"]

    assert client.validate_session(session_jwt) == session
    assert [request["path"] for request in emulator.requests()] == [f"/v2/keys/{emulator.project_id}"]


def test_expired_session(emulator: Emulator, client: Client) -> None:
    session_jwt, _ = signed_in_an_hour_ago(emulator)
    with pytest.raises(AuthException, match="expired token") as refused:
        client.validate_session(session_jwt)
    assert (refused.value.status_code, refused.value.error_type) == (401, "invalid token")


def test_session_of_the_future(emulator: Emulator, client: Client) -> None:
    emulator.advance_clock(AN_HOUR)
    session_jwt = emulator.sign_in("ada@example.com")["sessionJwt"]
    with pytest.raises(AuthException, match="nbf in future") as refused:
        client.validate_session(session_jwt)
    assert (refused.value.status_code, refused.value.error_type) == (400, "invalid token")


def test_forged_session(emulator: Emulator, client: Client) -> None:
    # The error is the JWT library's own, not one of the SDK.
    with pytest.raises(jwt.InvalidSignatureError):
        client.validate_session(emulator.mint(sign="other_key"))
    with pytest.raises(AuthException, match="missing property: alg"):
        client.validate_session(emulator.mint(sign="none"))


def test_sdk_takes_a_refresh_token_for_a_session(emulator: Emulator, client: Client) -> None:
    # It does not look at `drn`.
    refresh_jwt = emulator.sign_in("ada@example.com", "acme")["refreshJwt"]
    assert client.validate_session(refresh_jwt)["drn"] == "DSR"


def test_sdk_takes_any_issuer(emulator: Emulator, client: Client) -> None:
    session_jwt = emulator.mint(claims={"iss": "https://elsewhere.example.com/v1/apps/P2somebodyElse"})
    assert client.validate_session(session_jwt)["projectId"] == "P2somebodyElse"


def test_audience(emulator: Emulator, client: Client) -> None:
    emulator.settings(audience=[emulator.project_id, "backend"])
    session_jwt = emulator.sign_in("ada@example.com")["sessionJwt"]
    assert client.validate_session(session_jwt)["userId"] == ADA["userId"]
    assert client.validate_session(session_jwt, audience="backend")["userId"] == ADA["userId"]
    with pytest.raises(jwt.InvalidAudienceError):
        client.validate_session(session_jwt, audience="frontend")

    # Without an expected audience, one in the token must name the project.
    emulator.settings(audience="backend")
    with pytest.raises(jwt.InvalidAudienceError):
        client.validate_session(emulator.sign_in("ada@example.com")["sessionJwt"])


def test_refresh_keeps_the_tenant(emulator: Emulator, client: Client) -> None:
    selected = client.select_tenant("umbrella", emulator.sign_in("ada@example.com")["refreshJwt"])
    refresh_jwt = selected["refreshSessionToken"]["jwt"]
    refreshed = client.refresh_session(refresh_jwt)
    assert refreshed["sessionToken"]["dct"] == refreshed["refreshSessionToken"]["dct"] == "umbrella"
    assert refreshed["refreshSessionToken"]["jwt"] == refresh_jwt
    assert refreshed["user"]["userId"] == ADA["userId"]


def test_refresh_without_a_token_in_the_response_keeps_the_callers(emulator: Emulator, client: Client) -> None:
    emulator.settings(refreshReturnsToken=False)
    refresh_jwt = emulator.sign_in("ada@example.com")["refreshJwt"]
    assert client.refresh_session(refresh_jwt)["refreshSessionToken"]["jwt"] == refresh_jwt


def test_refresh_after_revocation_drops_the_tenant(emulator: Emulator, client: Client) -> None:
    refresh_jwt = emulator.sign_in("ada@example.com", "acme")["refreshJwt"]
    emulator.settings(automaticDct=False)
    emulator.control("DELETE", "/users/ada%40example.com/tenants/acme")
    session = client.refresh_session(refresh_jwt)["sessionToken"]
    assert "dct" not in session
    assert set(session["tenants"]) == {"umbrella"}


def test_expired_refresh_token_is_refused_by_the_service(emulator: Emulator, client: Client) -> None:
    # Four weeks on by the emulator's clock; by the SDK's, which it looks at first, the token is still good.
    refresh_jwt = emulator.sign_in("ada@example.com")["refreshJwt"]
    emulator.advance_clock(4 * 7 * 24 * AN_HOUR)
    with pytest.raises(AuthException) as refused:
        client.refresh_session(refresh_jwt)
    assert refusal(refused.value) == (401, "E011003")


def test_validate_and_refresh_leaves_a_valid_session_alone(emulator: Emulator, client: Client) -> None:
    signed_in = emulator.sign_in("ada@example.com", "acme")
    session = client.validate_and_refresh_session(signed_in["sessionJwt"], signed_in["refreshJwt"])
    assert session["jwt"] == signed_in["sessionJwt"]
    assert emulator.requests(REFRESH) == []


def test_validate_and_refresh_refreshes_an_expired_session(emulator: Emulator, client: Client) -> None:
    session_jwt, refresh_jwt = signed_in_an_hour_ago(emulator)
    refreshed = client.validate_and_refresh_session(session_jwt, refresh_jwt)
    assert refreshed["sessionToken"]["jwt"] != session_jwt
    assert refreshed["sessionToken"]["dct"] == "acme"
    assert client.validate_session(refreshed["sessionToken"]["jwt"])["dct"] == "acme"
    assert len(emulator.requests(REFRESH)) == 1


def test_validate_and_refresh_needs_both_tokens(emulator: Emulator, client: Client) -> None:
    session_jwt, refresh_jwt = signed_in_an_hour_ago(emulator)
    with pytest.raises(AuthException, match="Session token is missing"):
        client.validate_and_refresh_session("", refresh_jwt)
    with pytest.raises(AuthException, match="Refresh token is missing"):
        client.validate_and_refresh_session(session_jwt, "")


def test_logout_ends_one_sign_in(emulator: Emulator, client: Client) -> None:
    here, elsewhere = (emulator.sign_in("ada@example.com")["refreshJwt"] for _ in range(2))

    response = client.logout(here)  # the HTTP library's response, unread

    assert response.status_code == 200
    body = response.json()
    assert [body[name] for name in ("sessionJwt", "refreshJwt", "cookieMaxAge", "cookieExpiration")] == ["", "", 0, 0]
    with pytest.raises(AuthException) as refused:
        client.refresh_session(here)
    assert refusal(refused.value) == (401, "E064001")
    with pytest.raises(AuthException) as refused:
        client.select_tenant("acme", here)
    assert refusal(refused.value) == (401, "E064001")
    assert client.refresh_session(elsewhere)["userId"] == ADA["userId"]


def test_logout_all_ends_every_sign_in_of_the_user(emulator: Emulator, client: Client) -> None:
    here, elsewhere = (emulator.sign_in("ada@example.com")["refreshJwt"] for _ in range(2))
    bobs = emulator.sign_in("bob@example.com")["refreshJwt"]

    assert client.logout_all(here).json()["refreshJwt"] == ""

    for refresh_jwt in (here, elsewhere):
        with pytest.raises(AuthException) as refused:
            client.refresh_session(refresh_jwt)
        assert refusal(refused.value) == (401, "E064001")
    assert client.refresh_session(bobs)["sessionToken"]["dct"] == "globex"


def test_session_outlives_logout_until_it_expires(emulator: Emulator, client: Client) -> None:
    # A session token is validated without a request.
    signed_in = emulator.sign_in("ada@example.com")
    client.logout(signed_in["refreshJwt"])
    assert client.validate_session(signed_in["sessionJwt"])["userId"] == ADA["userId"]
