"""Models as fields of pydantic models, and as responses of FastAPI."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Annotated, Any

import pytest
import tenant_select
from fastapi import Body, FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError
from tenant_select import (
    AuthenticationResult,
    Diagnostics,
    HistoryEntry,
    IDPResponse,
    IncomingRequest,
    JWTResponse,
    Refusal,
    RequestTokens,
    ResponseHeader,
    ResponseMetadata,
    RetryEvent,
    Session,
    SwitchEvent,
    Tenant,
    TenantGrant,
    User,
    UserTenant,
    ValidationResult,
)

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

OF_THE_SERVICE = [User, UserTenant, Tenant, HistoryEntry]
INSTANCES_ALONE = [Session, TenantGrant, ResponseMetadata, SwitchEvent, RetryEvent, Diagnostics]
WITH_TOKENS = [JWTResponse, IDPResponse, RequestTokens, ValidationResult]
# What goes between an adapter and the request authenticator; pydantic refuses it, as every class that it does not know.
OF_REQUESTS = {AuthenticationResult, IncomingRequest, Refusal, ResponseHeader}

ADA = {
    "userId": "U1",
    "userTenants": [{"tenantId": "acme", "roleNames": ["editor"], "notYetKnown": 1}],
    "customAttributes": {"plan": "gold", "deep": [1, 2.5, None, 2**63]},
    "createdTime": 1_700_000_000,
    "OAuth": {"google": True},
    "notYetKnown": {"a": 1},
}


class Page(BaseModel):
    """What an application shows: some models within one of its own."""

    user: User
    session: Session | None = None
    tenants: list[Tenant] = []


@pytest.fixture
def response(client: tenant_select.Client, refresh_jwt: str) -> JWTResponse:
    return client.select_tenant("acme", refresh_jwt)


@pytest.fixture
def instances(emulator: Emulator, client: tenant_select.Client, response: JWTResponse, refresh_jwt: str) -> list[Any]:
    """One of each model without tokens."""
    switches: list[SwitchEvent] = []
    retries: list[RetryEvent] = []
    emulator.fault("/v1/auth/tenant/select", "status", status=429, headers={"Retry-After": "0"})
    with emulator.client(on_switch=switches.append, on_retry=retries.append) as observed:
        observed.select_tenant("globex", response.refresh_jwt or refresh_jwt)
    user = User.from_dict(ADA)
    made = [
        user,
        *(user.user_tenants or []),
        Tenant.from_dict({"id": "acme"}),
        client.history(refresh_jwt)[0],
        response.session,
        response.session.active_tenant,
        response.http,
        switches[0],
        retries[0],
        client.diagnostics(),
    ]
    assert [type(model) for model in made] == OF_THE_SERVICE + INSTANCES_ALONE
    return made


def test_every_public_model_is_decided_about() -> None:
    decided = {*OF_THE_SERVICE, *INSTANCES_ALONE, *WITH_TOKENS}
    public = {getattr(tenant_select, name) for name in tenant_select.__all__}
    assert decided == {cls for cls in public if hasattr(cls, "__get_pydantic_core_schema__")}
    assert decided == {cls for cls in public if getattr(cls, "__match_args__", ())} - OF_REQUESTS


def test_parts_of_a_decision_are_no_fields() -> None:
    for cls in OF_REQUESTS:
        with pytest.raises(PydanticSchemaGenerationError):
            TypeAdapter(cls)


def test_an_instance_is_valid_and_is_serialised_as_to_dict_does_it(instances: list[Any]) -> None:
    for model in instances:
        adapter: TypeAdapter[Any] = TypeAdapter(type(model))
        assert adapter.validate_python(model) is model
        assert adapter.validate_python(model, strict=True) is model
        assert adapter.dump_python(model) == model.to_dict()
        assert json.loads(adapter.dump_json(model)) == model.to_dict()


def test_a_field_is_validated_dumped_and_read_back(response: JWTResponse) -> None:
    page = Page.model_validate({"user": ADA, "session": response.session, "tenants": [{"id": "acme"}]})
    assert page.user == User.from_dict(ADA)
    assert page.session == response.session
    dumped = page.model_dump()
    assert dumped == {"user": ADA, "session": response.session.to_dict(), "tenants": [{"id": "acme"}]}
    assert json.loads(page.model_dump_json()) == dumped
    again = Page.model_validate_json(Page(user=page.user).model_dump_json())
    assert again.user == page.user
    assert page.model_copy(deep=True) == page


@pytest.mark.parametrize("cls", OF_THE_SERVICE)
def test_a_model_of_the_service_is_validated_as_from_dict_does_it(cls: Any) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(cls)
    assert adapter.validate_python({}) == adapter.validate_json("{}") == cls.from_dict({})
    with pytest.raises(ValidationError, match="instance of"):
        adapter.validate_python({}, strict=True)
    assert adapter.validate_json("{}", strict=True) == cls.from_dict({})
    wrong: Any
    for wrong in ([], "x", None, 7):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)
    assert adapter.validate_python({"createdTime": "7", "loginTime": "7"}) == cls.from_dict(
        {"createdTime": "7", "loginTime": "7"}
    )


def test_a_wrong_field_is_named() -> None:
    with pytest.raises(ValidationError, match=r"at `userTenants\[0\]\.tenantId`"):
        Page.model_validate({"user": {"userTenants": [{"tenantId": []}]}})


def test_what_was_verified_or_observed_is_not_made_from_data(instances: list[Any]) -> None:
    for model in instances[len(OF_THE_SERVICE) :]:
        adapter: TypeAdapter[Any] = TypeAdapter(type(model))
        for strict in (False, True):
            with pytest.raises(ValidationError):
                adapter.validate_python(model.to_dict(), strict=strict)
            with pytest.raises(ValidationError, match=f"{type(model).__name__} is not made from data"):
                adapter.validate_json(json.dumps(model.to_dict()), strict=strict)


@pytest.mark.parametrize("cls", WITH_TOKENS)
def test_a_model_with_tokens_refuses_and_says_what_to_do(cls: Any) -> None:
    expected = (
        f"^{cls.__name__} can hold tokens, so it is neither a field .* endpoint: (return its|where a token is meant)"
    )
    with pytest.raises(TypeError, match=expected):
        TypeAdapter(cls)
    with pytest.raises(TypeError, match=expected):
        type("Model", (BaseModel,), {"__annotations__": {"field": cls}, "__module__": __name__})
    app = FastAPI()
    with pytest.raises(TypeError, match=expected):
        app.get("/", response_model=cls)(lambda: None)


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_the_json_schema_has_the_wire_names_and_is_what_to_dict_gives(mode: Any, instances: list[Any]) -> None:
    for model in instances:
        schema = TypeAdapter(type(model)).json_schema(mode=mode)
        properties = schema["properties"]
        assert schema["title"] == type(model).__name__
        assert schema["description"].split()[0] == (type(model).__doc__ or "").split()[0]
        assert all(described["title"] == name for name, described in properties.items())
        assert all(
            described["description"][0].isupper() or "`" in described["description"][0]
            for described in properties.values()
        )
        of_service = type(model) in OF_THE_SERVICE
        assert schema.get("required", []) == ([] if of_service else list(model.to_dict()))
        assert schema.get("additionalProperties", False) is of_service
        assert set(model.to_dict()) - {"notYetKnown"} <= set(properties)


def test_the_schema_of_a_time_says_what_it_is() -> None:
    assert TypeAdapter(Tenant).json_schema()["properties"]["createdTime"] == {
        "title": "createdTime",
        "description": "In seconds since 1970.",
        "type": "integer",
    }


@pytest.mark.parametrize("separate", [True, False])
def test_fastapi_responds_with_models_and_documents_them(response: JWTResponse, separate: bool) -> None:
    app = FastAPI(separate_input_output_schemas=separate)

    @app.get("/session")
    def session() -> Session:
        return response.session

    @app.get("/page")
    def page() -> Page:
        return Page(user=User.from_dict(ADA), session=response.session)

    @app.get("/tenants")
    def tenants() -> list[Tenant]:
        return [Tenant.from_dict({"id": "acme", "name": "Acme"})]

    @app.post("/user")
    def echo(user: Annotated[User, Body()]) -> User:
        assert isinstance(user, User)
        return user

    with TestClient(app) as browser:
        assert browser.get("/session").json() == response.session.to_dict()
        assert browser.get("/page").json() == {"user": ADA, "session": response.session.to_dict(), "tenants": []}
        assert browser.get("/tenants").json() == [{"id": "acme", "name": "Acme"}]
        assert browser.post("/user", json=ADA).json() == ADA
        refused = browser.post("/user", json={"name": 7})
        assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body"])
        document = browser.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert {"Session", "TenantGrant", "User", "UserTenant", "Tenant", "Page"} <= set(schemas)
    assert not [name for name in schemas if name.endswith(("-Input", "-Output"))]
    of_session = document["paths"]["/session"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert of_session["$ref"] == "#/components/schemas/Session"
    of_body = document["paths"]["/user"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert of_body == {"$ref": "#/components/schemas/User"}
    assert schemas["User"]["properties"]["userTenants"]["items"] == {"$ref": "#/components/schemas/UserTenant"}
    assert schemas["User"]["properties"]["createdTime"]["description"] == "In seconds since 1970."
    assert schemas["Session"]["properties"]["tenants"]["additionalProperties"] == {
        "$ref": "#/components/schemas/TenantGrant"
    }


def test_pydantic_is_loaded_by_pydantic_alone() -> None:
    program = (
        "import sys; sys.modules['pydantic'] = sys.modules['pydantic_core'] = None\n"
        "import tenant_select; tenant_select.User.from_dict({'userId': 'U1'})\n"
        "assert 'tenant_select._pydantic' not in sys.modules\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
