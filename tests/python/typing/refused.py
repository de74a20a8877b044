"""Usage that must not type-check: every line that ends in ``# refused``, and no other."""

from __future__ import annotations

from types import MappingProxyType

from tenant_select import AsyncClient, Client, JWTResponse, Session, TenantGrant
from tenant_select.testing import Emulator


def options() -> None:
    Client("P2abc", "https://example.com")  # refused
    Client(retry_unknown="sometimes")  # refused
    Client(timeout="10")  # refused
    Client(headers=["x-a"])  # refused
    Client(time_out=10)  # refused


def arguments(client: Client) -> None:
    client.select_tenant("acme")  # refused
    client.select_tenant("acme", None)  # refused
    client.select_tenant("acme", "a.b.c", 5)  # refused
    client.my_tenants("a.b.c", ids=7)  # refused
    client.validate_and_refresh("a.b.c", None)  # refused


def kit(emulator: Emulator) -> None:
    emulator.client(time_out=10)  # refused
    emulator.add_user("ada@example.com", tenants={"acme": {"role": ["editor"]}})  # refused
    emulator.fault("/v1/auth/me", "explode")  # refused
    emulator.fault("/v1/auth/me", "delay", delay_ms=10)  # refused
    emulator.token(sign="stranger")  # refused
    emulator.settings(refreshRotation="yes")  # refused
    emulator.requests()[0]["path"]  # refused


async def waits(client: AsyncClient) -> str | None:
    response = client.refresh_session("a.b.c")
    return response.session_jwt  # refused


def threads_do_not_await(client: AsyncClient) -> None:
    with client:  # refused
        pass


def models(response: JWTResponse, session: Session, grant: TenantGrant) -> None:
    response.session_jwt = "a.b.c"  # refused
    response.sessionJwt  # refused
    response.session_or_none.user_id  # refused
    session.active_tenant.roles  # refused
    grant.has_roles(7)  # refused
    response.set_cookie_headers(same_site="lax")  # refused
    response.set_cookie_headers(False)  # refused
    TenantGrant("acme")  # refused
    TenantGrant()  # refused
    Session()  # refused
    JWTResponse()  # refused
    JWTResponse.from_dict(MappingProxyType({}))  # refused
    JWTResponse.from_dict([])  # refused


class MyResponse(JWTResponse):  # refused
    pass
