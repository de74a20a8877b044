"""Redis, the emulator, and the processes that share a service's state."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
from tenant_select.testing import Emulator
from tenant_select.testing.environment import of_clients

import certificates
from redis_server import RedisServer, engines
from workers import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certificates import Certificates

ROOT = Path(__file__).resolve().parents[2]
USER = "ada@example.com"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--require-redis", action="store_true", help="fail where there is no Redis")


def pytest_sessionstart(session: pytest.Session) -> None:
    if not engines():
        required = session.config.getoption("--require-redis")
        message = "no redis-server and no valkey-server was found: the tests of shared state did not run"
        pytest.exit(message, returncode=1 if required else 0)


def pytest_configure() -> None:
    # What is set on a developer's machine decides nothing.
    for variable in of_clients(os.environ):
        del os.environ[variable]
    if not os.environ.get("TENANT_SELECT_EMULATOR"):
        os.environ["TENANT_SELECT_EMULATOR"] = str(ROOT / "target" / "debug" / "tenant-select-emulator")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        found = engines()
        metafunc.parametrize("engine", found, ids=[Path(path).name for path in found], scope="session")


@pytest.fixture
def redis(engine: str, tmp_path: Path) -> Iterator[RedisServer]:
    """An empty server."""
    with RedisServer(engine, tmp_path) as server:
        yield server


@pytest.fixture(scope="session")
def test_certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """A service that rotates refresh tokens, and signs a user out when an old one comes back."""
    with Emulator() as emulator:
        emulator.settings(refreshRotation=True, selectSupersedes=True, reuseDetection=True, rotationGraceSeconds=0)
        emulator.add_user(USER, tenants={"acme": {}, "globex": {}})
        yield emulator


class StartWorker(Protocol):
    """Start a process whose clients share their state at an address."""

    def __call__(self, kind: str, shared_state: str | None, **environment: str) -> Worker: ...


@pytest.fixture
def start_worker(emulator: Emulator, tmp_path: Path) -> Iterator[StartWorker]:
    """The processes end with the test; those that the test has not killed must end well."""
    started: list[Worker] = []

    def start(kind: str, shared_state: str | None, **environment: str) -> Worker:
        shared = {} if shared_state is None else {"TENANT_SELECT_SHARED_STATE": shared_state}
        worker = Worker(kind, {**emulator.environment, **shared, **environment}, tmp_path / f"worker{len(started)}.log")
        started.append(worker)
        return worker

    try:
        yield start
        for worker in started:
            if worker.process.poll() is None:
                worker.stop()
    finally:
        for worker in started:
            worker.kill()
            print(worker.printed())


def sign_in(emulator: Emulator, tenant: str = "acme") -> str:
    """Sign the user in and give the refresh token."""
    return emulator.sign_in(USER, tenant).refresh_jwt or ""


def signed_out(emulator: Emulator) -> int:
    """Give how many sign-ins the service has ended because an old token came back."""
    return emulator.counters()["revocations"]
