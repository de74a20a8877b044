"""Usage that must type-check."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tenant_select import (
    APITimeoutError,
    AsyncClient,
    Client,
    JWTResponse,
    Outcome,
    RateLimitError,
    RequestTokens,
    ResponseMetadata,
    Session,
    Tenant,
    TenantGrant,
    TenantSelectError,
    User,
    ValidationResult,
)
from tenant_select.testing import Emulator, EmulatorSettings, RequestEntry
from typing_extensions import assert_type

if TYPE_CHECKING:
    from collections.abc import Callable


def threads(refresh_jwt: str) -> None:
    """Every operation, and what it returns."""
    with Client("P2abc", timeout=2.5, retries=0, retry_unknown=True, headers={"x-a": "b"}, environment={}) as client:
        assert_type(client, Client)
        assert_type(client.select_tenant("acme", refresh_jwt, timeout=1, retry_unknown=True), JWTResponse)
        assert_type(client.refresh_session(refresh_jwt, expect_tenant="acme"), JWTResponse)
        assert_type(client.my_tenants(refresh_jwt, ids=("acme", "globex")), list[Tenant])
        assert_type(client.me(refresh_jwt), User)
        assert_type(client.validate_session("a.b.c", "audience"), Session)
        assert_type(client.validate_and_refresh(None, refresh_jwt), ValidationResult)
        assert_type(client.tokens_from_request("DS=a.b.c", None), RequestTokens)
        assert_type(client.logout(refresh_jwt).set_cookie_headers(same_site="Lax"), list[str])


async def tasks(refresh_jwt: str) -> None:
    """The same with asyncio."""
    async with AsyncClient() as client:
        assert_type(await client.select_tenant("acme", refresh_jwt), JWTResponse)
        assert_type(await client.validate_and_refresh(None, refresh_jwt), ValidationResult)


def models(response: JWTResponse) -> str | None:
    """What attributes are, and that patterns narrow."""
    assert_type(response.http, ResponseMetadata)
    assert_type(response.extra, dict[str, Any])
    assert_type(JWTResponse.from_dict(response.to_dict()), JWTResponse)
    match response:
        case JWTResponse(session=Session(user_id, TenantGrant(tenant_id, roles))):
            assert_type(user_id, str)
            assert_type(roles, list[str])
            return tenant_id
        case _:
            assert_type(response.session, Session)
            assert_type(response.session_or_none, Session | None)
            assert_type(response.session.expires_at_datetime, datetime)
            return response.session.project_id


def errors(attempt: Callable[[], JWTResponse]) -> JWTResponse | None:
    """What exceptions carry, and their builtin bases."""
    try:
        return attempt()
    except RateLimitError as error:
        assert_type(error.retry_after, float | None)
    except APITimeoutError as error:
        builtin: TimeoutError = error
        raise builtin from None
    except TenantSelectError as error:
        outcome: Outcome = error.outcome
        return error.response if outcome == "applied" else None
    return None


def kit(retry_unknown: bool) -> None:
    """The testing kit."""
    with Emulator(tls=True) as emulator, emulator.client(retry_unknown=retry_unknown) as client:
        assert_type(emulator, Emulator)
        emulator.add_user("ada@example.com", tenants={"acme": {"roles": ["editor"]}}, given_name="Ada")
        emulator.fault("/v1/auth/me", "status", times=2, status=503, headers={"Retry-After": "1"})
        token = emulator.token(profile="refresh", claims={"dct": "acme"}, lifetimeSeconds=-1)
        assert_type(token, str)
        settings = emulator.settings(refreshRotation=True, rateLimit={"limit": 1, "windowSeconds": 60})
        assert_type(settings, EmulatorSettings)
        for entry in emulator.requests():
            if entry["event"] == "request":
                assert_type(entry, RequestEntry)
        assert_type(client, Client)
