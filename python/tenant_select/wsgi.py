"""A middleware for WSGI applications, around the outermost one, so that its headers reach every response.

It puts a :class:`RequestContext` into ``environ["tenant_select"]``, which decides when the application requires something,
and turns its refusals into responses.

Example::

    from tenant_select import Client, RequestAuthenticator
    from tenant_select.wsgi import TenantSelectMiddleware

    def documents(environ, start_response):
        tenant = environ["PATH_INFO"].split("/")[2]
        result = environ["tenant_select"].authenticate(tenant, permissions=["documents.write"])
        start_response("200 OK", [])
        return [result.grant.tenant_id.encode()]

    app = TenantSelectMiddleware(documents, RequestAuthenticator(Client()))
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from . import _types as t
from ._authenticator import RequestAuthenticator
from ._context import RequestContext
from ._context_base import RequestRefused
from ._native import IncomingRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["RequestContext", "RequestRefused", "TenantSelectMiddleware"]


class TenantSelectMiddleware:
    """Wraps a WSGI application."""

    def __init__(
        self, app: WSGIApplication, authenticator: RequestAuthenticator, *, on_refusal: t.OnRefusal | None = None
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

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Respond to one request."""
        context = RequestContext(
            self._authenticator, _request(environ), self._on_refusal, lambda cookies: _show_cookies(environ, cookies)
        )
        environ["tenant_select"] = context
        started = False

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
            nonlocal started
            started = True
            return start_response(status, context.apply_headers(headers), exc_info)

        def respond(status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            start(f"{status} {HTTPStatus(status).phrase}", [*headers, ("content-length", str(len(body)))])

        try:
            return self._app(environ, start)
        except RequestRefused as refused:
            if started:
                raise
            respond(refused.status, refused.headers, refused.body)
            return [b"" if environ["REQUEST_METHOD"] == "HEAD" else refused.body]
        except Exception as error:
            # The server's own response to an exception would lose the cookies.
            if started or not context.decided:
                raise
            body = b"Internal Server Error"
            respond(500, [("content-type", "text/plain")], body)
            return _then_raise(b"" if environ["REQUEST_METHOD"] == "HEAD" else body, error)


def _then_raise(body: bytes, error: Exception) -> Iterable[bytes]:
    """Give the body, and then the error to the server, which logs it."""
    yield body
    raise error


def _request(environ: WSGIEnvironment) -> IncomingRequest:
    url = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if not url:
        url = quote(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), encoding="latin-1")
        if environ.get("QUERY_STRING"):
            url = f"{url}?{environ['QUERY_STRING']}"
    headers = [(name[5:].replace("_", "-"), value) for name, value in environ.items() if name.startswith("HTTP_")]
    return IncomingRequest(environ["REQUEST_METHOD"], url, headers)


def _show_cookies(environ: WSGIEnvironment, cookies: str) -> None:
    if cookies:
        environ["HTTP_COOKIE"] = cookies
    else:
        environ.pop("HTTP_COOKIE", None)
