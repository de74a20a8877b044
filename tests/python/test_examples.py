"""The examples in the documentation do what they say."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import doctest
import inspect
import io
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tenant_select
import tenant_select.testing
from tenant_select import (
    AsyncClient,
    AsyncRequestAuthenticator,
    Client,
    IncomingRequest,
    RequestAuthenticator,
    errors,
)

from contract.names import OPERATIONS

if TYPE_CHECKING:
    from tenant_select import JWTResponse
    from tenant_select.testing import Emulator


def documented() -> dict[str, str]:
    """Return everything public that has an example, with its documentation."""
    found: dict[str, Any] = {"tenant_select": tenant_select, "tenant_select.testing": tenant_select.testing}
    found["tenant_select.testing.session"] = tenant_select.testing.session
    classes = {name: getattr(tenant_select, name) for name in tenant_select.__all__}
    classes.update({"errors.TenantSelectError": errors.TenantSelectError})
    for name, cls in classes.items():
        if inspect.isclass(cls):
            found[name] = cls
            found.update(
                {f"{name}.{attribute}": getattr(cls, attribute) for attribute in dir(cls) if attribute[0] != "_"}
            )
    return {
        name: inspect.getdoc(value) or "" for name, value in found.items() if ">>>" in (inspect.getdoc(value) or "")
    }


DOCUMENTED = documented()


def test_everything_that_is_called_has_an_example() -> None:
    for public in tenant_select.__all__:
        cls = getattr(tenant_select, public)
        if inspect.isclass(cls) and not issubclass(cls, (Exception, dict)):
            for name, _ in inspect.getmembers(cls, inspect.isroutine):
                if not name.startswith("_") and name not in ("close", "aclose"):
                    assert f"{public}.{name}" in DOCUMENTED


@pytest.mark.parametrize("name", DOCUMENTED)
def test_example(emulator: Emulator, signed_in: JWTResponse, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in emulator.environment.items():
        monkeypatch.setenv(variable, value)
    client: Any = AsyncClient() if name.startswith("Async") else Client()
    assert signed_in.user is not None
    known: dict[str, Any] = {
        **{name: getattr(tenant_select, name) for name in tenant_select.__all__},
        "client": client,
        "project_id": emulator.project_id,
        "base_url": emulator.url,
        "refresh_jwt": signed_in.refresh_jwt,
        "session_jwt": signed_in.session_jwt,
        "user_id": signed_in.user.user_id,
    }
    if not name.startswith(("Client", "AsyncClient")):
        # The history of the clients' examples begins with the sign-in.
        switches: list[tenant_select.SwitchEvent] = []
        client = Client(on_switch=switches.append)
        known["switched"] = switched = client.select_tenant("acme", signed_in.refresh_jwt)
        known["session"] = switched.session
        cookies = f"DS={switched.session_jwt}; DSR={switched.refresh_jwt}"
        known["request"] = request = IncomingRequest("POST", "/acme/documents", {"Cookie": cookies})
        known["authenticator"] = (
            AsyncRequestAuthenticator(known["client"]) if name.startswith("Async") else RequestAuthenticator(client)
        )
        known["result"] = RequestAuthenticator(client).authenticate(request)
        known["grant"] = switched.session.active_tenant
        known["switch"] = switches[0]
    if name.startswith("RetryEvent"):
        retries: list[tenant_select.RetryEvent] = []
        emulator.fault("/v1/auth/me", "status", status=503)
        Client(on_retry=retries.append).me(signed_in.refresh_jwt or "")
        known["retry"] = retries[0]
    with asyncio.Runner() if hasattr(asyncio, "Runner") else contextlib.nullcontext() as runner:
        for example in doctest.DocTestParser().get_examples(DOCUMENTED[name]):
            assert printed(example.source, known, runner) == example.want, example.source


ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def quickstart(name: str) -> str:
    (source,) = re.findall(rf"<!-- quickstart: {name} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    return str(source)


def test_quickstart(emulator: Emulator, refresh_jwt: str) -> None:
    """The program that the README begins with, as it stands there."""
    source = quickstart("python")
    environment = {**os.environ, **emulator.environment, "REFRESH_JWT": refresh_jwt}
    ran = subprocess.run([sys.executable, "-c", source], env=environment, capture_output=True, text=True, check=False)
    user_id = emulator.control("GET", "users")[0]["userId"]
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        f"{user_id} now acts in acme as editor",
        "may write: True",
        "Set-Cookie: DS",
        "Set-Cookie: DSR",
    ]


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="bash and curl are missing")
def test_quickstart_without_a_project() -> None:
    """The lines that start the emulator, and then the program, as both stand there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = f"{shlex.quote(sys.executable)} -c {shlex.quote(quickstart('python'))}"
    script = f"{quickstart('emulator').replace('8080', str(port))}{program}; status=$?; kill $!; exit $status"
    binary = Path(os.environ["TENANT_SELECT_EMULATOR"]).parent
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment["PATH"] = f"{binary}{os.pathsep}{environment['PATH']}"
    ran = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "now acts in acme as editor\nmay write: True\nSet-Cookie: DS\nSet-Cookie: DSR\n" in ran.stdout


def test_the_operations_of_the_readme_have_these_signatures() -> None:
    shown = dict(re.findall(r"^\| `(\w+)\((.*?)\)` \| `\w+\(.*?\)` \| `\w+\(.*?\)` \|", README, re.MULTILINE))
    of_every_call = {"timeout", "retries", "retry_unknown", "headers"}
    for cls in (Client, AsyncClient):
        for name in OPERATIONS.values():
            parameters = inspect.signature(getattr(cls, name)).parameters.values()
            own = [parameter.replace(annotation=parameter.empty) for parameter in parameters]
            signature = inspect.Signature([p for p in own if p.name not in of_every_call and p.name != "self"])
            assert f"({shown[name]})" == str(signature), name
    assert set(shown) == set(OPERATIONS.values())
    cookies = inspect.signature(tenant_select.JWTResponse.set_cookie_headers)
    assert f"`set_cookie_headers{str(cookies).replace('self, /, ', '')}`" in README


def test_the_options_of_the_readme_have_these_variables() -> None:
    options = json.loads((ROOT / "tests" / "names.json").read_text())["options"]
    table = README.partition("\n## Options\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", table, re.MULTILINE)
    shown = {name: re.findall(r"`(\w+)`", variables) for name, variables in rows}
    assert shown == {option["core"]: option["environment"] for option in options}
    assert [name for name, variables in shown.items() if not variables] == ["allow_http"]


def printed(source: str, known: dict[str, Any], runner: Any) -> str:
    """Run one example as the asyncio REPL would, and give what it prints."""
    code = compile(source, "<example>", "single", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        result = eval(code, known)
        if inspect.iscoroutine(result):
            runner.run(result) if runner else asyncio.run(result)
    return text.getvalue()
