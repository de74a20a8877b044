"""`tenant_select.testing.session`: a session for unit tests, by the rules of tokens."""

from __future__ import annotations

import pickle
import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
import tenant_select
from tenant_select import Client, InvalidInputError, Session
from tenant_select.testing import session

if TYPE_CHECKING:
    from tenant_select.testing import Emulator


def test_the_defaults() -> None:
    made = session()
    assert isinstance(made, Session)
    assert (made.user_id, made.project_id, made.cache_scope) == ("U2test", "P2test", "P2test::U2test")
    assert made.issued_at is not None
    assert abs(made.issued_at - time.time()) < 60
    assert made.expires_at - made.issued_at == 600
    assert (made.active_tenant, made.tenants, made.roles, made.permissions) == (None, {}, [], [])
    assert set(made.claims) == {"drn", "iss", "sub", "iat", "exp"}
    assert made.claims["iss"] == "tenant-select/testing"
    assert all(type(made.claims[name]) is int for name in ("iat", "exp"))


def test_it_is_read_as_a_token_is(emulator: Emulator) -> None:
    """The same claims in a signed token give an equal session."""
    made = session(
        "U1",
        project_id=emulator.project_id,
        active_tenant="acme",
        tenants=MappingProxyType({"acme": {"roles": ("editor",), "permissions": {"write"}}, "globex": {}}),
        roles=iter(["admin"]),
        claims={"iss": emulator.project_id, "su": True, "amr": ["mfa"]},
    )
    token = emulator.token(claims=made.claims)
    with emulator.client() as client:
        verified = client.validate_session(token)
    for name in ("user_id", "active_tenant", "tenants", "roles", "amr", "stepped_up", "cache_scope", "expires_at"):
        assert getattr(made, name) == getattr(verified, name), name


def test_the_rules_for_the_active_tenant() -> None:
    assert session(active_tenant="acme", tenants={}).active_tenant is None
    at_root = session(active_tenant="acme", roles=["editor"]).active_tenant
    assert at_root is not None
    assert at_root.has_roles(["editor"])


def test_a_session_that_has_ended() -> None:
    ended = session(issued_at=1, expires_at=time.time() - 1)
    assert (ended.issued_at, ended.expires_at < time.time()) == (1, True)


def test_it_compares_and_pickles_as_any_session() -> None:
    one, same = (session(issued_at=1, expires_at=2) for _ in range(2))
    assert one == same == pickle.loads(pickle.dumps(one))
    assert hash(one) == hash(same)


@pytest.mark.parametrize(
    ("wanted", "argument"),
    [
        ({"user_id": ""}, "user_id"),
        ({"user_id": 7}, "user_id"),
        ({"tenants": {"acme": {"rolls": []}}}, "tenants"),
        ({"roles": [7]}, "roles"),
        ({"claims": {"exp": "soon"}}, "claims"),
        ({"claims": {"a": object()}}, "claims"),
        ({"expires_at": "soon"}, "expires_at"),
    ],
)
def test_a_wrong_argument_is_named(wanted: Any, argument: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        session(**wanted)
    assert caught.value.argument == argument


@pytest.mark.parametrize("wanted", [{"roles": "editor"}, {"tenants": {"acme": {"permissions": "write"}}}])
def test_one_name_is_no_list_of_names(wanted: Any) -> None:
    with pytest.raises(TypeError, match="not one str"):
        session(**wanted)


def test_only_the_testing_kit_has_it() -> None:
    for public in (tenant_select, Client, Session):
        assert not [name for name in dir(public) if name in ("session", "for_tests", "session_for_tests")]
