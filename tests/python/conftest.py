"""The emulator that all tests share, and what every test must leave behind: nothing."""

from __future__ import annotations

import os
import statistics
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tenant_select.testing import Emulator
from tenant_select.testing.environment import of_clients

from contract.names import CASES, case_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenant_select import AsyncClient, Client, JWTResponse

ROOT = Path(__file__).resolve().parents[2]
RUN: dict[str, set[str]] = {"sync": set(), "async": set()}
"""The cases that were run, by client."""
SITUATIONS_RUN: defaultdict[str, set[str]] = defaultdict(set)
"""The situations that each adapter came through, by adapter and server."""
FIGURES: defaultdict[str, list[float]] = defaultdict(list)
"""What was measured on the way. It is told at the end, and nothing is asserted of speed."""


def pytest_configure() -> None:
    # What is set on a developer's machine decides nothing.
    for variable in of_clients(os.environ):
        del os.environ[variable]
    # The binary of this repository; a variable that names another one takes precedence.
    if not os.environ.get("TENANT_SELECT_EMULATOR"):
        os.environ["TENANT_SELECT_EMULATOR"] = str(ROOT / "target" / "debug" / "tenant-select-emulator")


@pytest.fixture(scope="session")
def tenant_select_emulator_process() -> Iterator[Emulator]:
    """The emulator of the package's own plugin, with the cases of the contract."""
    with Emulator(cases=CASES) as emulator:
        yield emulator


@pytest.fixture
def emulator(tenant_select_emulator: Emulator, tenant_select_sign_in: JWTResponse) -> Emulator:
    """An emulator as it starts, with one user: Ada, in two tenants, signed in."""
    return tenant_select_emulator


@pytest.fixture
def signed_in(tenant_select_sign_in: JWTResponse) -> JWTResponse:
    """Ada's tokens."""
    return tenant_select_sign_in


@pytest.fixture
def refresh_jwt(signed_in: JWTResponse) -> str:
    assert signed_in.refresh_jwt is not None
    return signed_in.refresh_jwt


@pytest.fixture
def rotating() -> Iterator[Emulator]:
    """An emulator that replaces refresh tokens, and ends the sign-in of one that comes back.

    It is a process of its own: clients share what they have learned of a service, also those that other tests have left to the
    garbage collector.
    """
    with Emulator() as emulator:
        emulator.settings(refreshRotation=True, selectSupersedes=True, reuseDetection=True)
        emulator.add_user("ada@example.com", name="Ada Lovelace", tenants={"acme": {}, "globex": {}})
        yield emulator


@pytest.fixture
def rotating_jwt(rotating: Emulator) -> str:
    """Ada's refresh token there."""
    return rotating.sign_in("ada@example.com").refresh_jwt or ""


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Client]:
    with emulator.client() as client:
        yield client


@pytest.fixture
def async_client(emulator: Emulator) -> AsyncClient:
    return emulator.async_client()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if any(RUN.values()):
        known = len(case_ids())
        counts = ", ".join(f"{len(run)} of {known} run ({kind})" for kind, run in RUN.items())
        terminalreporter.write_line(f"cases: {counts}")
    for served, situations in SITUATIONS_RUN.items():
        terminalreporter.write_line(f"situations: {len(situations)} as expected ({served})")
    for name, values in FIGURES.items():
        median, most = statistics.median(values), max(values)
        terminalreporter.write_line(f"{name}: {median:.1f} in the median, {most:.1f} at most, of {len(values)}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run of everything that left out a case has failed."""
    whole = not session.config.option.keyword and not any("::" in argument for argument in session.config.args)
    complete = all(run == set(case_ids()) for run in RUN.values())
    if whole and any(RUN.values()) and not complete and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
