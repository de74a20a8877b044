"""A service that is busy or ill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from descope import AuthException, RateLimitException

if TYPE_CHECKING:
    from conftest import Client
    from emulator import Emulator

SELECT = "/v1/auth/tenant/select"


def test_rate_limit(emulator: Emulator, client: Client) -> None:
    # The window lies in the past, so that its end is now and no token is of the future to the SDK.
    emulator.advance_clock(-600)
    refresh_jwt = emulator.sign_in("ada@example.com")["refreshJwt"]
    emulator.settings(rateLimit={"limit": 1, "windowSeconds": 600})
    client.me(refresh_jwt)
    with pytest.raises(RateLimitException) as limited:
        client.select_tenant("acme", refresh_jwt)
    error = limited.value
    assert str(error.status_code) == "E130429"  # the code, where other errors have the HTTP status
    assert error.error_description == "https://docs.descope.com/rate-limit"
    assert error.error_message == "API rate limit exceeded."
    assert error.rate_limit_parameters is not None
    assert 0 < error.rate_limit_parameters["Retry-After"] <= 600
    # The SDK does not wait: one call, one request.
    assert len(emulator.requests(SELECT)) == 1

    emulator.advance_clock(600)
    assert client.select_tenant("acme", refresh_jwt)["sessionToken"]["dct"] == "acme"


def test_sdk_sends_a_selection_again_on_503(emulator: Emulator, client: Client) -> None:
    emulator.control("POST", "/faults", {"path": SELECT, "kind": "status", "status": 503})
    response = client.select_tenant("acme", emulator.sign_in("ada@example.com")["refreshJwt"])
    assert response["sessionToken"]["dct"] == "acme"
    assert [request["status"] for request in emulator.requests(SELECT)] == [503, 200]


def test_error_page_is_kept_as_text(emulator: Emulator, client: Client) -> None:
    page = "<html><title>502 Bad Gateway</title></html>"
    fault = {"path": SELECT, "kind": "status", "status": 502, "body": page, "headers": {"content-type": "text/html"}}
    emulator.control("POST", "/faults", fault)
    with pytest.raises(AuthException) as failed:
        client.select_tenant("acme", emulator.sign_in("ada@example.com")["refreshJwt"])
    assert (failed.value.status_code, failed.value.error_message) == (502, page)
    assert len(emulator.requests(SELECT)) == 1
