"""Plain WSGI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tenant_select.wsgi import RequestContext, TenantSelectMiddleware

from .application import (
    CHUNKS,
    CORS,
    PARTNER,
    WRITE,
    authenticator,
    has_run,
    is_preflight,
    on_refusal,
    run_afterwards,
    seen,
    session_cookie,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tenant_select import Session


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    context: RequestContext = environ["tenant_select"]
    match [environ["REQUEST_METHOD"], *environ["PATH_INFO"].split("/")[1:]]:
        case ["GET", "public"]:
            return respond(environ, start_response, None)
        case ["GET", "session"]:
            return respond(environ, start_response, context.authenticate().session)
        case ["GET", "optional"]:
            return respond(environ, start_response, context.authenticate(required=False).session)
        case ["GET", "step-up"]:
            return respond(environ, start_response, context.authenticate(step_up=True).session)
        case ["GET" | "HEAD" | "POST" as method, "tenants", tenant, "documents"]:
            permissions = WRITE if method == "POST" else ()
            return respond(environ, start_response, context.authenticate(tenant, permissions=permissions).session)
        case ["POST", "tenants", tenant, "switch"]:
            return respond(environ, start_response, context.switch(tenant).session)
        case ["POST", "sign-out"]:
            return respond(environ, start_response, context.sign_out().session)
        case ["GET", "tenants", tenant, route]:
            return tenant_route(environ, start_response, context.authenticate(tenant).session, route)
        case ["GET", "background-ran"] if has_run():
            return respond(environ, start_response, None)
    return respond(environ, start_response, None, status="404 Not Found")


def tenant_route(environ: dict[str, Any], start_response: Any, session: Session | None, route: str) -> Iterable[bytes]:
    match route:
        case "stream":
            start_response("200 OK", [])
            return iter(CHUNKS)
        case "cached":
            headers = [("Cache-Control", "public, max-age=60"), ("Vary", "Accept-Encoding")]
            return respond(environ, start_response, session, headers)
        case "theme":
            return respond(environ, start_response, session, [("Set-Cookie", "theme=dark")])
        case "background":
            return Background(respond(environ, start_response, session))
    message = "on demand"
    raise RuntimeError(message)


class Background:
    """A body with something to do once it is sent."""

    def __init__(self, body: list[bytes]) -> None:
        self.body = body

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.body)

    def close(self) -> None:
        run_afterwards()


def respond(
    environ: dict[str, Any], start_response: Any, session: Session | None, headers: Any = (), status: str = "200 OK"
) -> list[bytes]:
    body = json.dumps(seen(session, session_cookie(environ.get("HTTP_COOKIE", "")))).encode()
    start_response(status, [*headers, ("Content-Length", str(len(body)))])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]


tenant_application = TenantSelectMiddleware(application, authenticator(), on_refusal=on_refusal)


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Add CORS."""
    if environ.get("HTTP_ORIGIN") != PARTNER:
        return tenant_application(environ, start_response)
    if is_preflight(environ["REQUEST_METHOD"], environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD")):
        start_response("200 OK", [*CORS.items()])
        return []

    def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
        return start_response(status, [*headers, *CORS.items()], *exc_info)

    return tenant_application(environ, start)
