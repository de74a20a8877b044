"""What needs no exchange does not touch Redis: a client that is made, a validation, and a decision about a valid session."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import USER
from proxy import Proxy, proxied
from workers import KINDS, PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenant_select.testing import Emulator

    from conftest import StartWorker
    from redis_server import RedisServer

HERE = Path(__file__).resolve().parent
PROGRAMS = {
    "sync": [sys.executable, "programs/decides.py", "sync"],
    "asyncio": [sys.executable, "programs/decides.py", "asyncio"],
    "node": ["node", "programs/decides.mjs"],
}


@pytest.fixture
def proxy(redis: RedisServer) -> Iterator[Proxy]:
    """The way of the clients to Redis, which counts what they do."""
    with proxied(redis.port) as proxy:
        yield proxy


def scripts(redis: RedisServer) -> int:
    """Count the commands of clients: each is a script."""
    stats = redis.call("INFO", "commandstats")
    assert isinstance(stats, bytes)
    found = re.search(rb"cmdstat_eval:calls=(\d+)", stats)
    return int(found[1]) if found else 0


def decide(program: str, emulator: Emulator, redis: RedisServer, proxy: Proxy, **tokens: str) -> None:
    shared = {"TENANT_SELECT_SHARED_STATE": redis.url_at(proxy.port)}
    environment = {**os.environ, **emulator.environment, **shared, **tokens}
    ended = subprocess.run(
        PROGRAMS[program], cwd=HERE, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "decided 100\n"), ended.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_valid_session_needs_no_redis(emulator: Emulator, redis: RedisServer, proxy: Proxy, program: str) -> None:
    signed_in = emulator.sign_in(USER, "acme")
    assert signed_in.session_jwt is not None and signed_in.refresh_jwt is not None
    decide(program, emulator, redis, proxy, SESSION=signed_in.session_jwt)
    assert (proxy.connections, scripts(redis)) == (0, 0)
    # The same process uses it for an exchange: two commands on one connection.
    decide(program, emulator, redis, proxy, SESSION=signed_in.session_jwt, REFRESH=signed_in.refresh_jwt)
    assert (proxy.connections, scripts(redis)) == (1, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_that_is_made_opens_no_connection(
    start_worker: StartWorker, redis: RedisServer, proxy: Proxy, kind: str
) -> None:
    worker = start_worker(kind, redis.url_at(proxy.port))
    assert worker.diagnostics()["sharedStateFailures"] == 0
    worker.stop()
    assert proxy.connections == 0
