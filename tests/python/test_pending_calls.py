"""Identical pending calls are one request, and a closed client completes its pending calls: every caller gets its own result."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from tenant_select import (
    APITimeoutError,
    ClientClosedError,
    InternalServerError,
    JWTResponse,
    KeysUnavailableError,
    RateLimitError,
)

if TYPE_CHECKING:
    from tenant_select import AsyncClient, Client
    from tenant_select.testing import Emulator

SELECT = "/v1/auth/tenant/select"
ME = "/v1/auth/me"


def arrived(emulator: Emulator, path: str) -> int:
    return sum(entry["event"] == "request" and entry["path"] == path for entry in emulator.requests())


def test_a_caller_that_joins_a_call_outlives_the_deadline_of_the_first(
    emulator: Emulator, client: Client, refresh_jwt: str
) -> None:
    emulator.fault(SELECT, "delay", delayMs=1000)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(client.select_tenant, "acme", refresh_jwt, timeout=0.5)
        emulator.wait_for("request", path=SELECT)
        second = pool.submit(client.select_tenant, "acme", refresh_jwt)
        error = first.exception()
        assert isinstance(error, APITimeoutError)
        assert (error.outcome, error.retryable, error.attempts) == ("unknown", False, 1)
        assert second.result().session.user_id
    assert arrived(emulator, SELECT) == 1


def test_a_caller_with_an_earlier_deadline_gives_up_alone(
    emulator: Emulator, async_client: AsyncClient, refresh_jwt: str
) -> None:
    emulator.fault(SELECT, "delay", delayMs=1000)

    async def main() -> None:
        first = asyncio.create_task(async_client.select_tenant("acme", refresh_jwt))
        await asyncio.to_thread(emulator.wait_for, "request", path=SELECT)
        with pytest.raises(APITimeoutError) as caught:
            await async_client.select_tenant("acme", refresh_jwt, timeout=0.1)
        assert (caught.value.outcome, caught.value.attempts) == ("unknown", 1)
        assert not first.done()
        assert (await first).session.user_id

    asyncio.run(main())
    assert arrived(emulator, SELECT) == 1


def test_a_caller_that_gives_up_while_the_response_is_verified_gets_the_response(
    emulator: Emulator, async_client: AsyncClient, refresh_jwt: str
) -> None:
    emulator.fault("/v2/keys/*", "delay", delayMs=1000)

    async def main() -> None:
        first = asyncio.create_task(async_client.select_tenant("acme", refresh_jwt))
        second = asyncio.create_task(async_client.select_tenant("acme", refresh_jwt, timeout=0.5))
        with pytest.raises(KeysUnavailableError) as caught:
            await second
        assert caught.value.outcome == "applied"
        assert caught.value.response is not None
        assert caught.value.response.refresh_jwt is not None
        assert (await first).session.user_id

    asyncio.run(main())
    assert arrived(emulator, SELECT) == 1


def test_calls_with_other_retry_settings_are_not_the_same(
    emulator: Emulator, async_client: AsyncClient, refresh_jwt: str
) -> None:
    emulator.fault(SELECT, "status", status=503, headers={"Retry-After": "0"}, times=None)

    async def main() -> list[JWTResponse | BaseException]:
        settings: list[dict[str, Any]] = [{"retries": 5}, {"retries": 0}, {"retries": 5, "retry_unknown": True}]
        calls = [async_client.select_tenant("acme", refresh_jwt, **options) for options in settings]
        return await asyncio.gather(*calls, return_exceptions=True)

    attempts = [error.attempts for error in asyncio.run(main()) if isinstance(error, InternalServerError)]
    assert attempts == [6, 1, 6]


def test_a_call_under_way_is_verified_after_its_client_was_closed(emulator: Emulator, refresh_jwt: str) -> None:
    emulator.fault(SELECT, "status", status=503, headers={"Retry-After": "1"})
    with ThreadPoolExecutor() as pool:
        client = emulator.client()
        call = pool.submit(client.select_tenant, "acme", refresh_jwt)
        emulator.wait_for("response", path=SELECT)
        client.close()
        response = call.result()
    assert response.http is not None
    assert response.http.attempts == 2
    with pytest.raises(ClientClosedError):
        client.select_tenant("acme", refresh_jwt)
    assert arrived(emulator, SELECT) == 2


def test_a_call_under_way_is_verified_after_its_async_client_was_closed(emulator: Emulator, refresh_jwt: str) -> None:
    emulator.fault(SELECT, "delay", delayMs=300)

    async def main() -> None:
        async with emulator.async_client() as client:
            call = asyncio.create_task(client.select_tenant("acme", refresh_jwt))
            await asyncio.to_thread(emulator.wait_for, "request", path=SELECT)
        assert client.closed
        assert (await call).session.user_id

    asyncio.run(main())
    assert arrived(emulator, SELECT) == 1


def test_a_closed_rate_limit_gate_does_not_delay_a_sign_out(
    emulator: Emulator, client: Client, refresh_jwt: str
) -> None:
    other = emulator.sign_in("ada@example.com").refresh_jwt
    assert other is not None
    emulator.fault(ME, "status", status=429, headers={"Retry-After": "50"})
    with pytest.raises(RateLimitError):
        client.me(refresh_jwt)
    client.logout(other)
    client.logout_all(refresh_jwt)
    with pytest.raises(RateLimitError) as caught:
        client.me(refresh_jwt)
    assert (caught.value.outcome, caught.value.attempts) == ("not_sent", 0)


def test_the_next_call_is_sent_when_a_half_open_probe_stalls(
    emulator: Emulator, client: Client, refresh_jwt: str
) -> None:
    emulator.fault(ME, "status", status=429, headers={"Retry-After": "0"})
    emulator.fault(ME, "stall")
    with pytest.raises(RateLimitError):
        client.me(refresh_jwt, retries=0)
    with ThreadPoolExecutor() as pool:
        half_open_probe = pool.submit(client.me, refresh_jwt, timeout=5, retries=0)
        emulator.wait_for("request", path=ME, count=2)
        others = [pool.submit(client.me, refresh_jwt) for _ in range(4)]
        assert all(other.result().user_id for other in others)
        assert not half_open_probe.done()
        assert isinstance(half_open_probe.exception(), APITimeoutError)
