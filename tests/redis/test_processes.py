"""Forks, event loops, worker threads and exits, as for the connections to the service."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import sign_in, signed_out
from workers import PATIENCE

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

    from conftest import StartWorker
    from redis_server import RedisServer

HERE = Path(__file__).resolve().parent
REFRESH = "/v1/auth/refresh"
PYTHON = [sys.executable, "-X", "faulthandler"]


def start(command: list[str], emulator: Emulator, redis: RedisServer, tokens: list[str]) -> subprocess.Popen[str]:
    own = {"TENANT_SELECT_SHARED_STATE": redis.url, "TENANT_SELECT_ROTATION_GRACE": "60"}
    environment = {**os.environ, **emulator.environment, **own, "REFRESH_JWTS": " ".join(tokens)}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=HERE / "programs", env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )


def run(command: list[str], emulator: Emulator, redis: RedisServer, tokens: list[str], told: str = "") -> str:
    """Run a program to its end, which must be a clean one, and give what it printed."""
    with start(command, emulator, redis, tokens) as program:
        try:
            out, err = program.communicate(told, timeout=PATIENCE)
        finally:
            program.kill()
    # What a client says of Redis is no error of the program.
    errors = [line for line in err.splitlines() if "shared_state" not in line and "--trace-warnings" not in line]
    assert (program.returncode, errors) == (0, []), err
    return out.strip()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
def test_children_of_a_process_that_uses_redis(emulator: Emulator, redis: RedisServer) -> None:
    children = 10
    tokens = [sign_in(emulator, "globex") for _ in range(4)]
    assert run([*PYTHON, "forked.py", str(children)], emulator, redis, tokens) == "True"
    assert signed_out(emulator) == 0
    stats = redis.call("INFO", "stats")
    assert isinstance(stats, bytes)
    (connections,) = [line for line in stats.split(b"\r\n") if line.startswith(b"total_connections_received:")]
    # Each child opens its own; those of the test itself are among them.
    assert int(connections.partition(b":")[2]) > children


def test_one_client_in_many_event_loops(emulator: Emulator, redis: RedisServer, start_worker: StartWorker) -> None:
    token = sign_in(emulator)
    before = start_worker("tasks", redis.url).call("refresh", token)
    assert before["tenant"] == "acme"
    assert run([*PYTHON, "loops.py"], emulator, redis, [token]) == "1"
    assert emulator.counters()["refreshes"] == 1


EXITS = [[*PYTHON, "exits.py", "threads"], [*PYTHON, "exits.py", "tasks"], ["node", "exits.mjs"]]


@pytest.mark.parametrize("command", EXITS, ids=["threads", "tasks", "node"])
@pytest.mark.parametrize("frozen", [False, True], ids=["redis-responds", "redis-is-frozen"])
def test_an_exit_with_pending_calls(
    emulator: Emulator, redis: RedisServer, command: list[str], *, frozen: bool
) -> None:
    # The calls end at different times: most of them are pending when the first one has ended.
    emulator.settings(delayJitterMs=500)
    for _ in range(5):
        tokens = [sign_in(emulator) for _ in range(20)]
        if frozen:
            with redis.frozen():
                assert run(command, emulator, redis, tokens) == "exits"
        else:
            assert run(command, emulator, redis, tokens) == "exits"


def test_a_worker_thread_is_terminated_in_the_midst_of_its_exchange(
    emulator: Emulator, redis: RedisServer, start_worker: StartWorker
) -> None:
    """The exchange completes without it, and the process and others learn of what it brought."""
    emulator.settings(delayMs=300)
    token = sign_in(emulator)
    with start(["node", "terminated.mjs"], emulator, redis, [token]) as program:
        emulator.wait_for("request", path=REFRESH)
        other = start_worker("node", redis.url).begin("refresh", token)
        out, err = program.communicate("terminate\n", timeout=PATIENCE)
    assert (program.returncode, out, err) == (0, "acme\n", "")
    assert other.result(PATIENCE)["tenant"] == "acme"
    assert emulator.counters()["refreshes"] == 1
    assert signed_out(emulator) == 0
