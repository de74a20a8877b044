"""What single adapters have besides the situations that all of them have: WebSockets, OpenAPI, checks, and clear errors."""

from __future__ import annotations

import asyncio
import importlib
import io
import re
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from fastapi import Depends, FastAPI, WebSocket
from fastapi.testclient import TestClient
from flask import Flask
from starlette.testclient import WebSocketDenialResponse
from tenant_select import AsyncClient, AsyncRequestAuthenticator, Client, RequestAuthenticator, Session, TenantGrant
from tenant_select.asgi import TenantSelectMiddleware
from tenant_select.fastapi import TenantSelect, grant, optional_session, session
from tenant_select.flask import TenantSelect as FlaskTenantSelect
from tenant_select.flask import session_required
from tenant_select.wsgi import TenantSelectMiddleware as WSGIMiddleware

from connections import received

if TYPE_CHECKING:
    from tenant_select import IncomingRequest, JWTResponse, Refusal
    from tenant_select.testing import Emulator

ADAPTERS = {"asgi": (), "wsgi": (), "fastapi": ("fastapi",), "flask": ("flask",), "django": ("django",)}


@pytest.fixture
def app(emulator: Emulator) -> FastAPI:
    app = FastAPI()

    @app.get("/tenants/{tenant}")
    async def of_tenant(grant: Annotated[TenantGrant, Depends(grant("tenant", roles=["editor"]))]) -> str:
        return grant.tenant_id

    @app.get("/optional")
    async def optional(session: Annotated[Session | None, Depends(optional_session)]) -> bool:
        return session is not None

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, session: Annotated[Session, Depends(session)]) -> None:
        await websocket.accept()
        await websocket.send_text(session.user_id)
        await websocket.close()

    TenantSelect(app, AsyncRequestAuthenticator(emulator.async_client()))
    return app


def test_the_openapi_document_has_the_credentials_and_the_tenant(app: FastAPI) -> None:
    document = app.openapi()
    assert document["components"]["securitySchemes"] == {
        "SessionCookie": {"type": "apiKey", "in": "cookie", "name": "DS"},
        "SessionBearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    }
    operation = document["paths"]["/tenants/{tenant}"]["get"]
    assert operation["security"] == [{"SessionCookie": []}, {"SessionBearer": []}]
    assert [(parameter["name"], parameter["in"]) for parameter in operation["parameters"]] == [("tenant", "path")]


def test_a_websocket_is_validated_and_never_refreshed(app: FastAPI, signed_in: JWTResponse, emulator: Emulator) -> None:
    browser = TestClient(app)
    own = {"origin": "http://testserver"}
    valid = {"cookie": f"DS={signed_in.session_jwt}; DSR={signed_in.refresh_jwt}"}
    with browser.websocket_connect("/socket", headers={**own, **valid}) as socket:
        assert signed_in.user is not None
        assert socket.receive_text() == signed_in.user.user_id
    refresh_only = {"cookie": f"DSR={signed_in.refresh_jwt}"}
    emulator.clear_requests()
    for headers, code in (
        ({**own, **refresh_only}, "SESSION_EXPIRED"),
        ({"origin": "https://evil.example", **valid}, "CROSS_SITE"),
        (own, "SIGNED_OUT"),
    ):
        with (
            pytest.raises(WebSocketDenialResponse) as denied,
            browser.websocket_connect("/socket", headers=headers),
        ):
            pass
        assert denied.value.json()["code"] == code
        assert denied.value.headers["cache-control"] == "no-store"
    assert received(emulator) == []


def test_a_websocket_is_closed_where_the_server_sends_no_response(emulator: Emulator) -> None:
    async def application(scope: Any, _receive: Any, _send: Any) -> None:
        await scope["state"]["tenant_select"].authenticate()

    middleware = TenantSelectMiddleware(application, AsyncRequestAuthenticator(emulator.async_client()))
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/", "headers": [], "query_string": b""}
    asyncio.run(middleware(scope, lambda: None, send))  # type: ignore[arg-type,return-value]
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_an_exception_after_a_refresh_keeps_the_cookies_and_reaches_the_server(
    emulator: Emulator, refresh_jwt: str
) -> None:
    """In applications without a framework that catches it."""

    def application(environ: Any, _start_response: Any) -> Any:
        environ["tenant_select"].authenticate()
        raise RuntimeError

    started: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "HTTP_COOKIE": f"DSR={refresh_jwt}",
        "wsgi.errors": io.StringIO(),
    }
    with emulator.client() as client:
        middleware: Any = WSGIMiddleware(application, RequestAuthenticator(client))
        body = iter(middleware(environ, lambda *arguments: started.append(arguments)))
    assert next(body) == b"Internal Server Error"
    with pytest.raises(RuntimeError):
        next(body)
    [(status, headers, _)] = started
    assert status == "500 Internal Server Error"
    assert [name for name, _ in headers].count("set-cookie") == 2


def test_without_its_middleware_an_adapter_says_so(app: FastAPI) -> None:
    bare = FastAPI()
    bare.router.routes.extend(app.router.routes)
    with pytest.raises(RuntimeError, match="TenantSelect"):
        TestClient(bare).get("/optional")
    flask = Flask(__name__)
    flask.testing = True
    flask.get("/")(session_required()(lambda: ""))
    with pytest.raises(RuntimeError, match="TenantSelect"):
        flask.test_client().get("/")


