"""Signing keys that come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from descope import AuthException

from conftest import ADA, claims, header

if TYPE_CHECKING:
    from conftest import Client, NewClient
    from emulator import Emulator


def test_new_key_is_fetched_once_and_the_former_one_still_serves(emulator: Emulator, client: Client) -> None:
    before = emulator.sign_in("ada@example.com")
    client.validate_session(before["sessionJwt"])
    assert emulator.key_fetches() == 1

    kid = emulator.rotate_keys()
    response = client.select_tenant("acme", before["refreshJwt"])

    session_jwt = response["sessionToken"]["jwt"]
    assert header(session_jwt)["kid"] == kid != header(before["sessionJwt"])["kid"]
    assert response["sessionToken"]["dct"] == "acme"
    assert emulator.key_fetches() == 2
    assert client.validate_session(before["sessionJwt"])["userId"] == ADA["userId"]
    assert client.validate_session(session_jwt)["dct"] == "acme"
    assert emulator.key_fetches() == 2


def test_retired_key_is_forgotten_with_the_next_fetch(emulator: Emulator, client: Client) -> None:
    before = emulator.sign_in("ada@example.com", "acme")
    client.validate_session(before["sessionJwt"])
    emulator.rotate_keys(retire=True)
    # The key set is never dropped, so the SDK does not know yet.
    client.validate_session(before["sessionJwt"])

    after = client.refresh_session(before["refreshJwt"])

    # The refresh gave a token that can still be verified in place of the one of the retired key.
    assert after["sessionToken"]["dct"] == after["refreshSessionToken"]["dct"] == "acme"
    assert header(after["refreshSessionToken"]["jwt"])["kid"] == header(after["sessionToken"]["jwt"])["kid"]
    assert client.refresh_session(after["refreshSessionToken"]["jwt"])["sessionToken"]["dct"] == "acme"
    with pytest.raises(AuthException, match="Public key not found") as refused:
        client.validate_session(before["sessionJwt"])
    assert (refused.value.status_code, refused.value.error_type) == (500, "invalid public key")


def test_fresh_client_cannot_refresh_with_a_token_of_a_retired_key(emulator: Emulator, client: Client) -> None:
    # The SDK verifies the refresh token before it sends it. A selection it sends as it is.
    refresh_jwt = emulator.sign_in("ada@example.com")["refreshJwt"]
    emulator.rotate_keys(retire=True)
    with pytest.raises(AuthException, match="Public key not found"):
        client.refresh_session(refresh_jwt)
    assert client.select_tenant("acme", refresh_jwt)["sessionToken"]["dct"] == "acme"


def test_every_unknown_key_costs_a_fetch(emulator: Emulator, client: Client) -> None:
    for number in range(3):
        with pytest.raises(AuthException, match="Public key not found"):
            client.validate_session(emulator.mint(kid=f"unknown-{number}"))
    assert emulator.key_fetches() == 3


def test_supplied_key_needs_no_fetch_until_another_one_signs(emulator: Emulator, new_client: NewClient) -> None:
    (key,) = emulator.published_keys()
    assert {"alg", "e", "kid", "kty", "n", "use"} == set(key)
    client = new_client(emulator, public_key=key)
    session_jwt = emulator.sign_in("ada@example.com", "acme")["sessionJwt"]
    assert client.validate_session(session_jwt)["dct"] == "acme"
    assert emulator.requests() == []

    emulator.rotate_keys(retire=True)
    assert client.validate_session(emulator.sign_in("bob@example.com")["sessionJwt"])["dct"] == "globex"
    assert emulator.key_fetches() == 1
    # The fetch replaced the supplied key.
    with pytest.raises(AuthException, match="Public key not found"):
        client.validate_session(session_jwt)


@pytest.mark.parametrize("algorithm", ["RS512", "PS256", "ES256", "ES384", "EdDSA"])
def test_algorithms(emulator: Emulator, client: Client, algorithm: str) -> None:
    emulator.settings(signingAlgorithm=algorithm)
    response = client.select_tenant("acme", emulator.sign_in("ada@example.com")["refreshJwt"])
    assert header(response["sessionToken"]["jwt"])["alg"] == algorithm
    assert claims(response["sessionToken"]["jwt"])["dct"] == response["sessionToken"]["dct"] == "acme"
