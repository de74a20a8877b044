"""Flask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, abort, g, request
from tenant_select.flask import TenantSelect, context, session_required, tenant_required

from .application import CHUNKS, CORS, PARTNER, WRITE, authenticator, has_run, is_preflight, on_refusal
from .application import run_afterwards as run_it
from .application import seen as seen_by

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

app = Flask(__name__)
TenantSelect(app, authenticator(), on_refusal=on_refusal)


def seen() -> dict[str, str | None]:
    return seen_by(context().session, request.cookies.get("DS"))


@app.before_request
def preflight() -> Response | None:
    requested = request.headers.get("Access-Control-Request-Method")
    return Response() if is_preflight(request.method, requested) else None


@app.after_request
def cors(response: Response) -> Response:
    if request.headers.get("Origin") == PARTNER:
        response.headers.update(CORS)
    return response


@app.get("/public")
def public() -> ResponseReturnValue:
    return seen()


@app.get("/session")
@session_required()
def session() -> ResponseReturnValue:
    return seen_by(g.tenant_session, request.cookies.get("DS"))


@app.get("/optional")
@session_required(required=False)
def optional() -> ResponseReturnValue:
    return seen()


@app.get("/step-up")
@session_required(step_up=True)
def step_up() -> ResponseReturnValue:
    return seen()


@app.get("/tenants/<tenant>/documents")
@tenant_required("tenant")
def read(tenant: str) -> ResponseReturnValue:
    assert g.tenant_grant.tenant_id == tenant
    return seen()


@app.post("/tenants/<tenant>/documents")
@tenant_required("tenant", permissions=WRITE)
def write(tenant: str) -> ResponseReturnValue:
    assert g.tenant_grant.tenant_id == tenant
    return seen()


@app.post("/tenants/<tenant>/switch")
def switch(tenant: str) -> ResponseReturnValue:
    context().switch(tenant)
    return seen()


@app.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    context().sign_out()
    return seen()


@app.get("/tenants/<tenant>/stream")
@tenant_required("tenant")
def stream(tenant: str) -> ResponseReturnValue:
    return Response(iter(CHUNKS))


@app.get("/tenants/<tenant>/error")
@tenant_required("tenant")
def error(tenant: str) -> ResponseReturnValue:
    raise RuntimeError(tenant)


@app.get("/tenants/<tenant>/cached")
@tenant_required("tenant")
def cached(tenant: str) -> ResponseReturnValue:
    return seen(), {"Cache-Control": "public, max-age=60", "Vary": "Accept-Encoding"}


@app.get("/tenants/<tenant>/theme")
@tenant_required("tenant")
def theme(tenant: str) -> ResponseReturnValue:
    response = app.make_response(seen())
    response.set_cookie("theme", "dark")
    return response


@app.get("/tenants/<tenant>/background")
@tenant_required("tenant")
def background(tenant: str) -> ResponseReturnValue:
    response = app.make_response(seen())
    response.call_on_close(run_it)
    return response


@app.get("/background-ran")
def background_ran() -> ResponseReturnValue:
    return seen() if has_run() else abort(404)
