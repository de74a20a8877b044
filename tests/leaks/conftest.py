"""The emulator, Redis and the programs of the leak scan."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tenant_select.testing import Emulator
from tenant_select.testing.environment import of_clients

from redis_server import RedisServer, engines
from workers import COMMANDS, LOUD, StartWorker, Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
USER = "ada@example.com"
USER_ID = "U2leakScanUser000000000001"
OTHER_USER = "eve@example.com"
REDIS_PASSWORD = "redis-password-of-the-leak-scan"


def pytest_configure() -> None:
    # What is set on a developer's machine decides nothing.
    for variable in of_clients(os.environ):
        del os.environ[variable]
    if not os.environ.get("TENANT_SELECT_EMULATOR"):
        os.environ["TENANT_SELECT_EMULATOR"] = str(ROOT / "target" / "debug" / "tenant-select-emulator")


def pytest_sessionstart() -> None:
    if sys.platform != "linux":
        pytest.exit("the leak scan needs Linux: it did not run", returncode=0)


def with_users(emulator: Emulator) -> Emulator:
    """Add the users of the scan."""
    emulator.add_user(USER, user_id=USER_ID, tenants={"acme": {}, "globex": {}})
    emulator.add_user(OTHER_USER, tenants={"acme": {}, "globex": {}})
    return emulator


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield with_users(emulator)


@pytest.fixture(scope="session")
def secure_emulator() -> Iterator[Emulator]:
    """The same with TLS and HTTP/2."""
    with Emulator(tls=True) as emulator:
        yield with_users(emulator)


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer | None]:
    """A Redis with a password, where there is one."""
    found = engines()
    if not found:
        yield None
        return
    with RedisServer(found[0], tmp_path_factory.mktemp("redis"), password=REDIS_PASSWORD) as server:
        yield server


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[StartWorker]:
    started: list[Worker] = []

    def start(kind: str) -> Worker:
        folder = tmp_path / kind
        folder.mkdir()
        started.append(Worker(COMMANDS[kind], LOUD, folder))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()
