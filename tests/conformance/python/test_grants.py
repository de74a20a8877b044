"""The SDK's role and permission helpers on tokens of the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Client
    from emulator import Emulator


@pytest.mark.parametrize("operation", ["select_tenant", "refresh_session", "validate_session"])
def test_grants_of_project_and_tenants(emulator: Emulator, client: Client, operation: str) -> None:
    signed_in = emulator.sign_in("ada@example.com", "acme")
    if operation == "select_tenant":
        response = client.select_tenant("acme", signed_in["refreshJwt"])
    elif operation == "refresh_session":
        response = client.refresh_session(signed_in["refreshJwt"])
    else:
        response = client.validate_session(signed_in["sessionJwt"])

    # In the project as a whole: roles of a tenant do not count there, not even of the selected one.
    assert client.validate_roles(response, ["staff"])
    assert not client.validate_roles(response, ["staff", "admin"])
    assert client.validate_permissions(response, ["login"])
    assert not client.validate_permissions(response, ["read"])
    assert client.get_matched_roles(response, ["admin", "staff"]) == ["staff"]
    assert client.get_matched_permissions(response, ["write", "login"]) == ["login"]

    # In a tenant, selected or not.
    assert client.validate_tenant_roles(response, "acme", ["editor", "admin"])
    assert not client.validate_tenant_roles(response, "acme", ["admin", "staff"])
    assert client.validate_tenant_roles(response, "umbrella", ["viewer"])
    assert client.validate_tenant_permissions(response, "acme", ["write"])
    assert not client.validate_tenant_permissions(response, "umbrella", ["write"])
    assert client.get_matched_tenant_roles(response, "acme", ["viewer", "admin"]) == ["admin"]
    assert client.get_matched_tenant_permissions(response, "umbrella", ["write", "read"]) == ["read"]

    # In a tenant of others, not even nothing.
    assert not client.validate_tenant_roles(response, "globex", [])
    assert not client.validate_tenant_permissions(response, "globex", [])
    assert client.get_matched_tenant_roles(response, "globex", ["owner"]) == []


def test_member_without_roles_is_a_member(emulator: Emulator, client: Client) -> None:
    emulator.put_user({"loginId": "eve@example.com", "tenants": {"acme": {}, "umbrella": {}}})
    response = client.select_tenant("acme", emulator.sign_in("eve@example.com")["refreshJwt"])
    assert response["tenants"] == {"acme": {}, "umbrella": {}}
    assert response["roles"] == response["permissions"] == []
    assert client.validate_tenant_roles(response, "acme", [])
    assert not client.validate_tenant_roles(response, "acme", ["admin"])


def test_template_without_tenants_leaves_the_sdk_without_tenant_grants(emulator: Emulator, client: Client) -> None:
    emulator.settings(jwtTemplate="current_tenant")
    response = client.select_tenant("acme", emulator.sign_in("ada@example.com")["refreshJwt"])
    assert response["sessionToken"]["dct"] == "acme"
    assert response["tenants"] == {}
    # The grants of the selected tenant are at the root …
    assert response["roles"] == ["admin", "editor"]
    assert client.validate_roles(response, ["admin"])
    # … where this SDK does not look for them when a tenant is given.
    assert not client.validate_tenant_roles(response, "acme", ["admin"])
    assert client.get_matched_tenant_permissions(response, "acme", ["read"]) == []
