"""A middleware for ASGI applications, around the outermost one, so that its headers reach every response.

It puts an :class:`AsyncRequestContext` into ``scope["state"]["tenant_select"]``, which decides when the application requires
something, and turns its refusals into responses.

Example::

    from tenant_select import AsyncClient, AsyncRequestAuthenticator
    from tenant_select.asgi import TenantSelectMiddleware

    async def documents(scope, receive, send):
        tenant = scope["path"].split("/")[2]
        result = await scope["state"]["tenant_select"].authenticate(tenant, permissions=["documents.write"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": result.grant.tenant_id.encode()})

    app = TenantSelectMiddleware(documents, AsyncRequestAuthenticator(AsyncClient()))
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

from . import _types as t
from ._async_authenticator import AsyncRequestAuthenticator
from ._async_context import AsyncRequestContext
from ._context_base import RequestRefused
from ._native import IncomingRequest

__all__ = ["AsyncRequestContext", "RequestRefused", "TenantSelectMiddleware", "send_refusal"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

STARTS = ("http.response.start", "websocket.http.response.start")


class TenantSelectMiddleware:
    """Wraps an ASGI application."""

    def __init__(
        self, app: Application, authenticator: AsyncRequestAuthenticator, *, on_refusal: t.OnRefusal | None = None
    ) -> None:
        """Wrap ``app``, which should be the outermost one: what it wraps itself has the headers, what wraps it has not.

        Args:
            app: The application.
            authenticator: What decides about requests.
            on_refusal: Called with the request and the refusal; gives the location that a refused request is redirected
                to (303), such as a page to sign in for clients that accept HTML, or None for the refusal itself.
        """
        self._app = app
        self._authenticator = authenticator
        self._on_refusal = on_refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        context = AsyncRequestContext(
            self._authenticator, _request(scope), self._on_refusal, lambda cookies: _show_cookies(scope, cookies)
        )
        # A copy, because some servers share the state of the application between requests.
        scope["state"] = {**scope.get("state", {}), "tenant_select": context}
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            started = started or message["type"] in (*STARTS, "websocket.accept", "websocket.close")
            if message["type"] in STARTS and context.decided:
                headers = [(_text(name), _text(value)) for name, value in message.get("headers", ())]
                message = {**message, "headers": _encoded(context.apply_headers(headers))}
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except RequestRefused as refused:
            if started:
                raise
            await send_refusal(refused, scope, send_with_headers)
        except Exception:
            # The server's own response to an exception would lose the cookies.
            if context.decided and not started:
                await _send(scope, send_with_headers, 500, [("content-type", "text/plain")], b"Internal Server Error")
            raise


async def send_refusal(refused: RequestRefused, scope: Scope, send: Send) -> None:
    """Send the response to a refused request: for frameworks whose own handlers catch every exception.

    Args:
        refused: What was raised.
        scope: The request. A WebSocket is closed where the server cannot send a response to it.
        send: What sends to the server, through the middleware.
    """
    await _send(scope, send, refused.status, refused.headers, refused.body)


async def _send(scope: Scope, send: Send, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    kind = "http.response"
    if scope["type"] == "websocket":
        kind = "websocket.http.response"
        if kind not in (scope.get("extensions") or {}):
            await send({"type": "websocket.close", "code": 1008})
            return
    headers = [*headers, ("content-length", str(len(body)))]
    await send({"type": f"{kind}.start", "status": status, "headers": _encoded(headers)})
    await send({"type": f"{kind}.body", "body": b"" if scope.get("method") == "HEAD" else body})


def _request(scope: Scope) -> IncomingRequest:
    path = scope.get("raw_path") or quote(scope["path"]).encode()
    query = scope.get("query_string", b"")
    url = path + b"?" + query if query else path
    websocket = scope["type"] == "websocket"
    return IncomingRequest("GET" if websocket else scope["method"], url, scope["headers"], websocket=websocket)


def _show_cookies(scope: Scope, cookies: str) -> None:
    headers = [header for header in scope["headers"] if header[0] != b"cookie"]
    if cookies:
        headers.append((b"cookie", cookies.encode("latin-1")))
    if isinstance(scope["headers"], list):
        # In place, because objects of the framework hold the list too.
        scope["headers"][:] = headers
    else:
        scope["headers"] = headers


def _text(value: bytes) -> str:
    return value.decode("latin-1")


def _encoded(headers: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
