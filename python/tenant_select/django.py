"""Django: a middleware for sync and async, and decorators that require a session or a tenant.

Example::

    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponse
    from django.urls import path
    from tenant_select.django import tenant_required

    settings.configure(ROOT_URLCONF=__name__, MIDDLEWARE=["tenant_select.django.TenantSelectMiddleware"], DEBUG=True)

    @tenant_required("tenant", permissions=["documents.write"])
    def write(request, tenant):
        return HttpResponse(request.tenant_grant.tenant_id)

    urlpatterns = [path("tenants/<tenant>/documents", write)]
    app = get_wsgi_application()

The middleware should be the first one. ``"tenant_select.django.TenantSelectConfig"`` in ``INSTALLED_APPS`` adds a system check.
The setting ``TENANT_SELECT`` has the options of the client as ``client``, those of the authenticator as ``authenticator``, and
``on_refusal``, a function or its dotted path. All are optional.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache, wraps
from http.cookies import Morsel
from typing import Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase  # noqa: TC002
from django.utils.module_loading import import_string

from . import _types as t
from ._async_authenticator import AsyncRequestAuthenticator
from ._async_client import AsyncClient
from ._authenticator import RequestAuthenticator
from ._client import Client
from ._context_base import BaseRequestContext, RequestRefused
from ._native import AuthenticationResult, IncomingRequest
from .errors import TenantSelectError

__all__ = [
    "RequestContext",
    "RequestRefused",
    "TenantSelectConfig",
    "TenantSelectMiddleware",
    "context",
    "session_required",
    "tenant_required",
]

View = TypeVar("View", bound=Callable[..., Any])
PATH = f"{__name__}.TenantSelectMiddleware"


def _setting(name: str, default: Any) -> Any:
    return getattr(settings, "TENANT_SELECT", {}).get(name, default)


@cache
def _authenticator() -> RequestAuthenticator:
    return RequestAuthenticator(Client(**_setting("client", {})), **_setting("authenticator", {}))


@cache
def _async_authenticator() -> AsyncRequestAuthenticator:
    return AsyncRequestAuthenticator(AsyncClient(**_setting("client", {})), **_setting("authenticator", {}))


def _on_refusal() -> t.OnRefusal | None:
    found = _setting("on_refusal", None)
    return cast("t.OnRefusal | None", import_string(found) if isinstance(found, str) else found)


class RequestContext(BaseRequestContext):
    """One request, in ``request.tenant_select``; methods that begin with ``a`` are for async views.

    Each raises :class:`RequestRefused` when the request is refused; the middleware turns it into the response.
    """

    __slots__ = ()

    def authenticate(self, tenant: str | None = None, **requirement: t.Unpack[t.Requirement]) -> AuthenticationResult:
        """Decide about the request; see :meth:`RequestAuthenticator.authenticate`."""
        return self._record(_authenticator().authenticate(self.request, tenant=tenant, **requirement))

    async def aauthenticate(
        self, tenant: str | None = None, **requirement: t.Unpack[t.Requirement]
    ) -> AuthenticationResult:
        """Decide about the request; see :meth:`AsyncRequestAuthenticator.authenticate`."""
        return self._record(await _async_authenticator().authenticate(self.request, tenant=tenant, **requirement))

    def switch(self, tenant: str) -> AuthenticationResult:
        """Make a tenant the user's active tenant; see :meth:`RequestAuthenticator.switch`."""
        return self._record(_authenticator().switch(self.request, tenant))

    async def aswitch(self, tenant: str) -> AuthenticationResult:
        """Make a tenant the user's active tenant; see :meth:`AsyncRequestAuthenticator.switch`."""
        return self._record(await _async_authenticator().switch(self.request, tenant))

    def sign_out(self) -> AuthenticationResult:
        """Sign the user out of this session; see :meth:`RequestAuthenticator.sign_out`."""
        return self._record(_authenticator().sign_out(self.request))

    async def asign_out(self) -> AuthenticationResult:
        """Sign the user out of this session; see :meth:`AsyncRequestAuthenticator.sign_out`."""
        return self._record(await _async_authenticator().sign_out(self.request))


