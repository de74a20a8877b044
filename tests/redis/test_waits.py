"""How often calls wait for a Redis that does not respond. How long, `make bench` measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conftest import sign_in
from proxy import proxied
from workers import KINDS

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

    from conftest import StartWorker
    from redis_server import RedisServer

CALLS = 50
# A machine that is busy does not decide.
PATIENT = {"TENANT_SELECT_TIMEOUT": "20"}


@pytest.mark.parametrize("kind", KINDS)
def test_each_call_waits_for_one_command_at_most(
    emulator: Emulator, start_worker: StartWorker, redis: RedisServer, kind: str
) -> None:
    """Nothing responds, so each failure is a command that a call has waited for."""
    with proxied(redis.port) as proxy:
        worker = start_worker(kind, redis.url_at(proxy.port), **PATIENT)
        assert worker.call("refresh", sign_in(emulator))["tenant"] == "acme"
        proxy.delay = 600
        waited = []
        for _ in range(CALLS):
            before = worker.diagnostics()["sharedStateFailures"]
            assert worker.call("refresh", sign_in(emulator))["tenant"] == "acme"
            waited.append(worker.diagnostics()["sharedStateFailures"] - before)
        # The first one waits for one command and not for the second, and Redis is left alone for a while.
        assert waited[0] == 1
        assert set(waited) == {0, 1}
