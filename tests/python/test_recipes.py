"""The framework recipes over HTTP: a browser that signs in, switches the tenant and calls a protected endpoint."""

from __future__ import annotations

import ast
import contextlib
import importlib
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenant_select import JWTResponse
    from tenant_select.testing import Emulator

EXAMPLES = Path(__file__).resolve().parents[2] / "python" / "examples"
RECIPES = ["fastapi", "django", "flask"]
# Cookies are for TLS only, and so the browser believes that it speaks TLS.
HOST = "https://localhost"


@pytest.fixture(scope="module", params=RECIPES)
def browser(request: pytest.FixtureRequest, tenant_select_emulator_process: Emulator) -> Iterator[httpx.Client]:
    """An HTTP client that keeps cookies as a browser does, before one of the applications."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        for variable, value in tenant_select_emulator_process.environment.items():
            patch.setenv(variable, value)
        recipe = importlib.import_module(f"{request.param}_app")
    if request.param == "fastapi":
        browser: httpx.Client = TestClient(recipe.app, HOST)
    else:
        application = recipe.application if request.param == "django" else recipe.app
        browser = httpx.Client(transport=httpx.WSGITransport(application), base_url=HOST)
    with browser:
        yield browser


@pytest.fixture
def ada(browser: httpx.Client, signed_in: JWTResponse) -> Iterator[httpx.Client]:
    """The browser after Ada's sign-in."""
    browser.cookies.clear()
    response = browser.post("/login", json={"refresh_jwt": signed_in.refresh_jwt})
    assert signed_in.user is not None
    assert (response.status_code, response.json()) == (200, {"user": signed_in.user.user_id})
    check_cookies(response, ["DS", "DSR"])
    yield browser
    browser.cookies.clear()


def check_cookies(response: httpx.Response, names: list[str]) -> None:
    """The headers set exactly these cookies, for this browser and TLS alone, past every cache."""
    headers = response.headers.get_list("set-cookie")
    assert sorted(header.split("=")[0].strip() for header in headers) == names
    for header in headers:
        attributes = {part.strip().lower() for part in header.split(";")[1:]}
        assert {"secure", "httponly", "samesite=strict", "path=/"} <= attributes
    if names:
        assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_needs_few_lines(name: str) -> None:
    """What the adapter needs: all statements but imports, the login, and the lines that make a response."""
    module = ast.parse((EXAMPLES / f"{name}_app.py").read_text())
    statements = [part for part in module.body[1:] if not isinstance(part, (ast.Import, ast.ImportFrom))]
    glue = [part for part in statements if not (hasattr(part, "name") and part.name == "login")]
    assert sum(len(ast.unparse(part).splitlines()) for part in glue) <= 15


def commands(name: str) -> dict[str, list[str]]:
    """Return the commands of a recipe's page: to install, to run it, and to run it over plain http."""
    source = (EXAMPLES / f"{name}_app.py").read_text()
    install, run, plain = re.findall(r"^\$ (.*)$", source.split('"""')[1], re.MULTILINE)
    return {
        name: shlex.split(line, comments=True) for name, line in [("install", install), ("run", run), ("plain", plain)]
    }


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_lists_what_to_install(name: str) -> None:
    source = (EXAMPLES / f"{name}_app.py").read_text()
    imported = set(re.findall(r"^(?:from|import) (\w+)", source, re.MULTILINE)) - set(sys.stdlib_module_names)
    typed = commands(name)
    needed = {module.replace("_", "-") for module in imported} | {typed["run"][0]}
    assert typed["install"][:2] == ["pip", "install"]
    assert set(typed["install"][2:]) == needed


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn needs a Unix")
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_runs_over_plain_http(
    name: str, emulator: Emulator, signed_in: JWTResponse, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The command of the page, with a browser that sends Secure cookies over https only."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    setting, program, *arguments = commands(name)["plain"]
    where = {"gunicorn": ["--bind", f"127.0.0.1:{port}"]}.get(program, ["--port", str(port)])
    environment = {**os.environ, **emulator.environment, **dict([setting.split("=")])}
    command = [sys.executable, "-m", program, *arguments, *where]
    log = tmp_path_factory.mktemp(name) / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=EXAMPLES, env=environment, stdout=output, stderr=subprocess.STDOUT) as server,
    ):
        try:
            base_url = f"http://localhost:{port}"
            with httpx.Client(base_url=base_url, trust_env=False) as browser:
                until_it_responds(browser, server, log)
                assert browser.post("/login", json={"refresh_jwt": signed_in.refresh_jwt}).status_code == 200
                assert sorted(browser.cookies) == ["DS", "DSR"]
                assert browser.post("/tenants/acme/select").json() == {"tenant": "acme"}
                assert browser.post("/tenants/acme/documents").status_code == 200
        finally:
            server.terminate()


