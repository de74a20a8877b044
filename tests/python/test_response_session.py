"""The session of a response: there is one, or reading it says why there is none."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING

import pytest
from tenant_select import InvalidTokenError, JWTResponse, KeysUnavailableError, NotVerifiedError, Session

if TYPE_CHECKING:
    from tenant_select import Client
    from tenant_select.testing import Emulator


def reason(response: JWTResponse) -> str:
    """Return the message of the error that reading the session raises."""
    assert response.session_or_none is None
    with pytest.raises(NotVerifiedError) as caught:
        _ = response.session
    assert (caught.value.code, caught.value.outcome, caught.value.retryable) == ("NOT_VERIFIED", "not_sent", False)
    assert caught.value.response is None
    return str(caught.value)


def test_a_verified_response_has_its_session(client: Client, refresh_jwt: str) -> None:
    switched = client.select_tenant("acme", refresh_jwt)
    assert isinstance(switched.session, Session)
    assert switched.session_or_none == switched.session
    assert "session_or_none=Session(" in repr(switched)


def test_without_verification_there_is_none(emulator: Emulator, refresh_jwt: str) -> None:
    with emulator.client(verify=False) as client:
        assert "verification is switched off" in reason(client.select_tenant("acme", refresh_jwt))


def test_a_sign_out_has_none(client: Client, refresh_jwt: str) -> None:
    assert "a sign-out has no session" in reason(client.logout(refresh_jwt))


def test_data_has_none(client: Client, refresh_jwt: str) -> None:
    switched = client.select_tenant("acme", refresh_jwt)
    assert "made from data" in reason(JWTResponse.from_dict(switched.to_dict()))


def test_a_response_that_failed_its_verification_has_none(emulator: Emulator, refresh_jwt: str) -> None:
    emulator.fault("/v2/keys/*", "status", status=500, times=None)
    with emulator.client(retries=0) as client, pytest.raises(KeysUnavailableError) as caught:
        client.select_tenant("acme", refresh_jwt)
    assert caught.value.response is not None
    assert "failed its verification (KEYS_UNAVAILABLE)" in reason(caught.value.response)


def test_an_absent_session_is_an_absent_attribute() -> None:
    """So tools that look through an object, and patterns, go on."""
    response = JWTResponse.from_dict({"sessionJwt": "a.b.c"})
    assert not hasattr(response, "session")
    assert getattr(response, "session", 7) == 7
    match response:
        case JWTResponse(session=_):
            pytest.fail("there is no session")
        case JWTResponse(session_jwt="a.b.c"):
            pass
        case _:
            pytest.fail("no match")


def test_the_error_shows_no_token_and_survives_copies_and_pickles() -> None:
    with pytest.raises(NotVerifiedError) as caught:
        _ = JWTResponse.from_dict({"sessionJwt": "eyJh.eyJz.c2ln"}).session
    error = caught.value
    assert "eyJ" not in f"{error!r} {error} {error.__dict__}"
    for again in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert (type(again), str(again), again.code) == (NotVerifiedError, str(error), "NOT_VERIFIED")
    assert isinstance(error, AttributeError)
    assert not isinstance(error, InvalidTokenError)
