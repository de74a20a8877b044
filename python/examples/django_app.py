"""Django: sign in, switch the tenant, and protect a view by tenant and permission.

$ pip install tenant-select django gunicorn
$ gunicorn django_app:application
$ INSECURE_COOKIES=1 gunicorn django_app:application  # DEVELOPMENT ONLY, over plain http
"""

import json
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST
from tenant_select import AuthenticationError, Client, InvalidInputError
from tenant_select.django import context, tenant_required

SECURE = os.environ.get("INSECURE_COOKIES") != "1"  # browsers keep Secure cookies to https
settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["localhost", "127.0.0.1"],
    MIDDLEWARE=["tenant_select.django.TenantSelectMiddleware"],
    TENANT_SELECT={"authenticator": {"cookies": {"secure": SECURE}}},
)
client = Client()  # DESCOPE_PROJECT_ID


@require_POST  # The page's sign-in flow ends here with the refresh token that it got.
def login(request: HttpRequest) -> HttpResponse:
    try:
        signed_in = client.refresh_session(json.loads(request.body)["refresh_jwt"])
    except (AuthenticationError, InvalidInputError):
        return HttpResponse(status=401)
    except (json.JSONDecodeError, UnicodeDecodeError, LookupError, TypeError):
        return HttpResponse(status=400)
    response = JsonResponse({"user": signed_in.session.user_id})
    for cookie in signed_in.set_cookie_headers(secure=SECURE):
        response.cookies.load(cookie)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def select(request: HttpRequest, tenant: str) -> HttpResponse:
    context(request).switch(tenant)
    return JsonResponse({"tenant": tenant})


@require_POST
@tenant_required("tenant", permissions=["documents.write"])
def write(request: HttpRequest, tenant: str) -> HttpResponse:
    return JsonResponse({"written_in": tenant})


urlpatterns = [path("login", login), path("tenants/<tenant>/select", select), path("tenants/<tenant>/documents", write)]
application = get_wsgi_application()
