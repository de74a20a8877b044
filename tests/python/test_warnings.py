"""What a client reports that is wrong around it: one record under the logger ``tenant_select``, once per client."""

from __future__ import annotations

import asyncio
import logging
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest
from tenant_select import KeysUnavailableError, NotFoundError

if TYPE_CHECKING:
    from tenant_select import JWTResponse
    from tenant_select.testing import Emulator

ME = "/v1/auth/me"


def refuse_at(emulator: Emulator, path: str, offset: float) -> None:
    """Let the next request get a 404 whose ``Date`` is so many seconds away."""
    headers = {"date": formatdate(time.time() + offset, usegmt=True)}
    emulator.fault(path, "status", status=404, headers=headers)


def warnings(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno == logging.WARNING]


@pytest.mark.parametrize(("offset", "side"), [(600, "behind"), (-600, "ahead of")])
def test_a_clock_skew_above_the_leeway_is_logged_once_per_client(
    emulator: Emulator, refresh_jwt: str, caplog: pytest.LogCaptureFixture, offset: int, side: str
) -> None:
    with emulator.client(leeway=60) as client:
        for _ in range(3):
            refuse_at(emulator, ME, offset)
            with pytest.raises(NotFoundError):
                client.me(refresh_jwt)
        assert client.me(refresh_jwt).user_id
    [record] = warnings(caplog)
    assert record.name == "tenant_select"
    assert f" s {side} the service's" in record.getMessage()
    facts = record.tenant_select  # type: ignore[attr-defined]
    assert facts.keys() == {"code", "seconds"}
    assert facts["code"] == "CLOCK_SKEW"
    assert abs(facts["seconds"] - offset) <= 30


def test_the_async_client_logs_it_too_and_so_does_a_key_fetch(
    emulator: Emulator, signed_in: JWTResponse, caplog: pytest.LogCaptureFixture
) -> None:
    refuse_at(emulator, f"/v2/keys/{emulator.project_id}", 3600)
    with pytest.raises(KeysUnavailableError):
        asyncio.run(emulator.async_client().validate_session(signed_in.session_jwt or ""))
    assert len(warnings(caplog)) == 1


def test_a_skew_within_the_leeway_is_not_logged(
    emulator: Emulator, refresh_jwt: str, caplog: pytest.LogCaptureFixture
) -> None:
    with emulator.client(leeway=300) as client:
        refuse_at(emulator, ME, 200)
        with pytest.raises(NotFoundError):
            client.me(refresh_jwt)
        client.select_tenant("acme", refresh_jwt)
    assert warnings(caplog) == []
