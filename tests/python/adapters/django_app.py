"""Django, with sync views under WSGI and the same as async views under ASGI."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import django
from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.utils.decorators import sync_and_async_middleware
from tenant_select.django import context, session_required, tenant_required

from .application import (
    AUTHENTICATOR,
    CHUNKS,
    CLIENT,
    CORS,
    PARTNER,
    WRITE,
    has_run,
    is_preflight,
    run_afterwards,
    seen,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

ASYNC = os.environ.get("DJANGO_ASYNC") == "1"

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="for tests",
    MIDDLEWARE=["tenant_select.django.TenantSelectMiddleware", f"{__name__}.cors"],
    INSTALLED_APPS=["tenant_select.django.TenantSelectConfig"],
    TENANT_SELECT={
        "client": CLIENT,
        "authenticator": AUTHENTICATOR,
        "on_refusal": "adapters.application.on_refusal",
    },
)
django.setup()


@sync_and_async_middleware
def cors(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    def preflight(request: HttpRequest) -> HttpResponse | None:
        requested = request.headers.get("Access-Control-Request-Method")
        return HttpResponse() if is_preflight(request.method or "", requested) else None

    def with_headers(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.headers.get("Origin") == PARTNER:
            for name, value in CORS.items():
                response[name] = value
        return response

    if iscoroutinefunction(get_response):

        async def respond_later(request: HttpRequest) -> HttpResponse:
            return with_headers(request, preflight(request) or await get_response(request))

        return respond_later

    def respond(request: HttpRequest) -> HttpResponse:
        return with_headers(request, preflight(request) or get_response(request))

    return respond


def seen_in(request: HttpRequest) -> HttpResponse:
    return JsonResponse(seen(context(request).session, request.COOKIES.get("DS")))


def route(view: Callable[..., HttpResponse]) -> Callable[..., Any]:
    """Make the view async where the server is."""
    if not ASYNC:
        return view

    async def later(request: HttpRequest, **variables: str) -> HttpResponse:
        return view(request, **variables)

    return later


@session_required()
@route
def session(request: HttpRequest) -> HttpResponse:
    assert request.tenant_session  # type: ignore[attr-defined]
    return seen_in(request)


@session_required(required=False)
@route
def optional(request: HttpRequest) -> HttpResponse:
    return seen_in(request)


@session_required(step_up=True)
@route
def step_up(request: HttpRequest) -> HttpResponse:
    return seen_in(request)


@tenant_required("tenant")
@route
def read(request: HttpRequest, tenant: str) -> HttpResponse:
    assert request.tenant_grant.tenant_id == tenant  # type: ignore[attr-defined]
    return seen_in(request)


@tenant_required("tenant", permissions=WRITE)
@route
def write(request: HttpRequest, tenant: str) -> HttpResponse:
    assert tenant
    return seen_in(request)


def documents(request: HttpRequest, tenant: str) -> Any:
    return (write if request.method == "POST" else read)(request, tenant=tenant)


async def documents_later(request: HttpRequest, tenant: str) -> Any:
    return await documents(request, tenant)


def switch(request: HttpRequest, tenant: str) -> HttpResponse:
    context(request).switch(tenant)
    return seen_in(request)


async def switch_later(request: HttpRequest, tenant: str) -> HttpResponse:
    await context(request).aswitch(tenant)
    return seen_in(request)


def sign_out(request: HttpRequest) -> HttpResponse:
    context(request).sign_out()
    return seen_in(request)


async def sign_out_later(request: HttpRequest) -> HttpResponse:
    await context(request).asign_out()
    return seen_in(request)


async def chunks() -> AsyncIterator[bytes]:
    for chunk in CHUNKS:
        yield chunk


@tenant_required("tenant")
@route
def tenant_route(request: HttpRequest, tenant: str, name: str) -> HttpResponse:
    response = seen_in(request)
    match name:
        case "stream":
            return StreamingHttpResponse(chunks() if ASYNC else iter(CHUNKS))  # type: ignore[return-value]
        case "error":
            raise RuntimeError(tenant)
        case "cached":
            response["Cache-Control"], response["Vary"] = "public, max-age=60", "Accept-Encoding"
        case "theme":
            response.set_cookie("theme", "dark")
        case "background":
            response._resource_closers.append(run_afterwards)  # type: ignore[attr-defined]
    return response


def public(request: HttpRequest) -> HttpResponse:
    return seen_in(request)


def background_ran(request: HttpRequest) -> HttpResponse:
    if not has_run():
        raise Http404
    return seen_in(request)


urlpatterns = [
    path("public", public),
    path("session", session),
    path("optional", optional),
    path("step-up", step_up),
    path("tenants/<tenant>/documents", documents_later if ASYNC else documents),
    path("tenants/<tenant>/switch", switch_later if ASYNC else switch),
    path("sign-out", sign_out_later if ASYNC else sign_out),
    path("tenants/<tenant>/<name>", tenant_route),
    path("background-ran", background_ran),
]
app = get_asgi_application() if ASYNC else get_wsgi_application()
