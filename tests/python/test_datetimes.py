"""Times as `datetime` objects besides the seconds since 1970."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
import tenant_select
from tenant_select import HistoryEntry, JWTResponse, SwitchEvent, Tenant, User

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

FIRST = datetime(1, 1, 1, tzinfo=timezone.utc)
LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)

FIELDS = [
    (User, "createdTime", "created_time_datetime"),
    (User, "consentExpiration", "consent_expiration_datetime"),
    (Tenant, "createdTime", "created_time_datetime"),
    (HistoryEntry, "loginTime", "login_time_datetime"),
    (JWTResponse, "sessionExpiration", "session_expiration_datetime"),
    (JWTResponse, "cookieExpiration", "cookie_expiration_datetime"),
]


@pytest.mark.parametrize(("cls", "wire", "attribute"), FIELDS)
def test_a_field_is_a_time_in_utc_or_none(cls: Any, wire: str, attribute: str) -> None:
    def of(seconds: int | None) -> datetime | None:
        value: datetime | None = getattr(cls.from_dict({wire: seconds}), attribute)
        return value

    assert of(None) is None
    assert of(1_711_036_188) == datetime(2024, 3, 21, 15, 49, 48, tzinfo=timezone.utc)
    for seconds in (-1, 0, 1, 86_399, 86_400, -86_401, 4_102_444_800):
        made = of(seconds)
        assert made == datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
        assert made.utcoffset() == timedelta(0)


def test_a_time_beyond_a_datetime_is_the_first_or_the_last_one() -> None:
    def of(seconds: int) -> datetime | None:
        return HistoryEntry.from_dict({"loginTime": seconds}).login_time_datetime

    assert of(253_402_300_799) == of(253_402_300_800) == of(2**63 - 1) == LAST
    assert of(-62_135_596_800) == of(-62_135_596_801) == of(-(2**63)) == FIRST


def test_a_session_a_response_and_a_switch_have_them(emulator: Emulator, refresh_jwt: str) -> None:
    emulator.settings(nextRefreshSeconds=60)
    switches: list[SwitchEvent] = []
    with emulator.client(on_switch=switches.append) as client:
        switched = client.select_tenant("acme", refresh_jwt)
    session = switched.session
    assert session.issued_at_datetime is not None
    assert session.refresh_expires_at_datetime is not None
    assert switched.next_refresh_at_datetime is not None
    assert session.issued_at_datetime.timestamp() == session.issued_at
    assert session.expires_at_datetime.timestamp() == session.expires_at
    assert session.refresh_expires_at_datetime.timestamp() == session.refresh_expires_at
    assert switched.next_refresh_at_datetime.timestamp() == switched.next_refresh_at
    (switch,) = switches
    assert switch.time_datetime == datetime.fromtimestamp(switch.time, timezone.utc)


def test_every_time_has_a_datetime() -> None:
    for name in tenant_select.__all__:
        cls = getattr(tenant_select, name)
        annotations: dict[str, str] = getattr(cls, "__annotations__", {}) if hasattr(cls, "__match_args__") else {}
        for attribute in annotations:
            first = (getattr(cls, attribute).__doc__ or "").partition("\n\n")[0]
            if "seconds since 1970" in first:
                assert f"{attribute}_datetime" in annotations, f"{name}.{attribute}"
