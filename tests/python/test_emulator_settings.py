"""The testing kit's types against the emulator itself, and what tests can set and see with them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import Counter
from typing import Any, get_type_hints

import pytest
from tenant_select.testing import (
    Counters,
    Emulator,
    EmulatorError,
    EmulatorSettings,
    RefreshTokenEntry,
    RequestEntry,
    TenantSettings,
)

from connections import received


def refresh(emulator: Emulator, refresh_jwt: str) -> tuple[int, dict[str, Any]]:
    """Refresh without a client, which would never present a token again that it has seen replaced."""
    bearer = f"Bearer {emulator.project_id}:{refresh_jwt}"
    request = urllib.request.Request(f"{emulator.url}/v1/auth/refresh", data=b"{}", headers={"authorization": bearer})
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {}


def last_request(emulator: Emulator) -> RequestEntry:
    return received(emulator)[-1]


def test_every_setting_is_typed(emulator: Emulator) -> None:
    settings = emulator.settings(tenantSettings={"acme": {}})
    assert get_type_hints(EmulatorSettings).keys() == settings.keys()
    assert get_type_hints(TenantSettings).keys() == settings["tenantSettings"]["acme"].keys()


def test_counters_and_journal_entries_are_typed(emulator: Emulator, refresh_jwt: str) -> None:
    refresh(emulator, refresh_jwt)
    entry = last_request(emulator)
    assert get_type_hints(RequestEntry).keys() == entry.keys()
    token = entry["refreshToken"]
    assert token is not None
    assert get_type_hints(RefreshTokenEntry).keys() == token.keys()
    assert get_type_hints(Counters).keys() == emulator.counters().keys()


def test_reuse_within_and_after_the_grace_is_seen(emulator: Emulator, refresh_jwt: str) -> None:
    emulator.settings(refreshRotation=True, reuseDetection=True, rotationGraceSeconds=60)
    statuses = []
    for seconds in (0, 0, 60):
        emulator.advance_clock(seconds)
        refresh(emulator, refresh_jwt)
        token = last_request(emulator)["refreshToken"]
        assert token is not None
        statuses.append((token["number"], token["status"], token["revoked"]))
    assert statuses == [(1, "current", False), (1, "grace", False), (1, "superseded", True)]
    counters = emulator.counters()
    assert (counters["refreshes"], counters["reuses"], counters["revocations"]) == (2, 1, 1)


def test_a_share_of_the_calls_fails_before_it_is_carried_out(emulator: Emulator, refresh_jwt: str) -> None:
    emulator.fault("/v1/auth/refresh", "status", status=503, times=None, probability=0.25, seed=3)
    seen = Counter(refresh(emulator, refresh_jwt)[0] for _ in range(40))
    counters = emulator.counters()
    assert seen == {200: counters["refreshes"], 503: counters["faults"]}
    assert 0 < seen[503] < 20
    with pytest.raises(EmulatorError, match="probability"):
        emulator.fault("/v1/auth/refresh", "close", probability=2)


@pytest.mark.usefixtures("signed_in")
def test_a_sign_in_can_be_stepped_up(emulator: Emulator) -> None:
    emulator.settings(refreshKeepsStepUp=False, responseClaims="session")
    stepped_up = emulator.sign_in("ada@example.com", step_up=True)
    plain = emulator.sign_in("ada@example.com")
    assert stepped_up.session_jwt is not None
    assert stepped_up.refresh_jwt is not None
    assert plain.session_jwt is not None
    with emulator.client() as client:
        assert client.validate_session(stepped_up.session_jwt).claims["su"] is True
        assert "su" not in client.validate_session(plain.session_jwt).claims
    _, body = refresh(emulator, stepped_up.refresh_jwt)
    assert body["claims"]["iss"]
    assert "su" not in body["claims"]
