"""Flask: an extension with decorators that require a session or a tenant.

Example::

    from flask import Flask, g
    from tenant_select import Client, RequestAuthenticator
    from tenant_select.flask import TenantSelect, tenant_required

    app = Flask(__name__)
    TenantSelect(app, RequestAuthenticator(Client()))

    @app.post("/tenants/<tenant>/documents")
    @tenant_required("tenant", permissions=["documents.write"])
    def write(tenant):
        return g.tenant_grant.tenant_id
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, g, request

from . import _types as t
from ._authenticator import RequestAuthenticator
from ._context import RequestContext
from ._context_base import RequestRefused
from .wsgi import TenantSelectMiddleware

__all__ = ["RequestContext", "RequestRefused", "TenantSelect", "context", "session_required", "tenant_required"]

View = TypeVar("View", bound=Callable[..., Any])


class TenantSelect:
    """The extension."""

    def __init__(
        self,
        app: Flask | None = None,
        authenticator: RequestAuthenticator | None = None,
        *,
        on_refusal: t.OnRefusal | None = None,
    ) -> None:
        """Connect an application with an authenticator; without ``app``, :meth:`init_app` does so later.

        Args:
            app: The application.
            authenticator: What decides about requests.
            on_refusal: Called with the request and the refusal; gives the location that a refused request is redirected
                to (303), or None for the refusal itself.
        """
        self._on_refusal = on_refusal
        if app is not None:
            self.init_app(app, authenticator)

    def init_app(self, app: Flask, authenticator: RequestAuthenticator | None) -> None:
        """Wrap the application, its responses to unexpected exceptions included, and handle refusals.

        Args:
            app: The application.
            authenticator: What decides about requests.

        Raises:
            TypeError: There is no authenticator.
        """
        if authenticator is None:
            message = "TenantSelect needs an authenticator"
            raise TypeError(message)
        wrapped = TenantSelectMiddleware(app.wsgi_app, authenticator, on_refusal=self._on_refusal)
        app.__dict__["wsgi_app"] = wrapped
        app.register_error_handler(RequestRefused, _respond)


def context() -> RequestContext:
    """Give the context of the current request, for views that switch the tenant or sign out.

    Raises:
        RuntimeError: The application is not wrapped.
    """
    found = request.environ.get("tenant_select")
    if not isinstance(found, RequestContext):
        message = "TenantSelect(app, authenticator) is missing: without it, cookies do not reach every response"
        raise RuntimeError(message)  # noqa: TRY004 - it is how the application is put together
    # Werkzeug keeps the cookies that it has read.
    kept = request.__dict__
    found.forget_cookies = lambda: kept.pop("cookies", None)
    return found


def session_required(**requirement: t.Unpack[t.Requirement]) -> Callable[[View], View]:
    """Decorate a view that needs a session, which is then ``g.tenant_session``.

    Args:
        **requirement: What else the request needs, as for :meth:`RequestAuthenticator.authenticate`.
    """
    return _decorator(None, requirement)


def tenant_required(parameter: str, **requirement: t.Unpack[t.Requirement]) -> Callable[[View], View]:
    """Decorate a view of a tenant, whose grant is then ``g.tenant_grant``, and the session ``g.tenant_session``.

    Args:
        parameter: The variable of the URL that holds the id of the tenant.
        **requirement: What else the request needs, as for :meth:`RequestAuthenticator.authenticate`.
    """
    return _decorator(parameter, requirement)


def _decorator(parameter: str | None, requirement: t.Requirement) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **variables: Any) -> Any:
            tenant = None if parameter is None else variables[parameter]
            result = context().authenticate(tenant, **requirement)
            g.tenant_session, g.tenant_grant = result.session, result.grant
            return current_app.ensure_sync(view)(*args, **variables)

        return cast("View", checked)

    return decorate


def _respond(refused: RequestRefused) -> Response:
    return Response(refused.body, refused.status, refused.headers)
