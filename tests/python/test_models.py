"""What models are besides their fields: values that compare, hash, copy, print, match and, where that is safe, pickle."""

from __future__ import annotations

import copy
import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest
import tenant_select
from tenant_select import (
    Diagnostics,
    HistoryEntry,
    IDPResponse,
    InvalidInputError,
    JWTResponse,
    RequestTokens,
    ResponseMetadata,
    Session,
    SwitchEvent,
    Tenant,
    TenantGrant,
    User,
    UserTenant,
    ValidationResult,
)

from contract.names import CASES

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

WIRE_MODELS = [JWTResponse, User, UserTenant, IDPResponse, Tenant, HistoryEntry]
ALL_MODELS = [
    *WIRE_MODELS,
    ResponseMetadata,
    Session,
    TenantGrant,
    RequestTokens,
    ValidationResult,
    SwitchEvent,
    Diagnostics,
]

ADA = {
    "userId": "U1",
    "name": "Ada",
    "email": "ada@example.com",
    "loginIds": ["ada@example.com"],
    "userTenants": [{"tenantId": "acme", "roleNames": ["editor"], "permissions": ["write"]}],
    "customAttributes": {"plan": "gold", "__proto__": {"camelCase": [1, 2.5, None, True, 2**63, -(2**63), 1e300]}},
    "OAuth": {"google": True},
    "notYetKnown": {"a": 1},
}


@pytest.fixture
def response(client: tenant_select.Client, refresh_jwt: str) -> JWTResponse:
    return client.select_tenant("acme", refresh_jwt)


@pytest.fixture
def models(emulator: Emulator, client: tenant_select.Client, response: JWTResponse, refresh_jwt: str) -> list[Any]:
    """One of each, with something in it."""
    switches: list[SwitchEvent] = []
    with emulator.client(on_switch=switches.append) as observed:
        observed.select_tenant("globex", response.refresh_jwt or refresh_jwt)
    checked = client.validate_and_refresh(None, refresh_jwt, keep_tenant=False)
    tokens = client.tokens_from_request(f"DSR={refresh_jwt}")
    made = [
        response,
        User.from_dict(ADA),
        UserTenant.from_dict({"tenantId": "acme", "roleNames": ["editor"]}),
        IDPResponse.from_dict({"idpGroups": ["staff"], "samlResponse": "PHNhbWw+"}),
        Tenant.from_dict({"id": "acme", "name": "Acme"}),
        client.history(refresh_jwt)[0],
        response.http,
        response.session,
        response.session.active_tenant,
        tokens,
        checked,
        switches[0],
        client.diagnostics(),
    ]
    assert [type(model) for model in made] == ALL_MODELS
    return made


def test_models_support_equality_hash_and_repr(models: list[Any]) -> None:
    for model in models:
        cls = type(model)
        assert repr(model).startswith(f"{cls.__name__}(")
        assert str(model) == repr(model) == f"{model}"
        assert model == model  # noqa: PLR0124 - the operator is the model's own
        assert model not in (None, object(), repr(model), *(other for other in models if other is not model))
        assert {model: 1}[copy.copy(model)] == 1
        assert copy.copy(model) is copy.deepcopy(model) is model
        with pytest.raises(TypeError, match="not supported between instances"):
            model < model  # noqa: B015, PLR0124
        with pytest.raises(AttributeError):
            setattr(model, cls.__match_args__[0], None)


def test_every_model_matches_by_position_what_it_says_by_name(models: list[Any]) -> None:
    for model in models:
        names = type(model).__match_args__
        assert names
        assert all(name in type(model).__annotations__ for name in names)
    match models:
        case [
            JWTResponse(str(), str()),
            User("U1", "Ada", "ada@example.com"),
            UserTenant("acme", ["editor"]),
            IDPResponse(["staff"]),
            Tenant("acme", "Acme"),
            HistoryEntry(str(), int()),
            ResponseMetadata(200, _, 1),
            Session(str(), TenantGrant("acme")),
            TenantGrant("acme", ["editor"], ["documents.write"]),
            RequestTokens(None, str()),
            ValidationResult(Session(), JWTResponse()),
            SwitchEvent(_, "globex", "applied"),
            Diagnostics(int(), 0),
        ]:
            pass
        case _:
            pytest.fail("no match")