def until_it_responds(browser: httpx.Client, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(httpx.TransportError):
            browser.get("/login")
            return
        assert server.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def refused(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_the_tenant_is_switched_and_protects_the_endpoint(ada: httpx.Client) -> None:
    assert refused(ada.post("/tenants/acme/documents")) == (409, "TENANT_NOT_ACTIVE")
    for tenant, wrote in {"acme": 200, "globex": 403}.items():
        response = ada.post(f"/tenants/{tenant}/select")
        assert (response.status_code, response.json()) == (200, {"tenant": tenant})
        check_cookies(response, ["DS", "DSR"])
        response = ada.post(f"/tenants/{tenant}/documents")
        assert response.status_code == wrote
        check_cookies(response, [])
    # What was allowed in acme is not allowed to someone who acts in globex.
    assert refused(ada.post("/tenants/acme/documents")) == (409, "TENANT_NOT_ACTIVE")


def test_a_missing_session_is_refreshed_and_its_cookies_come_with_a_refusal_too(
    ada: httpx.Client, emulator: Emulator
) -> None:
    emulator.settings(refreshRotation=True)
    ada.post("/tenants/acme/select")
    for tenant, status in {"acme": 200, "globex": 409}.items():
        ada.cookies.delete("DS")
        response = ada.post(f"/tenants/{tenant}/documents")
        assert response.status_code == status
        check_cookies(response, ["DS", "DSR"])


def test_requests_without_a_valid_session_are_refused(browser: httpx.Client, emulator: Emulator) -> None:
    browser.cookies.clear()
    assert browser.post("/login", json={"refresh_jwt": "no token"}).status_code == 401
    for path in ("/tenants/acme/select", "/tenants/acme/documents"):
        response = browser.post(path)
        assert refused(response) == (401, "SIGNED_OUT")
        check_cookies(response, [])
    browser.cookies.update({"DS": emulator.token(sign="other_key"), "DSR": "a.b.c"})
    assert refused(browser.post("/tenants/acme/documents")) == (401, "SIGNED_OUT")


def test_a_session_token_may_come_as_a_bearer(browser: httpx.Client, emulator: Emulator, ada: httpx.Client) -> None:
    """And is then the one that counts, with or without cookies."""
    claims = {"dct": "acme", "tenants": {"acme": {"permissions": ["documents.write"]}}}
    session = {"Authorization": f"Bearer {emulator.token(claims=claims)}"}
    assert ada.post("/tenants/acme/documents").status_code == 409
    assert ada.post("/tenants/acme/documents", headers=session).status_code == 200
    browser.cookies.clear()
    assert browser.post("/tenants/acme/documents", headers=session).status_code == 200
    expired = {"Authorization": f"Bearer {emulator.token(lifetimeSeconds=-60)}"}
    assert refused(browser.post("/tenants/acme/documents", headers=expired)) == (401, "SESSION_EXPIRED")


def test_a_refresh_token_that_the_service_refuses_means_sign_in_again(
    browser: httpx.Client, emulator: Emulator
) -> None:
    token = emulator.token(profile="refresh", lifetimeSeconds=-60)
    browser.cookies.clear()
    assert browser.post("/login", json={"refresh_jwt": token}).status_code == 401
    browser.cookies.set("DSR", token)
    for path in ("/tenants/acme/select", "/tenants/acme/documents"):
        response = browser.post(path)
        assert refused(response) == (401, "SIGNED_OUT")
        check_cookies(response, [])
    browser.cookies.clear()


@pytest.mark.parametrize("path", ["/login", "/tenants/acme/select", "/tenants/acme/documents"])
def test_only_post_is_accepted_where_something_changes(ada: httpx.Client, emulator: Emulator, path: str) -> None:
    emulator.clear_requests()
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        response = ada.request(method, path)
        assert response.status_code == 405
        check_cookies(response, [])
    assert [entry for entry in emulator.requests() if entry["event"] == "request"] == []


@pytest.mark.parametrize(
    "body", ["{}", '{"refresh_jwt": 7}', '{"refresh_jwt": null}', '["a"]', '"a"', "7", "no JSON", ""]
)
@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_a_login_without_a_token_is_refused(browser: httpx.Client, body: str, kind: str) -> None:
    response = browser.post("/login", content=body, headers={"Content-Type": kind})
    assert response.status_code == (422 if isinstance(browser, TestClient) else 400)
    check_cookies(response, [])


def test_a_login_of_bytes_that_are_no_text_is_refused(browser: httpx.Client) -> None:
    response = browser.post("/login", content=b"\xff", headers={"Content-Type": "application/json"})
    assert response.status_code == 400


def test_errors_of_the_service_are_told(ada: httpx.Client, emulator: Emulator) -> None:
    emulator.fault("/v1/auth/tenant/select", "status", status=403)
    assert refused(ada.post("/tenants/acme/select")) == (503, "UNAVAILABLE")
    emulator.fault("/v1/auth/tenant/select", "close")
    response = ada.post("/tenants/acme/select")
    assert refused(response) == (503, "SWITCH_UNKNOWN")
    check_cookies(response, [])


def test_a_retry_after_of_the_service_is_passed_on(ada: httpx.Client, emulator: Emulator) -> None:
    """The last one: the recipe's client holds back from here on."""
    emulator.fault("/v1/auth/tenant/select", "status", status=429, headers={"Retry-After": "30"})
    response = ada.post("/tenants/acme/select")
    assert refused(response) == (503, "UNAVAILABLE")
    assert 25 < int(response.headers["retry-after"]) < 40
