"""A process that is killed or stopped, or that leaves Redis alone, while it holds the lock of a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conftest import sign_in, signed_out
from workers import KINDS, PATIENCE

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

    from conftest import StartWorker
    from redis_server import RedisServer

pytestmark = pytest.mark.parametrize("kind", KINDS)

REFRESH = "/v1/auth/refresh"
SHORT = {"TENANT_SELECT_TIMEOUT": "2"}
"""The lock outlives the deadline of the call by two seconds."""
PATIENT = {"TENANT_SELECT_TIMEOUT": "30", "TENANT_SELECT_ROTATION_GRACE": "60"}


def test_the_holder_is_killed_in_the_midst_of_its_exchange(
    emulator: Emulator, start_worker: StartWorker, redis: RedisServer, kind: str
) -> None:
    """Others wait until its lock expires, and go on in order."""
    emulator.fault(REFRESH, "stall")
    killed, one, other = (start_worker(kind, redis.url, **options) for options in (SHORT, PATIENT, PATIENT))
    token = sign_in(emulator)
    killed.begin("refresh", token)
    emulator.wait_for("request", path=REFRESH)
    killed.kill()
    calls = [worker.begin("refresh", token) for worker in (one, other)]
    results = [call.result(PATIENCE) for call in calls]
    assert {result["tenant"] for result in results} == {"acme"}
    assert len({result["refreshJwt"] for result in results}) == 1
    assert emulator.counters()["refreshes"] == 1
    assert signed_out(emulator) == 0


def test_the_holder_is_stopped_until_its_lock_has_expired(
    emulator: Emulator, start_worker: StartWorker, redis: RedisServer, kind: str
) -> None:
    """What it stores then does not replace what another process has stored, and it goes on with that, too."""
    # The service would take the second exchange for theft. Here it accepts both, so that the first one has a result.
    emulator.settings(rotationGraceSeconds=60)
    emulator.fault(REFRESH, "delay", delayMs=1000)
    stopped, one, other = (start_worker(kind, redis.url, **options) for options in (SHORT, PATIENT, PATIENT))
    token = sign_in(emulator)
    late = stopped.begin("refresh", token)
    emulator.wait_for("request", path=REFRESH)
    stopped.suspend()
    stands = one.call("refresh", token)
    assert (stands["tenant"], stands["reused"]) == ("acme", False)
    stopped.resume()
    # Whether its own time was over before it read the response is a matter of chance.
    assert late.result(PATIENCE).get("code", "TIMEOUT") == "TIMEOUT"
    # Also after it had the time to store what it got.
    assert stopped.call("me", token) == {}
    assert other.call("refresh", token)["refreshJwt"] == stands["refreshJwt"]
    # Its own result gives way to the one that all others go on with.
    assert stopped.call("refresh", token)["refreshJwt"] == stands["refreshJwt"]
    assert signed_out(emulator) == 0
    assert stopped.diagnostics()["unorderedExchanges"] == 1
    assert one.diagnostics()["unorderedExchanges"] == 0


def test_a_lock_is_released_while_redis_is_left_alone(
    emulator: Emulator, start_worker: StartWorker, redis: RedisServer, kind: str
) -> None:
    """A failure of another call does not let others wait until the lock expires."""
    holder, other = (start_worker(kind, redis.url, **PATIENT) for _ in range(2))
    token = sign_in(emulator)
    # Shorter than the pause that follows a failure.
    emulator.fault(REFRESH, "delay", delayMs=300)
    pending = holder.begin("refresh", token)
    emulator.wait_for("request", path=REFRESH)
    redis.call("ACL", "SETUSER", "default", "-eval")
    assert holder.call("me", sign_in(emulator)) == {}
    assert holder.diagnostics()["sharedStateFailures"] == 1
    redis.call("ACL", "SETUSER", "default", "+eval")
    newest = pending.result(PATIENCE)["refreshJwt"]
    result = other.call("refresh", token)
    assert (result["refreshJwt"], result["reused"]) == (newest, True)
    assert emulator.counters()["refreshes"] == 1
    assert signed_out(emulator) == 0