def test_an_application_is_wrapped_before_its_first_request(app: FastAPI, emulator: Emulator) -> None:
    assert TestClient(app).get("/optional").json() is False
    with pytest.raises(RuntimeError, match="first request"):
        TenantSelect(app, AsyncRequestAuthenticator(emulator.async_client()))


def test_the_extension_of_flask_needs_an_authenticator() -> None:
    with pytest.raises(TypeError, match="authenticator"):
        FlaskTenantSelect(Flask(__name__))


def test_authenticators_take_the_client_of_their_kind() -> None:
    project = "P2abcdefghijklmnopqrstuvwxyz"
    with pytest.raises(TypeError, match="AsyncClient"):
        AsyncRequestAuthenticator(Client(project))
    with pytest.raises(TypeError, match="Client"):
        RequestAuthenticator(AsyncClient(project))


def test_on_refusal_knows_the_request_and_the_refusal(emulator: Emulator) -> None:
    refusals: list[tuple[IncomingRequest, Refusal]] = []
    app = Flask(__name__)
    app.get("/")(session_required()(lambda: ""))

    def on_refusal(request: IncomingRequest, refusal: Refusal) -> str:
        refusals.append((request, refusal))
        return "/sign-in"

    with emulator.client() as client:
        FlaskTenantSelect(app, RequestAuthenticator(client), on_refusal=on_refusal)
        response = app.test_client().get("/?page=2")
    [(request, refusal)] = refusals
    assert (response.status_code, response.location, response.data) == (303, "/sign-in", b"")
    assert (request.url.partition("?")[2], refusal.code) == ("page=2", "SIGNED_OUT")
    assert "Cookie" in response.headers["vary"]


DJANGO = """
import django
from django.conf import settings
from django.core import checks
settings.configure(INSTALLED_APPS=["tenant_select.django.TenantSelectConfig"], {})
django.setup()
print([message.id for message in checks.run_checks()])
"""


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ('MIDDLEWARE=["tenant_select.django.TenantSelectMiddleware"]', []),
        ("", ["tenant_select.E001"]),
        (
            'MIDDLEWARE=["django.middleware.common.CommonMiddleware", "tenant_select.django.TenantSelectMiddleware"]',
            ["tenant_select.W001"],
        ),
        (
            'MIDDLEWARE=["tenant_select.django.TenantSelectMiddleware"], CSRF_COOKIE_NAME="DS"',
            ["tenant_select.E003"],
        ),
        (
            'MIDDLEWARE=["tenant_select.django.TenantSelectMiddleware"], TENANT_SELECT={"client": {"retries": 99}}',
            ["tenant_select.E002"],
        ),
    ],
)
def test_the_system_check_of_django(options: str, found: list[str], emulator: Emulator) -> None:
    program = DJANGO.replace("{}", options)
    environment = {**emulator.environment}
    ran = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert (ran.stdout.strip(), ran.stderr) == (str(found), "")


@pytest.mark.parametrize(("name", "needs"), ADAPTERS.items())
def test_an_adapter_imports_its_framework_alone(name: str, needs: tuple[str, ...]) -> None:
    others = {"fastapi", "starlette", "flask", "werkzeug", "django"} - set(needs)
    others -= {"starlette"} if name == "fastapi" else {"werkzeug"} if name == "flask" else set()
    program = f"import sys, tenant_select.{name}; print(sorted(set(sys.modules) & {others!r}))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.stdout.strip(), ran.stderr) == ("[]", "")


@pytest.mark.parametrize("name", ADAPTERS)
def test_everything_public_of_an_adapter_is_documented(name: str) -> None:
    module = importlib.import_module(f"tenant_select.{name}")
    assert module.__doc__
    for public in module.__all__:
        assert getattr(module, public).__doc__, public


DRIVER = """
import os, sys
if "{name}" in ("asgi", "fastapi"):
    from starlette.testclient import TestClient
    send = TestClient(app, headers={{"cookie": os.environ["COOKIE"]}}).post
else:
    from werkzeug.test import Client as TestClient
    send = lambda path: TestClient(app, use_cookies=False).post(path, headers={{"cookie": os.environ["COOKIE"]}})
for tenant in ("acme", "initech"):
    response = send(f"/tenants/{{tenant}}/documents")
    print(response.status_code, response.text[:200] if response.status_code == 200 else "", response.headers["cache-control"])
"""


@pytest.mark.parametrize("name", ADAPTERS)
def test_the_example_of_an_adapter_is_short_and_runs(name: str, emulator: Emulator, refresh_jwt: str) -> None:
    text = importlib.import_module(f"tenant_select.{name}").__doc__ or ""
    lines = re.findall(r"^(?:    .*)?\n", text.partition("Example::\n")[2], re.MULTILINE)
    assert len([line for line in lines if line.strip()]) <= 15
    with emulator.client() as client:
        session_jwt = client.select_tenant("acme", refresh_jwt).session_jwt
    program = textwrap.dedent("".join(lines)) + DRIVER.format(name=name)
    environment = {**emulator.environment, "COOKIE": f"DS={session_jwt}"}
    ran = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    body = '"acme"' if name == "fastapi" else "acme"
    assert (ran.stdout.splitlines(), ran.returncode) == ([f"200 {body} private", "404  no-store"], 0), ran.stderr
