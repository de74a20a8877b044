"""What the application is on every adapter: its authenticator, its redirect, and what it responds."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any

from tenant_select import AsyncClient, AsyncRequestAuthenticator, Client, RequestAuthenticator

if TYPE_CHECKING:
    from tenant_select import IncomingRequest, Refusal, Session

PARTNER = "https://partner.example"
CORS = {"access-control-allow-origin": PARTNER, "access-control-allow-credentials": "true"}
CLIENT: dict[str, Any] = {"retries": 0}
AUTHENTICATOR: dict[str, Any] = {"on_mismatch": "switch", "trusted_origins": [PARTNER]}
WRITE = ["documents.write"]
CHUNKS = [b"one ", b"two ", b"three "]
ran = [False]
"""Whether the task after a response has run."""


def authenticator() -> RequestAuthenticator:
    return RequestAuthenticator(Client(**CLIENT), **AUTHENTICATOR)


def async_authenticator() -> AsyncRequestAuthenticator:
    return AsyncRequestAuthenticator(AsyncClient(**CLIENT), **AUTHENTICATOR)


def on_refusal(request: IncomingRequest, refusal: Refusal) -> str | None:
    """Send a person to the page to sign in."""
    to_page = request.method == "GET" and "text/html" in (request.header("accept") or "")
    return "/sign-in" if to_page and refusal.code == "SIGNED_OUT" else None


def seen(session: Session | None, cookie: str | None) -> dict[str, str | None]:
    """Give what a handler saw: the active tenant, and the session cookie."""
    tenant = session.active_tenant if session is not None else None
    return {"tenant": None if tenant is None else tenant.tenant_id, "cookie": cookie}


def session_cookie(header: str) -> str | None:
    """Read the session cookie out of a header as Python does."""
    morsel = SimpleCookie(header).get("DS")
    return None if morsel is None else morsel.value


def is_preflight(method: str, requested: str | None) -> bool:
    return method == "OPTIONS" and requested is not None


def run_afterwards() -> None:
    ran[0] = True


def has_run() -> bool:
    has, ran[0] = ran[0], False
    return has
