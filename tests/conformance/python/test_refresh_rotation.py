"""Refresh tokens that are replaced with every use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from descope import AuthException

from conftest import refusal

if TYPE_CHECKING:
    from conftest import Client
    from emulator import Emulator

DELIVERIES = pytest.mark.parametrize("delivery", ["body", "refresh_cookie"])


@DELIVERIES
def test_each_refresh_gives_a_new_token_for_the_same_tenant(emulator: Emulator, client: Client, delivery: str) -> None:
    emulator.settings(tokenDelivery=delivery, refreshRotation=True)
    token = emulator.sign_in("ada@example.com", "acme")["refreshJwt"]
    seen = {token}
    for _ in range(3):
        response = client.refresh_session(token)
        token = response["refreshSessionToken"]["jwt"]
        assert response["sessionToken"]["dct"] == response["refreshSessionToken"]["dct"] == "acme"
        seen.add(token)
    assert len(seen) == 4


@DELIVERIES
def test_superseded_token_is_refused_and_the_newer_one_accepted(
    emulator: Emulator, client: Client, delivery: str
) -> None:
    emulator.settings(tokenDelivery=delivery, refreshRotation=True)
    old = emulator.sign_in("ada@example.com", "acme")["refreshJwt"]
    new = client.refresh_session(old)["refreshSessionToken"]["jwt"]
    for _ in range(2):
        with pytest.raises(AuthException) as refused:
            client.refresh_session(old)
        assert refusal(refused.value) == (401, "E011003")
    assert client.refresh_session(new)["sessionToken"]["dct"] == "acme"


@DELIVERIES
def test_reuse_detection_ends_the_sign_in(emulator: Emulator, client: Client, delivery: str) -> None:
    emulator.settings(tokenDelivery=delivery, refreshRotation=True, reuseDetection=True)
    old = emulator.sign_in("ada@example.com", "acme")["refreshJwt"]
    elsewhere = emulator.sign_in("ada@example.com")["refreshJwt"]
    new = client.refresh_session(old)["refreshSessionToken"]["jwt"]
    with pytest.raises(AuthException) as refused:
        client.refresh_session(old)
    assert refusal(refused.value) == (401, "E011003")
    with pytest.raises(AuthException) as refused:
        client.refresh_session(new)
    assert refusal(refused.value) == (401, "E064001")
    # Another sign-in of the same user is another matter.
    assert client.refresh_session(elsewhere)["refreshSessionToken"]["jwt"] != elsewhere


def test_selection_supersedes_only_where_so_set(emulator: Emulator, client: Client) -> None:
    first = emulator.sign_in("ada@example.com")["refreshJwt"]
    second = client.select_tenant("acme", first)["refreshSessionToken"]["jwt"]
    assert client.select_tenant("umbrella", first)["sessionToken"]["dct"] == "umbrella"

    emulator.settings(selectSupersedes=True)
    third = client.select_tenant("umbrella", second)["refreshSessionToken"]["jwt"]
    with pytest.raises(AuthException) as refused:
        client.refresh_session(second)
    assert refusal(refused.value) == (401, "E011003")
    assert client.refresh_session(third)["sessionToken"]["dct"] == "umbrella"
