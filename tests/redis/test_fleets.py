"""Several servers of several processes each, one Redis, one user: 400 requests with one expired session within half a second."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

import browsers
from conftest import USER, signed_out
from fleets import FLEETS, Fleet, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tenant_select.testing import Emulator

    from browsers import Request
    from redis_server import RedisServer

REQUESTS = 400
WORKERS = 4
# A machine that is busy does not decide whether a token is remembered for long enough.
PATIENT = {"TENANT_SELECT_ROTATION_GRACE": "60", "TENANT_SELECT_TIMEOUT": "60"}
EACH = [*([name] for name in FLEETS), FLEETS]


@pytest.fixture(params=EACH, ids="-".join)
def fleets(
    request: pytest.FixtureRequest, emulator: Emulator, redis: RedisServer, tmp_path: Path
) -> Iterator[list[Fleet]]:
    shared = {**emulator.environment, **PATIENT, "TENANT_SELECT_SHARED_STATE": redis.url}
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(serving(name, shared, tmp_path / f"{name}.log")) for name in request.param]


def expired_session(emulator: Emulator) -> str:
    """Sign the user in and give the cookies of an expired session."""
    signed_in = emulator.sign_in(USER, "acme")
    assert signed_in.user is not None
    claims: dict[str, object] = {"sub": signed_in.user.user_id, "dct": "acme", "tenants": {"acme": {}, "globex": {}}}
    expired = emulator.token(lifetimeSeconds=-60, claims=claims)
    return f"DS={expired}; DSR={signed_in.refresh_jwt}"


def issued(emulator: Emulator) -> dict[str, tuple[int, str]]:
    """Give the number and the tenant of each refresh token that an exchange issued, by fingerprint."""
    found = {}
    for entry in emulator.requests():
        if entry["event"] == "request" and (token := entry["refreshToken"]) and (new := token["issued"]):
            assert new["fingerprint"] is not None and new["number"] is not None
            found[new["fingerprint"]] = (new["number"], new["tenant"] or "")
    return found


def check_processes(requests: Sequence[Request], fleets: Sequence[Fleet]) -> None:
    """Every process had requests."""
    processes = {process for fleet in fleets for process in fleet.processes}
    assert len(processes) == WORKERS * len(fleets)
    assert {request.process for request in requests} == processes


def check_service(emulator: Emulator) -> None:
    """No superseded token has reached the service."""
    counters = emulator.counters()
    assert (signed_out(emulator), counters["reuses"], counters["graceUses"]) == (0, 0, 0)


def test_one_expired_session_is_refreshed_once(emulator: Emulator, fleets: list[Fleet]) -> None:
    emulator.settings(delayMs=50, delayJitterMs=100)
    requests = browsers.requests(["GET /session"] * REQUESTS, fleets, expired_session(emulator))
    emulator.clear_requests()
    browsers.send(requests)
    assert {(request.status, request.body) for request in requests if request.status != 200} == set()
    check_processes(requests, fleets)
    check_service(emulator)
    assert emulator.counters()["refreshes"] == 1
    assert {request.fingerprint for request in requests} == set(issued(emulator))


def test_a_switch_among_refreshes_is_one_selection_and_stands(emulator: Emulator, fleets: list[Fleet]) -> None:
    emulator.settings(delayMs=50, delayJitterMs=100)
    lines = ["GET /session"] * (REQUESTS // 2) + ["GET /session", "POST /tenants/globex/switch"] * (REQUESTS // 4)
    requests = browsers.requests(lines, fleets, expired_session(emulator))
    emulator.clear_requests()
    browsers.send(requests)
    check_processes(requests, fleets)
    check_service(emulator)
    counters = emulator.counters()
    assert (counters["refreshes"], counters["selections"]) == (1, 1)
    tokens = issued(emulator)
    for request in requests:
        number, tenant = tokens[request.fingerprint]
        if request.line.startswith("POST"):
            assert (request.status, tenant) == (200, "globex")
        else:
            # One that comes after the switch is told so, with the new tokens.
            assert request.status == (200 if tenant == "acme" else 409), request.body
        later = [other for other in requests if other.began > request.ended]
        assert all(tokens[other.fingerprint][0] >= number for other in later), "an older token after a newer one"
