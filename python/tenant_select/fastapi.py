"""FastAPI: dependencies that give the session and the grant of a tenant, and a middleware around the whole application.

Example::

    from typing import Annotated
    from fastapi import Depends, FastAPI
    from tenant_select import AsyncClient, AsyncRequestAuthenticator, TenantGrant
    from tenant_select.fastapi import TenantSelect, grant

    app = FastAPI()
    TenantSelect(app, AsyncRequestAuthenticator(AsyncClient()))
    Writer = Annotated[TenantGrant, Depends(grant("tenant", permissions=["documents.write"]))]

    @app.post("/tenants/{tenant}/documents")
    async def write(grant: Writer) -> str:
        return grant.tenant_id
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import Parameter, Signature
from typing import Annotated

from fastapi import Depends, FastAPI, Path, Request, Response, Security
from fastapi.openapi.models import APIKey, APIKeyIn, HTTPBearer, SecurityBase
from fastapi.security.base import SecurityBase as Scheme
from starlette.requests import HTTPConnection  # noqa: TC002 - FastAPI reads the annotations

from . import _types as t
from ._async_authenticator import AsyncRequestAuthenticator
from ._async_context import AsyncRequestContext
from ._context_base import RequestRefused
from ._native import Session, TenantGrant
from .asgi import TenantSelectMiddleware

__all__ = ["RequestRefused", "TenantSelect", "context", "grant", "optional_session", "requires", "session"]


class TenantSelect:
    """Connects a FastAPI application with an authenticator."""

    def __init__(
        self, app: FastAPI, authenticator: AsyncRequestAuthenticator, *, on_refusal: t.OnRefusal | None = None
    ) -> None:
        """Wrap the whole application, its responses to unexpected exceptions included, and handle refusals.

        Args:
            app: The application, before its first request.
            authenticator: What decides about requests.
            on_refusal: Called with the request and the refusal; gives the location that a refused request is redirected
                to (303), or None for the refusal itself.

        Raises:
            RuntimeError: The application has started.
        """
        if app.middleware_stack is not None:
            message = "TenantSelect must wrap the application before its first request"
            raise RuntimeError(message)
        build = app.build_middleware_stack
        # `add_middleware` would put it within the part that responds to unexpected exceptions.
        wrapped = {
            "build_middleware_stack": lambda: TenantSelectMiddleware(build(), authenticator, on_refusal=on_refusal)
        }
        app.__dict__.update(wrapped)
        app.add_exception_handler(RequestRefused, _respond)


class _Scheme(Scheme):
    """A security scheme of the OpenAPI document. It decides nothing, and serves WebSockets too."""

    def __init__(self, name: str, model: SecurityBase) -> None:
        self.scheme_name = name
        self.model = model

    async def __call__(self, connection: HTTPConnection) -> None:
        """Give nothing: the authenticator reads the credentials."""


_cookie = _Scheme("SessionCookie", APIKey.model_validate({"in": APIKeyIn.cookie, "name": "DS"}))
_bearer = _Scheme("SessionBearer", HTTPBearer(bearerFormat="JWT"))


async def context(
    connection: HTTPConnection, _cookie: Annotated[None, Security(_cookie)], _bearer: Annotated[None, Security(_bearer)]
) -> AsyncRequestContext:
    """Give the context of the request, for routes that switch the tenant or sign out.

    Raises:
        RuntimeError: The application is not wrapped.
    """
    found = getattr(connection.state, "tenant_select", None)
    if not isinstance(found, AsyncRequestContext):
        message = "TenantSelect(app, authenticator) is missing: without it, cookies do not reach every response"
        raise RuntimeError(message)  # noqa: TRY004 - it is how the application is put together
    # Starlette keeps the cookies that FastAPI has read before any dependency runs.
    found.forget_cookies = lambda: connection.__dict__.pop("_cookies", None)
    return found


async def session(context: Annotated[AsyncRequestContext, Depends(context)]) -> Session:
    """Give the session of the request; a request without a valid one is refused."""
    return _present((await context.authenticate()).session)


async def optional_session(context: Annotated[AsyncRequestContext, Depends(context)]) -> Session | None:
    """Give the session of the request, or None when it has no valid one."""
    return (await context.authenticate(required=False)).session


def requires(**requirement: t.Unpack[t.Requirement]) -> Callable[..., Awaitable[Session]]:
    """Make a dependency that gives the session, for roles and permissions at project level, or a step-up.

    Args:
        **requirement: What the request needs, as for :meth:`AsyncRequestAuthenticator.authenticate`.
    """

    async def session(context: Annotated[AsyncRequestContext, Depends(context)]) -> Session:
        return _present((await context.authenticate(**requirement)).session)

    return session


def grant(parameter: str, **requirement: t.Unpack[t.Requirement]) -> Callable[..., Awaitable[TenantGrant]]:
    """Make a dependency that gives the grant of the tenant in the path.

    Args:
        parameter: The parameter of the path that holds the id of the tenant.
        **requirement: What else the request needs, as for :meth:`AsyncRequestAuthenticator.authenticate`.
    """

    async def grant(context: AsyncRequestContext, **tenant: str) -> TenantGrant:
        return _present((await context.authenticate(tenant[parameter], **requirement)).grant)

    # FastAPI reads the parameter of the path from the signature.
    keyword = Parameter.KEYWORD_ONLY
    parameters = [
        Parameter("context", keyword, annotation=Annotated[AsyncRequestContext, Depends(context)]),
        Parameter(parameter, keyword, annotation=Annotated[str, Path()]),
    ]
    grant.__dict__["__signature__"] = Signature(parameters)
    return grant


def _present(value: t.Present | None) -> t.Present:
    if value is None:
        message = "required=False gives no session: use optional_session"
        raise RuntimeError(message)
    return value


async def _respond(_: Request, refused: Exception) -> Response:
    assert isinstance(refused, RequestRefused)  # noqa: S101 - it is registered for these alone
    return Response(refused.body, refused.status, dict(refused.headers))
