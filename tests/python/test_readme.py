"""The programs of the package's README, word for word."""

from __future__ import annotations

import asyncio
import builtins
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tenant_select
from tenant_select.testing import pytest_plugin

from contract.names import OPERATIONS

if TYPE_CHECKING:
    import pytest
    from tenant_select import Client
    from tenant_select.testing import Emulator

pytest_plugins = ["pytester"]

README = (Path(__file__).resolve().parents[2] / "python" / "README.md").read_text()
QUICKSTART, WITH_ASYNCIO, ERRORS, TESTING = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def after(program: str, **known: Any) -> dict[str, Any]:
    """Run a program and give the names that it leaves."""
    exec(compile(program, "README.md", "exec"), known)
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
    switched = asyncio.run(after(WITH_ASYNCIO)["switch"](refresh_jwt))
    assert switched.session.active_tenant.tenant_id == "acme"


def test_errors(emulator: Emulator, client: Client, refresh_jwt: str, caplog: pytest.LogCaptureFixture) -> None:
    known = {"client": client, "log": logging.getLogger("application")}

    left = after(ERRORS, refresh_jwt=refresh_jwt, **known)
    assert left["switched"].session.active_tenant.tenant_id == "acme"
    assert "status" not in left

    left = after(ERRORS, refresh_jwt=emulator.token(profile="refresh", lifetimeSeconds=-60), **known)
    assert left["status"] == 401
    assert not [record for record in caplog.records if record.name == "application"]

    emulator.fault("/v1/auth/tenant/select", "close", apply=True)
    left = after(ERRORS, refresh_jwt=refresh_jwt, **known)
    assert left["status"] == 502
    assert left["switched"].session is not None
    (record,) = [record for record in caplog.records if record.name == "application"]
    assert (record.getMessage(), record.__dict__["code"]) == ("tenant switch failed", "CONNECTION")


def test_testing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTING)
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error").assert_outcomes(passed=1)


def test_what_the_page_names_is_there() -> None:
    given = {name for name in pytest_plugin.__all__ if name.islower()} - {"tenant_select_emulator_process"}
    assert set(re.findall(r"^\| `(tenant_select_\w+)` \|", README, re.MULTILINE)) == given
    for name in re.findall(r"`([A-Z]\w+Error)`", README):
        assert hasattr(tenant_select, name) or hasattr(builtins, name), name
    operations = re.search(r"The operations are (.*?);", README, re.DOTALL)
    assert operations is not None
    assert set(re.findall(r"`(\w+)`", operations[1])) == set(OPERATIONS.values())
