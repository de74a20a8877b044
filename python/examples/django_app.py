"""Django: sign in, switch the tenant, and protect a view by tenant and permission.

$ pip install tenant-select django gunicorn
$ gunicorn django_app:application
$ INSECURE_COOKIES=1 gunicorn django_app:application  # DEVELOPMENT ONLY, over plain http
"""

import json
import os
from collections.abc import Callable

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST
from tenant_select import Client, JWTResponse, TenantSelectError

STATUS = dict(AUTHENTICATION=401, INVALID_TOKEN=401, PERMISSION_DENIED=403, INVALID_INPUT=400, RATE_LIMITED=429)
client = Client()  # DESCOPE_PROJECT_ID
SECURE = os.environ.get("INSECURE_COOKIES") != "1"  # browsers keep Secure cookies to https
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["localhost", "127.0.0.1"])


def endpoint(view: Callable[..., tuple[JWTResponse | None, HttpResponse]]) -> Callable[..., HttpResponse]:
    def respond(request: HttpRequest, **found: str) -> HttpResponse:
        try:
            exchanged, response = view(request, **found)
        except TenantSelectError as error:
            status = 401 if error.argument == "refresh_jwt" else STATUS.get(error.code, 502)
            return JsonResponse({"code": error.code, "outcome": error.outcome}, status=status)
        for cookie in exchanged.set_cookie_headers(secure=SECURE) if exchanged else []:
            response["Cache-Control"] = "no-store"
            response.cookies.load(cookie)  # with refusals too: a refresh token that was replaced is good for nothing
        return response

    return require_POST(respond)


@endpoint  # The page's sign-in flow ends here with the refresh token that it got.
def login(request: HttpRequest) -> tuple[JWTResponse | None, HttpResponse]:
    try:
        exchanged = client.refresh_session(json.loads(request.body)["refresh_jwt"])
    except (json.JSONDecodeError, UnicodeDecodeError, LookupError, TypeError):
        return None, JsonResponse({"detail": "Bad Request"}, status=400)
    return exchanged, JsonResponse({"user": exchanged.session.user_id})


@endpoint
def select(request: HttpRequest, tenant: str) -> tuple[JWTResponse | None, HttpResponse]:
    refresh_jwt = client.tokens_from_request(request.headers.get("Cookie")).refresh_jwt
    return client.select_tenant(tenant, refresh_jwt or ""), JsonResponse({"tenant": tenant})


@endpoint
def write(request: HttpRequest, tenant: str) -> tuple[JWTResponse | None, HttpResponse]:
    tokens = client.tokens_from_request(request.headers.get("Cookie"), request.headers.get("Authorization"))
    checked = client.validate_and_refresh(tokens.session_jwt, tokens.refresh_jwt or "")
    grant = checked.session.active_tenant  # who is signed in, acts in the tenant of the path and may write there
    if grant is None or grant.tenant_id != tenant or not grant.has_permissions(["documents.write"]):
        return checked.response, JsonResponse({"detail": "Forbidden"}, status=403)
    return checked.response, JsonResponse({"written_by": checked.session.user_id})


urlpatterns = [path("login", login), path("tenants/<tenant>/select", select), path("tenants/<tenant>/documents", write)]
application = get_wsgi_application()