def test_every_model_can_be_pickled_or_says_what_can(models: list[Any]) -> None:
    refusing = {JWTResponse, IDPResponse, RequestTokens, ValidationResult}
    for model in models:
        if type(model) in refusing:
            with pytest.raises(TypeError, match="tokens"):
                pickle.dumps(model)
        else:
            again = pickle.loads(pickle.dumps(model))
            assert (again, hash(again), type(again)) == (model, hash(model), type(model))


@pytest.mark.parametrize("model", WIRE_MODELS)
def test_a_model_without_fields_works(model: Any) -> None:
    empty = model.from_dict({})
    assert empty.to_dict() == {}
    assert empty == model.from_dict({})
    attributes = {
        name: getattr(empty, name)
        for name in model.__annotations__
        if name not in ("extra", "http", "reused", "session")
    }
    assert set(attributes.values()) == {None}
    assert empty.extra == {}
    assert repr(empty).startswith(f"{model.__name__}(")


def test_user_data_is_not_changed() -> None:
    user = User.from_dict(ADA)
    assert user.to_dict() == ADA
    assert user.custom_attributes == ADA["customAttributes"]
    assert json.dumps(user.custom_attributes, sort_keys=True) == json.dumps(ADA["customAttributes"], sort_keys=True)
    assert user.extra == {"notYetKnown": {"a": 1}}
    assert user.oauth == {"google": True}


def test_equality_is_of_the_value() -> None:
    user, same, other = User.from_dict(ADA), User.from_dict(ADA), User.from_dict({**ADA, "name": "Eve"})
    assert user == same
    assert not user != same  # noqa: SIM202 - both operators are the model's own
    assert hash(user) == hash(same)
    assert user != other
    assert len({user, same, other}) == 2
    assert user != ADA
    assert (user == 7) is False


@pytest.mark.parametrize("model", ALL_MODELS)
def test_models_are_frozen_and_final(model: Any) -> None:
    with pytest.raises(TypeError):
        model()
    with pytest.raises(TypeError):
        type("Sub", (model,), {})


def test_attributes_cannot_be_set_and_lists_are_copies() -> None:
    user = User.from_dict(ADA)
    with pytest.raises(AttributeError):
        user.name = "Eve"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        user.nickname = "Eve"  # type: ignore[attr-defined]
    assert user.login_ids is not None
    user.login_ids.append("eve@example.com")
    assert user.login_ids == ["ada@example.com"]


def test_copies_are_the_same_object(response: JWTResponse) -> None:
    for model in (response, response.session, response.http, response.user):
        assert copy.copy(model) is model
        assert copy.deepcopy(model) is model


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_models_without_tokens_survive_pickling(protocol: int) -> None:
    for model in (
        User.from_dict(ADA),
        UserTenant.from_dict(ADA["userTenants"][0]),  # type: ignore[index]
        Tenant.from_dict({"id": "acme", "customAttributes": {"a": [1]}, "more": 1}),
        HistoryEntry.from_dict({"userId": "U1", "loginTime": 1}),
    ):
        assert pickle.loads(pickle.dumps(model, protocol)) == model


def test_what_was_verified_survives_pickling_but_has_no_public_maker(response: JWTResponse) -> None:
    session = response.session
    assert session.active_tenant is not None
    for model in (session, session.active_tenant, response.http):
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            again = pickle.loads(pickle.dumps(model, protocol))
            assert (again, hash(again), repr(again)) == (model, hash(model), repr(model))
        assert not hasattr(model, "from_dict")
    again = pickle.loads(pickle.dumps(session))
    assert again.active_tenant.has_permissions(["documents.write"])
    assert again.claims == session.claims


