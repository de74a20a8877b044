"""Plain ASGI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.middleware.cors import CORSMiddleware
from tenant_select.asgi import AsyncRequestContext, TenantSelectMiddleware

from .application import (
    CHUNKS,
    PARTNER,
    WRITE,
    async_authenticator,
    has_run,
    on_refusal,
    run_afterwards,
    seen,
    session_cookie,
)

if TYPE_CHECKING:
    from tenant_select import Session
    from tenant_select.asgi import Receive, Scope, Send


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    context: AsyncRequestContext = scope["state"]["tenant_select"]
    if scope["type"] == "websocket":
        await context.authenticate("acme")
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})
        return
    match [scope["method"], *scope["path"].split("/")[1:]]:
        case ["GET", "public"]:
            await respond(scope, send, None)
        case ["GET", "session"]:
            await respond(scope, send, (await context.authenticate()).session)
        case ["GET", "optional"]:
            await respond(scope, send, (await context.authenticate(required=False)).session)
        case ["GET", "step-up"]:
            await respond(scope, send, (await context.authenticate(step_up=True)).session)
        case ["GET" | "HEAD" | "POST" as method, "tenants", tenant, "documents"]:
            permissions = WRITE if method == "POST" else ()
            await respond(scope, send, (await context.authenticate(tenant, permissions=permissions)).session)
        case ["POST", "tenants", tenant, "switch"]:
            await respond(scope, send, (await context.switch(tenant)).session)
        case ["POST", "sign-out"]:
            await respond(scope, send, (await context.sign_out()).session)
        case ["GET", "tenants", tenant, route]:
            await tenant_route(scope, send, (await context.authenticate(tenant)).session, route)
        case ["GET", "background-ran"] if has_run():
            await respond(scope, send, None)
        case _:
            await respond(scope, send, None, status=404)


async def tenant_route(scope: Scope, send: Send, session: Session | None, route: str) -> None:
    match route:
        case "stream":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for chunk in CHUNKS:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        case "error":
            message = "on demand"
            raise RuntimeError(message)
        case "cached":
            headers = [(b"cache-control", b"public, max-age=60"), (b"vary", b"Accept-Encoding")]
            await respond(scope, send, session, headers)
        case "theme":
            await respond(scope, send, session, [(b"set-cookie", b"theme=dark")])
        case "background":
            await respond(scope, send, session)
            run_afterwards()


async def respond(scope: Scope, send: Send, session: Session | None, headers: Any = (), status: int = 200) -> None:
    cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    body = json.dumps(seen(session, session_cookie(cookies.decode()))).encode()
    headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


app: Any = TenantSelectMiddleware(application, async_authenticator(), on_refusal=on_refusal)
app = CORSMiddleware(app, allow_origins=[PARTNER], allow_credentials=True, allow_methods=["*"])
