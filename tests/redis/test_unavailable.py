"""Redis that is gone, slow, full or refuses: calls go on without it, which is said once and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conftest import sign_in, signed_out
from proxy import proxied
from redis_server import RedisServer, free_port
from workers import KINDS, PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

    from tenant_select.testing import Emulator

    from certificates import Certificates
    from conftest import StartWorker
    from workers import Worker

pytestmark = pytest.mark.parametrize("kind", KINDS)

CALLS = 10
SAID = "shared_state cannot be used"
# A machine that is busy does not decide; a call that waits for Redis without end still fails.
PATIENT = {"TENANT_SELECT_TIMEOUT": "20"}


def check_alone(emulator: Emulator, worker: Worker) -> None:
    """Calls end well, one after the other and at once, and the warning is printed once."""
    before = emulator.counters()["refreshes"]
    for _ in range(CALLS):
        assert worker.call("refresh", sign_in(emulator))["tenant"] == "acme"
    token = sign_in(emulator)
    # Within the process the order holds.
    calls = [worker.begin("refresh", token) for _ in range(CALLS)]
    assert len({call.result(PATIENCE)["refreshJwt"] for call in calls}) == 1
    assert worker.call("logout", token) == {}
    assert emulator.counters()["refreshes"] == before + CALLS + 1
    assert signed_out(emulator) == 0
    assert worker.printed().count(SAID) == 1, worker.printed()
    counted = worker.diagnostics()
    assert counted["sharedStateFailures"] >= 1
    # What was sent while Redis was not there, without knowing what other processes did.
    assert counted["unorderedExchanges"] >= CALLS


def until_shared(emulator: Emulator, one: Worker, other: Worker) -> None:
    """Wait until both processes use Redis again: a client tries it from time to time."""
    while True:
        token = sign_in(emulator)
        first = one.call("refresh", token)
        second = other.call("refresh", token)
        if first.get("refreshJwt") == second.get("refreshJwt"):
            return


def check_shared(emulator: Emulator, one: Worker, other: Worker) -> None:
    """What one process exchanges is known to the other."""
    for _ in range(CALLS):
        token = sign_in(emulator)
        assert one.call("refresh", token)["refreshJwt"] == other.call("refresh", token)["refreshJwt"]


def test_nothing_listens(emulator: Emulator, start_worker: StartWorker, kind: str) -> None:
    check_alone(emulator, start_worker(kind, f"redis://127.0.0.1:{free_port()}", **PATIENT))


def test_the_name_does_not_resolve(emulator: Emulator, start_worker: StartWorker, kind: str) -> None:
    check_alone(emulator, start_worker(kind, "redis://redis.invalid", **PATIENT))


def test_killed_and_started_again(emulator: Emulator, start_worker: StartWorker, redis: RedisServer, kind: str) -> None:
    one, other = (start_worker(kind, redis.url, **PATIENT) for _ in range(2))
    check_shared(emulator, one, other)
    assert SAID not in one.printed() + other.printed()
    redis.kill()
    check_alone(emulator, one)
    redis.start()
    until_shared(emulator, one, other)
    before = signed_out(emulator)
    check_shared(emulator, one, other)
    assert signed_out(emulator) == before
    assert one.printed().count(SAID) == 1


def test_started_again_empty(emulator: Emulator, start_worker: StartWorker, redis: RedisServer, kind: str) -> None:
    """The process that exchanged a token still knows what replaced it."""
    one, other = (start_worker(kind, redis.url, **PATIENT) for _ in range(2))
    token = sign_in(emulator)
    first = one.call("refresh", token)
    redis.restart()
    again = one.call("refresh", token)
    assert (again["reused"], again["refreshJwt"]) == (True, first["refreshJwt"])
    until_shared(emulator, one, other)
    before = signed_out(emulator)
    check_shared(emulator, one, other)
    assert signed_out(emulator) == before


def test_paused(emulator: Emulator, start_worker: StartWorker, redis: RedisServer, kind: str) -> None:
    worker = start_worker(kind, redis.url, **PATIENT)
    assert worker.call("refresh", sign_in(emulator))["tenant"] == "acme"
    redis.call("CLIENT", "PAUSE", 600_000, "ALL")
    check_alone(emulator, worker)


def test_frozen(emulator: Emulator, start_worker: StartWorker, redis: RedisServer, kind: str) -> None:
    used, unused = (start_worker(kind, redis.url, **PATIENT) for _ in range(2))
    assert used.call("refresh", sign_in(emulator))["tenant"] == "acme"
    with redis.frozen():
        check_alone(emulator, used)
        check_alone(emulator, unused)
    until_shared(emulator, used, unused)


def test_full(emulator: Emulator, start_worker: StartWorker, redis: RedisServer, kind: str) -> None:
    """It refuses to write, and still reads."""
    worker = start_worker(kind, redis.url, **PATIENT)
    assert worker.call("refresh", sign_in(emulator))["tenant"] == "acme"
    redis.call("CONFIG", "SET", "maxmemory", 1)
    check_alone(emulator, worker)


def test_slow(emulator: Emulator, start_worker: StartWorker, redis: RedisServer, kind: str) -> None:
    """Replies that take long are not waited for; those that take a moment are."""
    with proxied(redis.port) as proxy:
        one, other = (start_worker(kind, redis.url_at(proxy.port), **PATIENT) for _ in range(2))
        proxy.delay = 0.01
        check_shared(emulator, one, other)
        proxy.delay = 600
        check_alone(emulator, one)
        proxy.delay = 0
        assert one.call("refresh", sign_in(emulator))["tenant"] == "acme"


def test_wrong_password(emulator: Emulator, start_worker: StartWorker, engine: str, tmp_path: Path, kind: str) -> None:
    with RedisServer(engine, tmp_path, password="right-0123456789") as redis:
        check_shared(emulator, start_worker(kind, redis.url, **PATIENT), start_worker(kind, redis.url, **PATIENT))
        for credentials in (":wrong-0123456789@", "", "unknown-name:wrong-0123456789@"):
            worker = start_worker(kind, f"redis://{credentials}127.0.0.1:{redis.port}", **PATIENT)
            check_alone(emulator, worker)
            for secret in ("0123456789", "unknown-name"):
                assert secret not in worker.printed()


def test_tls(  # noqa: PLR0917 - fixtures
    emulator: Emulator,
    start_worker: StartWorker,
    engine: str,
    tmp_path: Path,
    test_certificates: Certificates,
    kind: str,
) -> None:
    """With the authority of the client's CA file; without it, under another name, or without TLS nothing is shared."""
    trusting = {**PATIENT, "TENANT_SELECT_CA_FILE": str(test_certificates.authority)}
    with RedisServer(engine, tmp_path, password="right-0123456789", certificates=test_certificates) as redis:
        check_shared(emulator, start_worker(kind, redis.url, **trusting), start_worker(kind, redis.url, **trusting))
        check_alone(emulator, start_worker(kind, redis.url, **PATIENT))
        check_alone(emulator, start_worker(kind, redis.url.replace("localhost", "127.0.0.1"), **trusting))
        plain = redis.url.replace("rediss:", "redis:")
        check_alone(emulator, start_worker(kind, plain, **trusting))


def test_tls_to_a_server_without(emulator: Emulator, start_worker: StartWorker, redis: RedisServer, kind: str) -> None:
    check_alone(emulator, start_worker(kind, redis.url.replace("redis:", "rediss:"), **PATIENT))