class TenantSelectMiddleware:
    """Gives each request its context, and each response the headers. It should be the first of all."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        """Wrap what comes after it, which is either sync or async."""
        self.get_response = get_response
        self._async = iscoroutinefunction(get_response)
        if self._async:
            markcoroutinefunction(self)
        # Wrong settings are found here, and not with the first request.
        (_async_authenticator if self._async else _authenticator)()

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Respond to one request."""
        incoming = IncomingRequest(request.method or "", request.get_full_path(), request.headers)
        context = RequestContext(incoming, _on_refusal(), lambda cookies: _show_cookies(request, cookies))
        request.__dict__["tenant_select"] = context
        if self._async:
            return self._respond_later(request, context)
        return _with_headers(self.get_response(request), context)

    async def _respond_later(self, request: HttpRequest, context: RequestContext) -> HttpResponseBase:
        return _with_headers(await self.get_response(request), context)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn a refusal that a view has raised into the response."""
        del request
        if not isinstance(exception, RequestRefused):
            return None
        return HttpResponse(exception.body, status=exception.status, headers=dict(exception.headers))


def context(request: HttpRequest) -> RequestContext:
    """Give the context of a request, for views that switch the tenant or sign out.

    Raises:
        RuntimeError: The middleware is missing.
    """
    found = getattr(request, "tenant_select", None)
    if not isinstance(found, RequestContext):
        message = f"{PATH} is missing in MIDDLEWARE: without it, cookies do not reach every response"
        raise RuntimeError(message)  # noqa: TRY004 - it is how the application is put together
    return found


def session_required(**requirement: t.Unpack[t.Requirement]) -> Callable[[View], View]:
    """Decorate a view that needs a session, which is then ``request.tenant_session``.

    Args:
        **requirement: What else the request needs, as for :meth:`RequestAuthenticator.authenticate`.
    """
    return _decorator(None, requirement)


def tenant_required(parameter: str, **requirement: t.Unpack[t.Requirement]) -> Callable[[View], View]:
    """Decorate a view of a tenant, whose grant is then ``request.tenant_grant``, and the session ``request.tenant_session``.

    Args:
        parameter: The variable of the URL that holds the id of the tenant.
        **requirement: What else the request needs, as for :meth:`RequestAuthenticator.authenticate`.
    """
    return _decorator(parameter, requirement)


def _decorator(parameter: str | None, requirement: t.Requirement) -> Callable[[View], View]:
    def found(request: HttpRequest, result: AuthenticationResult) -> None:
        request.__dict__.update(tenant_session=result.session, tenant_grant=result.grant)

    def decorate(view: View) -> View:
        if iscoroutinefunction(view):

            @wraps(view)
            async def checked_later(request: HttpRequest, *args: Any, **variables: Any) -> Any:
                tenant = None if parameter is None else variables[parameter]
                found(request, await context(request).aauthenticate(tenant, **requirement))
                return await view(request, *args, **variables)

            return cast("View", checked_later)

        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **variables: Any) -> Any:
            tenant = None if parameter is None else variables[parameter]
            found(request, context(request).authenticate(tenant, **requirement))
            return view(request, *args, **variables)

        return cast("View", checked)

    return decorate


class _Verbatim(Morsel[str]):
    """A cookie as the core has written it: Django's own knows fewer attributes, and one cookie of each name."""

    text = ""

    def OutputString(self, attrs: Any = None) -> str:  # noqa: N802 - its name in the standard library
        del attrs
        return self.text


def _with_headers(response: HttpResponseBase, context: RequestContext) -> HttpResponseBase:
    if not context.decided:
        return response
    composed: dict[str, str] = {}
    for name, value in context.apply_headers(response.items()):
        lower = name.lower()
        if lower == "set-cookie":
            cookie = _Verbatim()
            cookie.text = value
            key, _, content = value.partition(";")[0].partition("=")
            cookie.set(key, content, content)
            cookies: dict[str, Morsel[str]] = response.cookies
            dict[str, "Morsel[str]"].__setitem__(cookies, f"{key}#{len(cookies)}", cookie)
        else:
            composed[lower] = f"{composed[lower]}, {value}" if lower in composed else value
    for lower, value in composed.items():
        response.headers[lower] = value
    return response


def _show_cookies(request: HttpRequest, cookies: str) -> None:
    request.META["HTTP_COOKIE"] = cookies
    for read in ("COOKIES", "headers"):
        request.__dict__.pop(read, None)


class TenantSelectConfig(AppConfig):
    """Registers the system check."""

    name = "tenant_select.django"
    label = "tenant_select"


@checks.register
def check(app_configs: Any, **_: Any) -> list[checks.CheckMessage]:
    """Check the settings: the middleware, the options, and names of cookies that Django has too."""
    del app_configs
    found: list[checks.CheckMessage] = []
    if PATH not in settings.MIDDLEWARE:
        found.append(checks.Error(f"{PATH} is missing in MIDDLEWARE", id="tenant_select.E001"))
    elif settings.MIDDLEWARE[0] != PATH:
        hint = "Responses of the middlewares before it do not get its cookies."
        found.append(checks.Warning(f"{PATH} is not the first one in MIDDLEWARE", hint=hint, id="tenant_select.W001"))
    try:
        _authenticator()
    except (TenantSelectError, TypeError) as error:
        found.append(checks.Error(f"TENANT_SELECT is refused: {error}", id="tenant_select.E002"))
    client = _setting("client", {})
    names = {client.get("session_cookie_name") or "DS", client.get("refresh_cookie_name") or "DSR"}
    clashes = [
        setting
        for setting in ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME")
        if getattr(settings, setting) in names
    ]
    message = "{} is the name of a cookie of TENANT_SELECT"
    return [*found, *(checks.Error(message.format(setting), id="tenant_select.E003") for setting in clashes)]