def test_models_with_tokens_refuse_pickling_and_name_the_alternative(response: JWTResponse) -> None:
    for model in (response, IDPResponse.from_dict({})):
        with pytest.raises(
            TypeError, match=rf"{type(model).__name__} can hold tokens .* {type(model).__name__}.from_dict"
        ):
            pickle.dumps(model)
    again = JWTResponse.from_dict(pickle.loads(pickle.dumps(response.to_dict())))
    assert again.to_dict() == response.to_dict()
    assert again.refresh_jwt == response.refresh_jwt


def test_patterns_match_by_position_and_by_name(response: JWTResponse) -> None:
    match response:
        case JWTResponse(session=Session(user_id, TenantGrant(tenant_id, [role], permissions))):
            assert (user_id, tenant_id, role) == (response.session.user_id, "acme", "editor")
            assert permissions == ["documents.write"]
        case _:
            pytest.fail("no match")


@pytest.mark.parametrize(
    ("model", "data"),
    [
        (User, []),
        (User, "x"),
        (User, {"name": 7}),
        (User, {"createdTime": 1.5}),
        (User, {"customAttributes": {"a": float("nan")}}),
        (User, {"userTenants": [{"tenantId": []}]}),
        (JWTResponse, {"sessionJwt": {"a": "b"}}),
    ],
)
def test_a_dict_that_is_no_model_is_refused_without_being_quoted(model: Any, data: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        model.from_dict(data)
    assert caught.value.argument == "data"


def test_the_message_names_the_field_but_not_the_value() -> None:
    secret = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJVMSJ9.c2lnbmF0dXJl"
    with pytest.raises(InvalidInputError) as caught:
        JWTResponse.from_dict({"user": {"verifiedEmail": secret}})
    assert "`user.verifiedEmail`" in str(caught.value)
    assert secret not in str(caught.value)
    itself: dict[str, object] = {}
    itself["customAttributes"] = itself
    wrong: Any
    for wrong in (
        {"name": object()},
        {"name": float("nan")},
        {"name": "\ud800"},
        {1: "a"},
        {"a": 2**200},
        itself,
        None,
        [],
    ):
        with pytest.raises(InvalidInputError) as caught:
            User.from_dict(wrong)
        assert caught.value.argument == "data"


def test_a_model_prints_what_it_holds_but_no_token() -> None:
    assert repr(User.from_dict({"userId": "U1", "customAttributes": {"plan": "gold"}, "new": "x"})) == (
        "User(user_id='U1', custom_attributes={'plan': ...}, extra={'new': ...})"
    )
    assert repr(JWTResponse.from_dict({"sessionJwt": "a.b.c", "trustedDeviceJwt": "t", "cookiePath": "/"})).startswith(
        "JWTResponse(session_jwt=[redacted], cookie_path='/', trusted_device_jwt=[redacted], http=ResponseMetadata("
    )
    assert "PHNhbWw" not in repr(IDPResponse.from_dict({"samlResponse": "PHNhbWw+", "idpOIDCClaims": {"token": "x"}}))


def test_role_and_permission_methods_take_any_iterable_of_names_but_no_bare_string(response: JWTResponse) -> None:
    grant = response.session.active_tenant
    assert grant is not None
    for names in (["editor"], ("editor",), {"editor"}, iter(["editor"]), {"editor": 1}.keys(), []):
        assert grant.has_roles(names)
    assert grant.matched_roles(["x", "editor", "editor"]) == ["editor", "editor"]
    for method in (
        grant.has_roles,
        grant.matched_permissions,
        response.session.has_permissions,
        response.session.matched_roles,
    ):
        with pytest.raises(TypeError, match="not one str"):
            method("editor")
        with pytest.raises(TypeError):
            method([7])  # type: ignore[list-item]
        with pytest.raises(TypeError):
            method(None)  # type: ignore[arg-type]


def test_cases_with_every_field_are_there() -> None:
    """The comparison of attributes with wire names in the runner is only as good as these."""
    for model, case in {"JWTResponse": "select_tenant", "Tenant": "my_tenants", "User": "me"}.items():
        assert (CASES / case / "ok" / "every_field.json").exists(), model
