"""Reading the user, the tenants, and the history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from descope import AuthException

from conftest import ADA, refusal

if TYPE_CHECKING:
    from conftest import Client
    from emulator import Emulator


def test_me_is_the_user_at_the_root(emulator: Emulator, client: Client) -> None:
    user = client.me(emulator.sign_in("ada@example.com")["refreshJwt"])
    expected = {
        "loginIds": ["ada@example.com"],
        "userId": ADA["userId"],
        "name": "Ada Lovelace",
        "givenName": "Ada",
        "familyName": "Lovelace",
        "email": "ada@example.com",
        "verifiedEmail": True,
        "phone": "+441234567890",
        "verifiedPhone": False,
        "roleNames": ["staff"],
        "permissions": ["login"],
        "status": "enabled",
        "customAttributes": {"team": "engines"},
        "userTenants": [
            {
                "tenantId": "acme",
                "tenantName": "Acme Ltd.",
                "roleNames": ["admin", "editor"],
                "permissions": ["read", "write"],
            },
            {"tenantId": "umbrella", "tenantName": "umbrella", "roleNames": ["viewer"], "permissions": ["read"]},
        ],
    }
    assert {name: user[name] for name in expected} == expected


def tenants(response: dict[str, Any]) -> dict[str, Any]:
    return {tenant["id"]: (tenant["name"], tenant["customAttributes"]) for tenant in response["tenants"]}


ACME = {"acme": ("Acme Ltd.", {"plan": "gold", "seats": 12})}
UMBRELLA: dict[str, Any] = {"umbrella": ("umbrella", {})}


def test_my_tenants_with_dct_is_the_selected_one(emulator: Emulator, client: Client) -> None:
    refresh_jwt = emulator.sign_in("ada@example.com")["refreshJwt"]
    assert tenants(client.my_tenants(refresh_jwt, dct=True)) == {}
    selected = client.select_tenant("acme", refresh_jwt)["refreshSessionToken"]["jwt"]
    assert tenants(client.my_tenants(selected, dct=True)) == ACME


def test_my_tenants_with_ids_are_those_the_user_belongs_to(emulator: Emulator, client: Client) -> None:
    refresh_jwt = emulator.sign_in("ada@example.com")["refreshJwt"]
    assert tenants(client.my_tenants(refresh_jwt, ids=["umbrella"])) == UMBRELLA
    assert tenants(client.my_tenants(refresh_jwt, ids=["acme", "umbrella", "globex", "nowhere"])) == ACME | UMBRELLA


@pytest.mark.parametrize("arguments", [{}, {"ids": []}, {"dct": True, "ids": ["acme"]}])
def test_my_tenants_takes_either_dct_or_ids(emulator: Emulator, client: Client, arguments: dict[str, Any]) -> None:
    # So this SDK cannot request all tenants.
    with pytest.raises(AuthException, match="Only one of 'dct' or 'ids' should be supplied"):
        client.my_tenants(emulator.sign_in("ada@example.com")["refreshJwt"], **arguments)
    assert emulator.requests() == []


def test_history_has_sign_in_and_selections(emulator: Emulator, client: Client) -> None:
    refresh_jwt = emulator.sign_in("ada@example.com")["refreshJwt"]
    client.select_tenant("acme", refresh_jwt)
    client.select_tenant("umbrella", refresh_jwt)
    client.refresh_session(refresh_jwt)  # leaves no entry

    history = client.history(refresh_jwt)

    # A list at the root, newest first. The SDK hands it on as it came.
    assert [entry["selectedTenant"] for entry in history] == ["umbrella", "acme", ""]
    for entry in history:
        assert set(entry) == {"userId", "loginTime", "city", "country", "ip", "selectedTenant"}
        assert entry["userId"] == ADA["userId"]
        assert entry["ip"] == "127.0.0.1"
    times = [entry["loginTime"] for entry in history]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("operation", ["me", "history", "logout", "logout_all"])
def test_empty_token_is_sent_and_refused_by_the_service(emulator: Emulator, client: Client, operation: str) -> None:
    # Only None is an invalid argument to the SDK; an empty token leaves the project alone in the bearer.
    with pytest.raises(AuthException) as refused:
        getattr(client, operation)("")
    assert refusal(refused.value) == (401, "E011002")
    (request,) = emulator.requests()
    assert request["authorization"]["parts"] == 1

    with pytest.raises(AuthException) as refused:
        getattr(client, operation)(None)
    assert (refused.value.status_code, refused.value.error_type) == (400, "invalid argument")
