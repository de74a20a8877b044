"""What one process gets when another has exchanged the token."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from conftest import sign_in, signed_out
from workers import KINDS

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

    from conftest import StartWorker
    from redis_server import RedisServer
    from workers import Worker

PAIRS = [*product(KINDS, KINDS)]


@pytest.fixture(params=PAIRS, ids="-".join)
def workers(request: pytest.FixtureRequest, start_worker: StartWorker, redis: RedisServer) -> tuple[Worker, Worker]:
    one, other = request.param
    return start_worker(one, redis.url), start_worker(other, redis.url)


def test_a_refresh_of_another_process_is_returned(emulator: Emulator, workers: tuple[Worker, Worker]) -> None:
    one, other = workers
    token = sign_in(emulator)
    first, second = one.call("refresh", token), other.call("refresh", token)
    assert (first["reused"], second["reused"]) == (False, True)
    assert {**second, "reused": False} == first
    assert first["refreshJwt"] != token
    assert emulator.counters()["refreshes"] == 1


def test_a_switch_of_another_process_stands(emulator: Emulator, workers: tuple[Worker, Worker]) -> None:
    one, other = workers
    token = sign_in(emulator)
    switched = one.call("select", token, tenant="globex")
    told = other.call("refresh", token)
    assert (told["code"], told["outcome"]) == ("TENANT_MISMATCH", "not_sent")
    assert (told["tenant"], told["refreshJwt"]) == ("globex", switched["refreshJwt"])
    back = other.call("select", token, tenant="acme")
    assert (back["tenant"], back["reused"]) == ("acme", False)
    # The chain of tokens goes on in both processes.
    assert one.call("refresh", switched["refreshJwt"])["refreshJwt"] == back["refreshJwt"]
    assert one.call("me", token) == {}
    assert signed_out(emulator) == 0


def test_calls_at_once_are_one_exchange(emulator: Emulator, workers: tuple[Worker, Worker]) -> None:
    token = sign_in(emulator)
    emulator.settings(delayMs=100)
    calls = [worker.begin("refresh", token) for _ in range(20) for worker in workers]
    results = [call.result() for call in calls]
    assert len({result["refreshJwt"] for result in results}) == 1
    assert emulator.counters()["refreshes"] == 1


def test_a_sign_out_ends_the_chain_in_all_processes(emulator: Emulator, workers: tuple[Worker, Worker]) -> None:
    one, other = workers
    token = sign_in(emulator)
    newer = one.call("refresh", token)["refreshJwt"]
    assert other.call("logout", token) == {}
    for worker in workers:
        for ended in (token, newer):
            assert worker.call("refresh", ended)["code"] == "AUTHENTICATION"
    assert emulator.counters()["logouts"] == 1
    assert signed_out(emulator) == 0
