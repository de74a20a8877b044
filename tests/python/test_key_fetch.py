"""A key fetch ends and is learnt from, also when the calls that wait for it are gone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tenant_select import KeysUnavailableError

from loops import LOOPS

if TYPE_CHECKING:
    from tenant_select import JWTResponse
    from tenant_select.testing import Emulator, RequestEntry


def path_of_keys(emulator: Emulator) -> str:
    return f"/v2/keys/{emulator.project_id}"


def key_requests(emulator: Emulator) -> list[RequestEntry]:
    path = path_of_keys(emulator)
    return [entry for entry in emulator.requests() if entry["event"] == "request" and entry["path"] == path]


@pytest.fixture
def session_jwt(emulator: Emulator, signed_in: JWTResponse) -> str:
    """A session token; the journal is empty."""
    assert signed_in.session_jwt is not None
    emulator.clear_requests()
    return signed_in.session_jwt


@pytest.mark.parametrize("loop", LOOPS)
def test_the_fetch_completes_when_all_callers_are_cancelled(emulator: Emulator, session_jwt: str, loop: str) -> None:
    emulator.fault(path_of_keys(emulator), "delay", delayMs=300)
    client = emulator.async_client()

    async def main() -> None:
        calls = [asyncio.ensure_future(client.validate_session(session_jwt)) for _ in range(10)]
        await asyncio.to_thread(emulator.wait_for, "request", path=path_of_keys(emulator))
        for call in calls:
            call.cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)
        await client.validate_session(session_jwt)

    LOOPS[loop](main)
    assert [entry["status"] for entry in key_requests(emulator)] == [200]


def test_the_fetch_completes_when_the_loop_of_its_callers_is_closed(emulator: Emulator, session_jwt: str) -> None:
    emulator.fault(path_of_keys(emulator), "delay", delayMs=300)
    client = emulator.async_client()

    async def give_up() -> None:
        call = asyncio.ensure_future(client.validate_session(session_jwt))
        await asyncio.to_thread(emulator.wait_for, "request", path=path_of_keys(emulator))
        call.cancel()

    async def validate() -> None:
        await client.validate_session(session_jwt)

    asyncio.run(give_up())
    asyncio.run(validate())
    assert [entry["status"] for entry in key_requests(emulator)] == [200]


def test_keys_of_an_endpoint_slower_than_its_callers_are_kept(emulator: Emulator, session_jwt: str) -> None:
    emulator.fault(path_of_keys(emulator), "delay", times=None, delayMs=400)
    with emulator.client(timeout=0.1) as client:
        refused = 0
        while refused < 100:
            try:
                client.validate_session(session_jwt)
                break
            except KeysUnavailableError as error:
                assert error.retryable  # noqa: PT017
                refused += 1
    assert 0 < refused < 100
    assert len(key_requests(emulator)) == 1


def test_a_rotation_refuses_no_good_token(emulator: Emulator, session_jwt: str, refresh_jwt: str) -> None:
    """Those that miss while the keys are fetched wait for them, though the last fetch was a moment ago."""
    client = emulator.async_client()

    async def main() -> None:
        await client.validate_session(session_jwt)
        await asyncio.to_thread(emulator.rotate_keys)
        new = (await asyncio.to_thread(emulator.sign_in, "ada@example.com", "acme")).session_jwt
        assert new is not None
        emulator.fault(path_of_keys(emulator), "delay", delayMs=200)
        refresh = asyncio.ensure_future(client.refresh_session(refresh_jwt))
        await asyncio.to_thread(emulator.wait_for, "request", path=path_of_keys(emulator), count=2)
        results = await asyncio.gather(*[client.validate_session(new) for _ in range(100)], return_exceptions=True)
        assert [result for result in results if isinstance(result, BaseException)] == []
        await refresh

    asyncio.run(main())
    assert len(key_requests(emulator)) == 2
