"""Selecting a tenant."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from descope import AuthException

from conftest import ADA, BOB, claims, header, refusal

if TYPE_CHECKING:
    from conftest import Client
    from emulator import Emulator

SELECT = "/v1/auth/tenant/select"


def test_member_gets_a_session_in_the_tenant(emulator: Emulator, client: Client) -> None:
    signed_in = emulator.sign_in("ada@example.com")
    assert "dct" not in claims(signed_in["sessionJwt"])

    response = client.select_tenant("acme", signed_in["refreshJwt"])

    # The SDK verified both tokens against the key set before it gave them out.
    session, refresh = response["sessionToken"], response["refreshSessionToken"]
    assert session["dct"] == refresh["dct"] == "acme"
    assert (session["drn"], refresh["drn"]) == ("DS", "DSR")
    assert session["sub"] == refresh["sub"] == ADA["userId"]
    assert session == {**claims(session["jwt"]), "jwt": session["jwt"]}
    assert header(session["jwt"])["alg"] == "RS256"
    assert response["userId"] == ADA["userId"]
    assert response["projectId"] == emulator.project_id
    assert response["roles"] == ["staff"]
    assert response["permissions"] == ["login"]
    assert response["tenants"] == {
        "acme": {"roles": ["admin", "editor"], "permissions": ["read", "write"]},
        "umbrella": {"roles": ["viewer"], "permissions": ["read"]},
    }
    cookie_data = response["cookieData"]
    assert cookie_data == {"exp": refresh["exp"], "maxAge": cookie_data["maxAge"], "domain": "", "path": "/"}
    assert 0 < cookie_data["maxAge"] <= 2_419_200
    assert response["firstSeen"] is False
    assert response["user"] == client.me(refresh["jwt"])
    assert emulator.key_fetches() == 1


def test_selecting_again_changes_the_tenant(emulator: Emulator, client: Client) -> None:
    first = client.select_tenant("acme", emulator.sign_in("ada@example.com")["refreshJwt"])
    second = client.select_tenant("umbrella", first["refreshSessionToken"]["jwt"])
    assert first["sessionToken"]["dct"] == "acme"
    assert second["sessionToken"]["dct"] == second["refreshSessionToken"]["dct"] == "umbrella"


@pytest.mark.parametrize("tenant", ["globex", "no-such-tenant"], ids=["not a member", "unknown tenant"])
def test_tenant_of_others_is_refused(emulator: Emulator, client: Client, tenant: str) -> None:
    refresh_jwt = emulator.sign_in("ada@example.com", "acme")["refreshJwt"]
    with pytest.raises(AuthException) as refused:
        client.select_tenant(tenant, refresh_jwt)
    assert refusal(refused.value) == (403, "E011003")

    # Nothing has changed: the token still counts, and still for the tenant before.
    assert client.refresh_session(refresh_jwt)["sessionToken"]["dct"] == "acme"
    assert [entry["selectedTenant"] for entry in client.history(refresh_jwt)] == ["acme"]


def test_revoked_membership_is_refused(emulator: Emulator, client: Client) -> None:
    refresh_jwt = emulator.sign_in("ada@example.com")["refreshJwt"]
    emulator.control("DELETE", "/users/ada%40example.com/tenants/acme")
    with pytest.raises(AuthException) as refused:
        client.select_tenant("acme", refresh_jwt)
    assert refusal(refused.value) == (403, "E011003")


def test_sdk_does_not_check_the_tenant_of_the_response(emulator: Emulator, client: Client) -> None:
    elsewhere = emulator.sign_in("ada@example.com", "umbrella")
    emulator.control("POST", "/faults", {"path": SELECT, "kind": "status", "status": 200, "body": elsewhere})
    response = client.select_tenant("acme", emulator.sign_in("ada@example.com")["refreshJwt"])
    assert response["sessionToken"]["dct"] == "umbrella"


def test_empty_tenant_is_for_the_service_to_refuse(emulator: Emulator, client: Client) -> None:
    # The SDK sends any tenant id as it is.
    with pytest.raises(AuthException) as refused:
        client.select_tenant("", emulator.sign_in("ada@example.com")["refreshJwt"])
    assert refusal(refused.value) == (400, "E011002")


def test_missing_refresh_token_is_refused_before_anything_is_sent(emulator: Emulator, client: Client) -> None:
    with pytest.raises(AuthException) as refused:
        client.select_tenant("acme", "")
    assert (refused.value.status_code, refused.value.error_type) == (400, "invalid token")
    assert emulator.requests() == []


@pytest.mark.parametrize(
    "spec",
    [
        {"profile": "session"},
        {"profile": "refresh", "sign": "other_key"},
        {"profile": "refresh", "lifetimeSeconds": -1},
    ],
    ids=["session token", "wrong signature", "expired"],
)
def test_bad_refresh_token_is_refused_by_the_service(emulator: Emulator, client: Client, spec: dict[str, Any]) -> None:
    # Selecting, the SDK does not look at the token that it is given.
    token = emulator.mint(claims={"sub": ADA["userId"]}, **spec)
    with pytest.raises(AuthException) as refused:
        client.select_tenant("acme", token)
    assert refusal(refused.value) == (401, "E011003")


def test_only_tenant_is_active_without_selection(emulator: Emulator, client: Client) -> None:
    refresh_jwt = emulator.sign_in("bob@example.com")["refreshJwt"]
    response = client.refresh_session(refresh_jwt)
    assert response["sessionToken"]["dct"] == "globex"
    assert response["userId"] == BOB["userId"]


def test_what_the_sdk_sends(emulator: Emulator, client: Client) -> None:
    client.select_tenant("acme", emulator.sign_in("ada@example.com")["refreshJwt"])
    (request,) = emulator.requests(SELECT)
    assert request["authorization"]["parts"] == 2
    assert request["bodyKeys"] == ["tenant"]
    assert request["headers"]["x-descope-sdk-name"] == "python"
    assert request["headers"]["x-descope-sdk-version"] == version("descope")
    assert request["headers"]["x-descope-project-id"] == emulator.project_id
