"""Fixtures for pytest: an emulator, a signed-in user, custom tokens, and the emulator's clock.

pytest loads this plugin when the package is installed; nothing is started before a test requests a fixture.
Fixtures of the same name in a ``conftest.py`` override these, and can use them.

Example::

    def test_the_switch_is_remembered(tenant_select_emulator, tenant_select_sign_in):
        with tenant_select_emulator.client() as client:
            switched = client.select_tenant("acme", tenant_select_sign_in.refresh_jwt)
        assert switched.session.active_tenant.roles == ["editor"]
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from tenant_select import JWTResponse, testing
from tenant_select import _types as t

from .environment import of_clients
from .fixture_types import Clock, TokenFactory

__all__ = [
    "Clock",
    "TokenFactory",
    "tenant_select_clock",
    "tenant_select_emulator",
    "tenant_select_emulator_process",
    "tenant_select_environment",
    "tenant_select_sign_in",
    "tenant_select_token",
]


@pytest.fixture(scope="session")
def tenant_select_emulator_process() -> Iterator[testing.Emulator]:
    """One emulator for the whole run. Override it to start the emulator with other options, such as ``tls=True`` or a seed."""
    with testing.Emulator() as emulator:
        yield emulator


@pytest.fixture
def tenant_select_emulator(tenant_select_emulator_process: testing.Emulator) -> testing.Emulator:
    """The emulator in its initial state: only the users of its seed, no faults, its first keys, an empty journal."""
    tenant_select_emulator_process.reset()
    tenant_select_emulator_process.clear_requests()
    return tenant_select_emulator_process


@pytest.fixture
def tenant_select_environment(
    tenant_select_emulator: testing.Emulator, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The environment of this process, set so that a client without options talks to the emulator.

    Every other variable that begins with ``DESCOPE_`` or ``TENANT_SELECT_``, except ``TENANT_SELECT_EMULATOR``, is removed
    until the test ends, so that settings of a developer's machine have no effect.
    """
    for variable in of_clients(os.environ):
        monkeypatch.delenv(variable)
    for variable, value in tenant_select_emulator.environment.items():
        monkeypatch.setenv(variable, value)
    return tenant_select_emulator.environment


@pytest.fixture
def tenant_select_sign_in(tenant_select_emulator: testing.Emulator) -> JWTResponse:
    """The sign-in of Ada, ``ada@example.com``: an editor with ``documents.write`` in acme, and a viewer in globex."""
    tenant_select_emulator.add_user(
        "ada@example.com",
        name="Ada Lovelace",
        tenants={
            "acme": {"name": "Acme", "roles": ["editor"], "permissions": ["documents.write"]},
            "globex": {"name": "Globex", "roles": ["viewer"]},
        },
    )
    return tenant_select_emulator.sign_in("ada@example.com")


@pytest.fixture
def tenant_select_token(tenant_select_emulator: testing.Emulator) -> TokenFactory:
    """A function that makes a valid session token without a user or a request.

    ``tenant`` is its active tenant; everything else is as for :meth:`~tenant_select.testing.Emulator.token`, such as
    ``claims={"sub": "U1"}`` or ``lifetimeSeconds=-60`` for one that has expired.
    """

    def forge(tenant: str | None = None, **spec: t.Unpack[testing.TokenSpec]) -> str:
        if tenant is not None:
            spec["claims"] = {"dct": tenant, "tenants": {tenant: {}}, **spec.get("claims", {})}
        return tenant_select_emulator.token(**spec)

    return forge


@pytest.fixture
def tenant_select_clock(tenant_select_emulator: testing.Emulator) -> Clock:
    """The emulator's clock."""
    return Clock(tenant_select_emulator)
