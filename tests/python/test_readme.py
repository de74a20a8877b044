"""The programs of the package's README, word for word."""

from __future__ import annotations

import asyncio
import builtins
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tenant_select
from fastapi.testclient import TestClient
from tenant_select import IncomingRequest, KeysUnavailableError, RequestAuthenticator
from tenant_select._native import REFUSAL_CODES
from tenant_select.testing import pytest_plugin

from contract.names import OPERATIONS

if TYPE_CHECKING:
    from tenant_select import Client
    from tenant_select.testing import Emulator

pytest_plugins = ["pytester"]

README = (Path(__file__).resolve().parents[2] / "python" / "README.md").read_text()
QUICKSTART, WITH_ASYNCIO, ERRORS, RETRIES, SWITCHES, REQUESTS, REDIRECT, TESTING, SESSION, FASTAPI = re.findall(
    r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE
)


def after(program: str, **known: Any) -> dict[str, Any]:
    """Run a program and give the names that it leaves."""
    exec(compile(program, "README.md", "exec", dont_inherit=True), known)
    return known


def test_quickstart(
    emulator: Emulator, refresh_jwt: str, tenant_select_environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    left = after(QUICKSTART, refresh_jwt=refresh_jwt, headers=[])
    assert left["may_write"] is True
    assert [(name, cookie.partition("=")[0]) for name, cookie in left["headers"]] == [
        ("Set-Cookie", "DS"),
        ("Set-Cookie", "DSR"),
    ]
    assert capsys.readouterr() == ("", "")


def test_with_asyncio(emulator: Emulator, refresh_jwt: str, tenant_select_environment: dict[str, str]) -> None:
    session = asyncio.run(after(WITH_ASYNCIO)["switch"](refresh_jwt))
    assert session.active_tenant.tenant_id == "acme"


def test_errors(emulator: Emulator, client: Client, refresh_jwt: str, caplog: pytest.LogCaptureFixture) -> None:
    known = {"client": client, "log": logging.getLogger("application")}

    def logged() -> list[str]:
        """Tell the codes that were logged since the last call of this."""
        codes = [record.__dict__["code"] for record in caplog.records if record.name == "application"]
        caplog.clear()
        return codes

    left = after(ERRORS, refresh_jwt=refresh_jwt, **known)
    assert (left["status"], left["active"].tenant_id, logged()) == (200, "acme", [])

    left = after(ERRORS, refresh_jwt=emulator.token(profile="refresh", lifetimeSeconds=-60), **known)
    assert (left["status"], "switched" in left, logged()) == (401, False, [])

    emulator.fault("/v1/auth/tenant/select", "close")
    emulator.fault("/v1/auth/refresh", "close")
    left = after(ERRORS, refresh_jwt=emulator.sign_in("ada@example.com").refresh_jwt, **known)
    assert (left["status"], "switched" in left, logged()) == (502, False, ["CONNECTION"])


@pytest.mark.parametrize("rotation", [False, True])
@pytest.mark.parametrize(("tenant", "status"), [("acme", 200), ("globex", 502)])
def test_the_active_tenant_is_read_after_an_unknown_outcome(
    emulator: Emulator, client: Client, tenant: str, status: int, rotation: bool
) -> None:
    """And the tokens that replaced the old ones are there, whichever tenant is active."""
    known = {"client": client, "log": logging.getLogger("application")}
    signed_in = emulator.sign_in("ada@example.com", tenant)
    emulator.settings(refreshRotation=rotation)
    emulator.fault("/v1/auth/tenant/select", "close", apply=True)
    left = after(ERRORS, refresh_jwt=signed_in.refresh_jwt, **known)
    assert (left["status"], left["active"].tenant_id) == (status, tenant)
    assert len(left["switched"].set_cookie_headers()) == 2
    assert (left["switched"].refresh_jwt != signed_in.refresh_jwt) == rotation


def test_an_unknown_outcome_that_has_cost_the_refresh_token(
    emulator: Emulator, client: Client, refresh_jwt: str
) -> None:
    emulator.settings(refreshRotation=True, selectSupersedes=True)
    emulator.fault("/v1/auth/tenant/select", "close", apply=True)
    left = after(ERRORS, refresh_jwt=refresh_jwt, client=client, log=logging.getLogger("application"))
    assert (left["status"], "switched" in left) == (401, False)


def test_an_unverified_response_can_be_verified_later(emulator: Emulator, refresh_jwt: str) -> None:
    """What the page says of the outcome `applied`."""
    emulator.settings(refreshRotation=True, selectSupersedes=True)
    emulator.fault("/v2/keys/*", "status", status=500, times=None)
    with emulator.client(retries=0) as client:
        with pytest.raises(KeysUnavailableError) as caught:
            client.select_tenant("acme", refresh_jwt)
        error = caught.value
        assert error.outcome == "applied"
        assert error.response is not None
        with pytest.raises(KeysUnavailableError):
            error.response.set_cookie_headers()
        emulator.clear_faults()
        session = client.validate_session(error.response.session_jwt or "")
        assert session.active_tenant is not None
        assert session.active_tenant.tenant_id == "acme"
        verified = client.refresh_session(error.response.refresh_jwt or refresh_jwt)
        assert verified.session.active_tenant == session.active_tenant
        assert len(verified.set_cookie_headers()) == 2


def test_retries(
    emulator: Emulator, refresh_jwt: str, tenant_select_environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    emulator.fault("/v1/auth/me", "status", status=503)
    assert after(RETRIES)["observed"].me(refresh_jwt).user_id
    assert re.fullmatch(r"me: attempt 1 failed \(503\), again in 0\.\d s\n", capsys.readouterr().out)


def test_switches(
    emulator: Emulator, tenant_select_environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    emulator.settings(jwtTemplate="current_tenant")
    signed_in = emulator.sign_in("ada@example.com", "globex")
    assert signed_in.user is not None
    after(SWITCHES)["audited"].select_tenant("acme", signed_in.refresh_jwt)
    assert capsys.readouterr().out == f"{signed_in.user.user_id}: globex -> acme: applied\n"


@pytest.mark.usefixtures("tenant_select_environment")
def test_requests_of_an_application(client: Client, refresh_jwt: str) -> None:
    browser = TestClient(after(REQUESTS)["app"], "https://app.example", headers={"origin": "https://app.example"})
    assert browser.post("/tenants/acme/documents").json()["code"] == "SIGNED_OUT"
    browser.headers["cookie"] = f"DSR={client.select_tenant('acme', refresh_jwt).refresh_jwt or refresh_jwt}"
    response = browser.post("/tenants/acme/documents")
    assert (response.status_code, response.json()) == (200, {"roles": ["editor"]})
    assert len(response.headers.get_list("set-cookie")) == 2


def test_a_refused_page_is_redirected(client: Client) -> None:
    to_sign_in = after(REDIRECT)["to_sign_in"]
    for accept, location in {"text/html": "/sign-in", "application/json": None}.items():
        request = IncomingRequest("GET", "/", {"accept": accept})
        assert to_sign_in(request, RequestAuthenticator(client).authenticate(request).refusal) == location


def test_the_refusals_of_the_page_are_all() -> None:
    listed = re.findall(r"^\| (\d{3}) \| (.*?) \|", README, re.MULTILINE)
    assert sorted(code for _, codes in listed for code in re.findall(r"`([A-Z_]+)`", codes)) == sorted(REFUSAL_CODES)


def test_testing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTING)
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error").assert_outcomes(passed=1)


def test_a_session_for_tests() -> None:
    after(SESSION)["test_who_may_write"]()


def test_fastapi(client: Client, refresh_jwt: str) -> None:
    left = after(FASTAPI, client=client, refresh_jwt=refresh_jwt)
    with TestClient(left["app"]) as browser:
        profile = browser.get("/profile").json()
    assert (profile["user"]["name"], profile["session"]["activeTenant"]) == ("Ada Lovelace", "acme")


def test_what_patches_python_sees_nothing_of_a_call(
    client: Client, refresh_jwt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the page says of mocks: they stand in for Python's own HTTP, down to its sockets."""

    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("a call came by here")

    for name in (
        "socket.socket.connect",
        "socket.socket.send",
        "socket.create_connection",
        "http.client.HTTPConnection",
    ):
        monkeypatch.setattr(name, fail)
    assert client.select_tenant("acme", refresh_jwt).session.user_id


def test_names_on_the_page_exist() -> None:
    given = {name for name in pytest_plugin.__all__ if name.islower()} - {"tenant_select_emulator_process"}
    assert set(re.findall(r"^\| `(tenant_select_\w+)` \|", README, re.MULTILINE)) == given
    for name in re.findall(r"`([A-Z]\w+Error)`", README):
        assert hasattr(tenant_select, name) or hasattr(builtins, name), name
    operations = re.search(r"The operations are (.*?);", README, re.DOTALL)
    assert operations is not None
    assert set(re.findall(r"`(\w+)`", operations[1])) == set(OPERATIONS.values())
