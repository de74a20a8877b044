"""FastAPI."""

from __future__ import annotations

from typing import Annotated

from fastapi import BackgroundTasks, Cookie, Depends, FastAPI, HTTPException, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import StreamingResponse
from tenant_select import Session, TenantGrant
from tenant_select.asgi import AsyncRequestContext
from tenant_select.fastapi import TenantSelect, context, grant, optional_session, requires, session

from .application import CHUNKS, PARTNER, WRITE, async_authenticator, has_run, on_refusal, run_afterwards, seen

Seen = dict[str, str | None]
SessionOf = Annotated[Session, Depends(session)]
InTenant = Annotated[TenantGrant, Depends(grant("tenant"))]
Context = Annotated[AsyncRequestContext, Depends(context)]

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=[PARTNER], allow_credentials=True, allow_methods=["*"])
TenantSelect(app, async_authenticator(), on_refusal=on_refusal)


@app.get("/public")
async def public() -> Seen:
    return seen(None, None)


@app.get("/session")
async def signed_in(session: SessionOf, request: Request) -> Seen:
    return seen(session, request.cookies.get("DS"))


@app.get("/optional")
async def optional(
    session: Annotated[Session | None, Depends(optional_session)],
    cookie: Annotated[str | None, Cookie(alias="DS")] = None,
) -> Seen:
    return seen(session, cookie)


@app.get("/step-up")
async def step_up(session: Annotated[Session, Depends(requires(step_up=True))]) -> Seen:
    return seen(session, None)


@app.api_route("/tenants/{tenant}/documents", methods=["GET", "HEAD"])
async def read(grant: InTenant, context: Context, request: Request) -> Seen:
    return seen(context.session, request.cookies.get("DS"))


@app.post("/tenants/{tenant}/documents")
async def write(
    grant: Annotated[TenantGrant, Depends(grant("tenant", permissions=WRITE))], context: Context, request: Request
) -> Seen:
    return seen(context.session, request.cookies.get("DS"))


@app.post("/tenants/{tenant}/switch")
async def switch(tenant: str, context: Context, request: Request) -> Seen:
    return seen((await context.switch(tenant)).session, request.cookies.get("DS"))


@app.post("/sign-out")
async def sign_out(context: Context, request: Request) -> Seen:
    return seen((await context.sign_out()).session, request.cookies.get("DS"))


@app.get("/tenants/{tenant}/stream")
async def stream(grant: InTenant) -> StreamingResponse:
    return StreamingResponse(iter(CHUNKS))


@app.get("/tenants/{tenant}/error")
async def error(grant: InTenant) -> Seen:
    message = "on demand"
    raise RuntimeError(message)


@app.get("/tenants/{tenant}/cached")
async def cached(grant: InTenant, response: Response) -> Seen:
    response.headers.update({"Cache-Control": "public, max-age=60", "Vary": "Accept-Encoding"})
    return seen(None, None)


@app.get("/tenants/{tenant}/theme")
async def theme(grant: InTenant, response: Response) -> Seen:
    response.set_cookie("theme", "dark")
    return seen(None, None)


@app.get("/tenants/{tenant}/background")
async def background(grant: InTenant, context: Context, request: Request, tasks: BackgroundTasks) -> Seen:
    tasks.add_task(run_afterwards)
    return seen(context.session, request.cookies.get("DS"))


@app.get("/background-ran")
async def background_ran() -> Seen:
    if not has_run():
        raise HTTPException(404)
    return seen(None, None)
