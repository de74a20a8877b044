"""A project that requires the auth management key: the bearer's last part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from descope import AuthException

from conftest import ADA, refusal

if TYPE_CHECKING:
    from conftest import NewClient
    from emulator import Emulator

KEY = "K2conformanceAuthManagementKey"


def test_every_call_carries_the_key(emulator: Emulator, new_client: NewClient) -> None:
    client = new_client(emulator, auth_management_key=KEY)
    emulator.settings(authManagementKey=KEY)
    refresh_jwt = emulator.sign_in("ada@example.com")["refreshJwt"]

    refresh_jwt = client.select_tenant("acme", refresh_jwt)["refreshSessionToken"]["jwt"]
    assert client.refresh_session(refresh_jwt)["sessionToken"]["dct"] == "acme"
    assert client.me(refresh_jwt)["userId"] == ADA["userId"]
    assert client.my_tenants(refresh_jwt, dct=True)["tenants"][0]["id"] == "acme"
    assert [entry["selectedTenant"] for entry in client.history(refresh_jwt)] == ["acme", ""]
    assert client.logout(refresh_jwt).status_code == 200

    keys = f"/v2/keys/{emulator.project_id}"
    parts = {request["path"]: request["authorization"]["parts"] for request in emulator.requests()}
    assert parts == {
        "/v1/auth/tenant/select": 3,
        "/v1/auth/refresh": 3,
        "/v1/auth/me": 3,
        "/v1/auth/me/tenants": 3,
        "/v1/auth/me/history": 3,
        "/v1/auth/logout": 3,
        keys: 2,
    }


def test_key_of_the_environment(emulator: Emulator, new_client: NewClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESCOPE_AUTH_MANAGEMENT_KEY", KEY)
    emulator.settings(authManagementKey=KEY)
    client = new_client(emulator)
    response = client.select_tenant("acme", emulator.sign_in("ada@example.com")["refreshJwt"])
    assert response["sessionToken"]["dct"] == "acme"


@pytest.mark.parametrize("key", [None, "K2another"], ids=["missing", "wrong"])
def test_call_without_the_right_key_is_refused(emulator: Emulator, new_client: NewClient, key: str | None) -> None:
    client = new_client(emulator, auth_management_key=key)
    emulator.settings(authManagementKey=KEY)
    with pytest.raises(AuthException) as refused:
        client.select_tenant("acme", emulator.sign_in("ada@example.com")["refreshJwt"])
    assert refusal(refused.value) == (401, "E011003")


def test_key_that_is_not_required_does_no_harm(emulator: Emulator, new_client: NewClient) -> None:
    client = new_client(emulator, auth_management_key=KEY)
    response = client.select_tenant("acme", emulator.sign_in("ada@example.com")["refreshJwt"])
    assert response["sessionToken"]["dct"] == "acme"
