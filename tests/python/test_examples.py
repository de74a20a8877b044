"""The examples in the documentation do what they say."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import doctest
import inspect
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tenant_select
import tenant_select.testing
from tenant_select import AsyncClient, Client, errors

if TYPE_CHECKING:
    from tenant_select import JWTResponse
    from tenant_select.testing import Emulator


def documented() -> dict[str, str]:
    """Give everything public that has an example, with its documentation."""
    found: dict[str, Any] = {"tenant_select": tenant_select, "tenant_select.testing": tenant_select.testing}
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
        if inspect.isclass(cls) and not issubclass(cls, Exception):
            for name, _ in inspect.getmembers(cls, inspect.isroutine):
                if not name.startswith("_") and name not in ("close", "aclose"):
                    assert f"{public}.{name}" in DOCUMENTED


@pytest.mark.parametrize("name", DOCUMENTED)
def test_example(emulator: Emulator, signed_in: JWTResponse, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in emulator.environment.items():
        monkeypatch.setenv(variable, value)
    client: Any = AsyncClient() if name.startswith("AsyncClient") else Client()
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
        known["switched"] = switched = client.select_tenant("acme", signed_in.refresh_jwt)
        known["session"] = switched.session
        known["grant"] = switched.session.active_tenant
    with asyncio.Runner() if hasattr(asyncio, "Runner") else contextlib.nullcontext() as runner:
        for example in doctest.DocTestParser().get_examples(DOCUMENTED[name]):
            assert printed(example.source, known, runner) == example.want, example.source


def test_quickstart(emulator: Emulator, refresh_jwt: str) -> None:
    """The program that the README begins with, as it stands there."""
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text()
    (source,) = re.findall(r"<!-- quickstart: python -->\n```python\n(.*?)```", readme, re.DOTALL)
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


def printed(source: str, known: dict[str, Any], runner: Any) -> str:
    """Run one example as the asyncio REPL would, and give what it prints."""
    code = compile(source, "<example>", "single", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        result = eval(code, known)
        if inspect.iscoroutine(result):
            runner.run(result) if runner else asyncio.run(result)
    return text.getvalue()
