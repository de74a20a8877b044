"""What only Python has of request authenticators: types of arguments, cancellation, observers, and what is printed."""

from __future__ import annotations

import asyncio
import logging
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from tenant_select import AsyncRequestAuthenticator, IncomingRequest, RequestAuthenticator, RetryEvent, SwitchEvent

if TYPE_CHECKING:
    from tenant_select import Client, JWTResponse
    from tenant_select.testing import Emulator


def cookies(signed_in: JWTResponse, names: str = "DS DSR") -> dict[str, str]:
    tokens = {"DS": signed_in.session_jwt, "DSR": signed_in.refresh_jwt}
    return {"cookie": "; ".join(f"{name}={tokens[name]}" for name in names.split())}


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "text/html", "Cookie": "ä=ö"},
        [("Accept", "text/html"), ("Cookie", "ä=ö")],
        [(b"accept", b"text/html"), (b"cookie", "ä=ö".encode("latin-1"))],
        (["accept", "text/html"], ["cookie", "ä=ö"]),
    ],
)
def test_headers_are_mappings_or_pairs_of_text_or_bytes(headers: Any) -> None:
    request = IncomingRequest("GET", "/", headers)
    assert (request.header("ACCEPT"), request.header("cookie"), request.header("host")) == ("text/html", "ä=ö", None)
    assert [value for _, value in request.headers] == ["text/html", "ä=ö"]


@pytest.mark.parametrize("headers", [None, 7, ["ab"], [("a",)], [("a", 1)], [("a", "b", "c")], {"a": None}])
def test_other_headers_are_refused(headers: Any) -> None:
    with pytest.raises(TypeError):
        IncomingRequest("GET", "/", headers)


def test_a_header_that_is_no_text_is_replaced_and_not_refused() -> None:
    """Any client can send it."""
    assert str(IncomingRequest("GET", "/\udcff", {"cookie": "DS=\udcff"}).header("cookie")).startswith("DS=\ufffd")


@pytest.mark.parametrize(
    "needed",
    [
        {"tenant": 7},
        {"roles": "editor"},
        {"permissions": [7]},
        {"any_role": None},
        {"any_permission": "read"},
        {"required": "no"},
        {"step_up": 1},
    ],
)
def test_a_requirement_of_the_wrong_type_is_refused(client: Client, needed: Any) -> None:
    with pytest.raises(TypeError):
        RequestAuthenticator(client).authenticate(IncomingRequest("GET", "/", {}), **needed)


@pytest.mark.parametrize(
    "options",
    [
        {"on_mismatch": 7},
        {"not_member_status": "404"},
        {"trusted_origins": "https://a.example"},
        {"refresh": "no"},
        {"refresh_before": "60"},
        {"cookies": []},
        {"cookies": {"secure": "no"}},
        {"cookies": {"samesite": "Lax"}},
        {"cookies": {"session": {"secure": True}}},
    ],
)
def test_an_option_of_the_wrong_type_is_refused(client: Client, options: Any) -> None:
    with pytest.raises(TypeError):
        RequestAuthenticator(client, **options)


def test_nothing_that_holds_tokens_is_printed_or_pickled(client: Client, signed_in: JWTResponse) -> None:
    authenticator, request = RequestAuthenticator(client), IncomingRequest("POST", "/?a=secret", cookies(signed_in))
    result = authenticator.switch(request, "acme")
    assert result.response is not None
    for value in (authenticator, request, result, result.headers, result.response):
        for token in (signed_in.session_jwt, signed_in.refresh_jwt, result.response.session_jwt, "secret"):
            assert str(token) not in repr(value)
    assert "[redacted]" in repr(result.headers)
    for value in (authenticator, request, result):
        with pytest.raises(TypeError):
            pickle.dumps(value)
    refusal = authenticator.authenticate(IncomingRequest("GET", "/", {})).refusal
    assert refusal == authenticator.authenticate(IncomingRequest("GET", "/", {})).refusal
    assert len({refusal, refusal, *result.headers}) == 1 + len(result.headers)


def test_a_refresh_is_no_work_of_the_event_loop(emulator: Emulator, signed_in: JWTResponse) -> None:
    """Whose other tasks go on; and a request that is cancelled leaves its tokens to the next one."""

    async def run() -> None:
        emulator.settings(refreshRotation=True)
        async with emulator.async_client() as client:
            authenticator = AsyncRequestAuthenticator(client)
            request = IncomingRequest("GET", "/", cookies(signed_in, "DSR"))
            await authenticator.authenticate(IncomingRequest("GET", "/", cookies(signed_in)))
            emulator.clear_requests()
            emulator.fault("/v1/auth/refresh", "delay", delayMs=100)
            task = asyncio.ensure_future(authenticator.authenticate(request))
            await asyncio.to_thread(emulator.wait_for, "request", path="/v1/auth/refresh", count=1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            result = await authenticator.authenticate(request)
            assert result.response is not None
            assert result.response.refresh_jwt != signed_in.refresh_jwt
        calls = [entry for entry in emulator.requests() if entry["event"] == "request"]
        assert [entry["path"] for entry in calls] == ["/v1/auth/refresh"]

    asyncio.run(run())


def test_retries_and_switches_of_a_request_are_reported(
    emulator: Emulator, signed_in: JWTResponse, caplog: pytest.LogCaptureFixture
) -> None:
    retries: list[RetryEvent] = []
    switches: list[SwitchEvent] = []
    emulator.fault("/v1/auth/tenant/select", "status", status=503, headers={"Retry-After": "0"})
    with (
        emulator.client(on_retry=retries.append, on_switch=switches.append) as client,
        caplog.at_level(logging.DEBUG, "tenant_select"),
    ):
        RequestAuthenticator(client).switch(IncomingRequest("POST", "/", cookies(signed_in)), "acme")
    assert [event.operation for event in retries] == ["switch"]
    assert [event.to_tenant for event in switches] == ["acme"]
    facts = [record.__dict__["tenant_select"] for record in caplog.records if record.name == "tenant_select"]
    assert [(fact["operation"], fact["outcome"]) for fact in facts] == [("switch", "ok")]
