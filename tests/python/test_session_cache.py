"""The cache of verified session tokens: what a caller of the Python package can see of it."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from typing import TYPE_CHECKING

import pytest
from tenant_select import AsyncClient, Client, ClientClosedError, InvalidInputError, InvalidTokenError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenant_select import JWTResponse
    from tenant_select.testing import Emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Client]:
    with Client(emulator.project_id, base_url=emulator.url, session_cache=10) as client:
        yield client


@pytest.fixture
def session_jwt(signed_in: JWTResponse) -> str:
    assert signed_in.session_jwt is not None
    return signed_in.session_jwt


def counts(client: Client | AsyncClient) -> tuple[int, int, int]:
    diagnostics = client.diagnostics()
    return diagnostics.cached_sessions, diagnostics.session_cache_hits, diagnostics.session_cache_misses


def test_a_token_is_verified_once(client: Client, session_jwt: str) -> None:
    sessions = [client.validate_session(session_jwt) for _ in range(4)]
    assert all(session == sessions[0] for session in sessions)
    assert counts(client) == (1, 3, 1)


def test_asyncio_verifies_a_token_once(emulator: Emulator, session_jwt: str) -> None:
    async def validate() -> None:
        async with AsyncClient(emulator.project_id, base_url=emulator.url, session_cache=10) as client:
            sessions = [await client.validate_session(session_jwt) for _ in range(4)]
            assert all(session == sessions[0] for session in sessions)
            assert counts(client) == (1, 3, 1)

    asyncio.run(validate())


def test_callers_share_nothing_that_can_change(client: Client, session_jwt: str) -> None:
    for _ in range(2):
        client.validate_session(session_jwt)
    first = client.validate_session(session_jwt)
    expected = first.to_dict(), first.roles, first.amr
    first.claims["dct"] = "other"
    first.claims["tenants"].clear()
    first.tenants.clear()
    first.roles.append("admin")
    first.amr.append("mfa")
    first.to_dict()["claims"].clear()
    with pytest.raises(AttributeError):
        first.user_id = "other"  # type: ignore[misc]
    second = client.validate_session(session_jwt)
    assert second is not first
    assert (second.to_dict(), second.roles, second.amr) == expected
    assert (first.to_dict(), first.roles, first.amr) == expected


def test_other_texts_are_refused(client: Client, session_jwt: str) -> None:
    for _ in range(3):
        client.validate_session(session_jwt)
    signed, signature = session_jwt.rsplit(".", 1)
    flipped = signed + "." + ("B" if signature[0] == "A" else "A") + signature[1:]
    others = [flipped, session_jwt + "=", session_jwt + " ", " " + session_jwt, session_jwt + "\0", session_jwt.upper()]
    for other in [*others, signed + ".", session_jwt + "é", "\ufeff" + session_jwt]:
        with pytest.raises(InvalidTokenError):
            client.validate_session(other)
    assert counts(client)[:2] == (1, 2)


def test_arguments_of_a_hit_are_checked(client: Client, session_jwt: str) -> None:
    for _ in range(3):
        client.validate_session(session_jwt)
    with pytest.raises(InvalidInputError):
        client.validate_session(session_jwt, timeout=-1)
    with pytest.raises(TypeError):
        client.validate_session(session_jwt, retries="many")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        client.validate_session(session_jwt, 7)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        client.validate_session(session_jwt.encode())  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError):
        client.validate_session(session_jwt, "")
    with pytest.raises(InvalidTokenError):
        client.validate_session(session_jwt, "another audience")


def test_a_subclass_of_str_is_taken_by_its_text(client: Client, session_jwt: str) -> None:
    class Token(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 0

    for _ in range(3):
        client.validate_session(session_jwt)
    assert client.validate_session(Token(session_jwt)) == client.validate_session(session_jwt)
    with pytest.raises(InvalidTokenError):
        client.validate_session(Token("a.b.c"))


def test_a_hit_is_logged_like_any_call(client: Client, session_jwt: str, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        client.validate_session(session_jwt)
    with caplog.at_level(logging.DEBUG, "tenant_select"):
        client.validate_session(session_jwt)
    assert ["operation=validate_session" in record.getMessage() for record in caplog.records] == [True]


def test_a_closed_client_refuses_a_cached_token(client: Client, session_jwt: str) -> None:
    for _ in range(3):
        client.validate_session(session_jwt)
    client.close()
    with pytest.raises(ClientClosedError):
        client.validate_session(session_jwt)
    assert counts(client) == (0, 0, 0)


def test_clients_of_a_process_share_no_token(client: Client, emulator: Emulator, session_jwt: str) -> None:
    for _ in range(3):
        client.validate_session(session_jwt)
    with Client(emulator.project_id, base_url=emulator.url, session_cache=10) as other:
        other.validate_session(session_jwt)
        assert counts(other) == (1, 0, 1)


def test_threads_share_the_cache(client: Client, session_jwt: str) -> None:
    expected = client.validate_session(session_jwt)
    wrong: list[object] = []

    def validate() -> None:
        for _ in range(200):
            session = client.validate_session(session_jwt)
            if session != expected:
                wrong.append(session)

    threads = [threading.Thread(target=validate) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert counts(client) == (1, 1600, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_starts_with_an_empty_cache(client: Client, session_jwt: str) -> None:
    for _ in range(3):
        client.validate_session(session_jwt)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            empty = counts(client) == (0, 0, 0)
            client.validate_session(session_jwt)
            client.validate_session(session_jwt)
            status = 0 if empty and counts(client) == (1, 1, 1) else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert counts(client) == (1, 2, 1)


def test_nothing_of_the_cache_is_printed(client: Client, session_jwt: str) -> None:
    client.validate_session(session_jwt)
    assert session_jwt not in f"{client!r} {client.diagnostics()!r} {client.validate_session(session_jwt)!r}"
