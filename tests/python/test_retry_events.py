"""Retries as events: ``on_retry`` is called where the call is waited for, and what it does never costs the call its result."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tenant_select import InternalServerError, RetryEvent

from programs import run
from test_gevent import needs_gevent

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenant_select.testing import Emulator

ME = "/v1/auth/me"
REQUEST: contextvars.ContextVar[str] = contextvars.ContextVar("request")


def call_sync(emulator: Emulator, refresh_jwt: str, on_retry: Callable[[RetryEvent], object]) -> Any:
    with emulator.client(on_retry=on_retry) as client:
        return client.me(refresh_jwt, retries=2)


def call_async(emulator: Emulator, refresh_jwt: str, on_retry: Callable[[RetryEvent], object]) -> Any:
    async def main() -> Any:
        async with emulator.async_client(on_retry=on_retry) as client:
            return await client.me(refresh_jwt, retries=2)

    return asyncio.run(main())


BOTH = pytest.mark.parametrize("call", [call_sync, call_async])


def fail_twice(emulator: Emulator) -> None:
    emulator.fault(ME, "status", status=503, headers={"x-request-id": "q1"})
    emulator.fault(ME, "reset")


def arrivals(emulator: Emulator) -> list[Any]:
    return [entry for entry in emulator.requests() if entry.get("path") == ME]


@BOTH
def test_each_retry_is_an_event_with_its_facts(emulator: Emulator, refresh_jwt: str, call: Any) -> None:
    fail_twice(emulator)
    events: list[RetryEvent] = []
    assert call(emulator, refresh_jwt, events.append).user_id
    facts = [(event.operation, event.project_id, event.attempts, event.outcome) for event in events]
    assert facts == [("me", emulator.project_id, 1, "unknown"), ("me", emulator.project_id, 2, "unknown")]
    assert [(event.status, event.request_id) for event in events] == [(503, "q1"), (None, None)]
    assert all(isinstance(event.wait, float) and 0 <= event.wait <= 0.2 for event in events)
    assert repr(events[0]).startswith(
        f"RetryEvent(operation='me', project_id='{emulator.project_id}', attempts=1, wait="
    )


@BOTH
def test_an_event_comes_before_the_wait_for_the_next_attempt(emulator: Emulator, refresh_jwt: str, call: Any) -> None:
    emulator.fault(ME, "status", status=503, headers={"retry-after": "1"})
    arrived: list[int] = []

    def count(_: RetryEvent) -> None:
        arrived.append(len(arrivals(emulator)))

    call(emulator, refresh_jwt, count)
    assert arrived == [1]
    assert len(arrivals(emulator)) == 2


@BOTH
def test_it_is_called_in_the_thread_and_context_of_the_caller(emulator: Emulator, refresh_jwt: str, call: Any) -> None:
    fail_twice(emulator)
    REQUEST.set("r1")
    seen: list[tuple[str, threading.Thread]] = []
    call(emulator, refresh_jwt, lambda _: seen.append((REQUEST.get("none"), threading.current_thread())))
    assert seen == [("r1", threading.current_thread())] * 2


@BOTH
def test_what_it_raises_is_logged_and_costs_nothing(
    emulator: Emulator, refresh_jwt: str, call: Any, caplog: pytest.LogCaptureFixture
) -> None:
    fail_twice(emulator)

    def fail(_: RetryEvent) -> None:
        message = "of the application"
        raise ZeroDivisionError(message)

    assert call(emulator, refresh_jwt, fail).user_id
    records = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.name for record in records] == ["tenant_select.retry"] * 2
    assert "ZeroDivisionError: of the application" in caplog.text


@BOTH
def test_what_ends_the_program_ends_the_call(emulator: Emulator, refresh_jwt: str, call: Any) -> None:
    emulator.fault(ME, "status", status=503, headers={"retry-after": "1"}, times=3)

    def interrupt(_: RetryEvent) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call(emulator, refresh_jwt, interrupt)
    assert len(arrivals(emulator)) == 1


@BOTH
def test_the_call_that_fails_in_the_end_had_its_retries_too(emulator: Emulator, refresh_jwt: str, call: Any) -> None:
    emulator.fault(ME, "status", status=502, times=3)
    events: list[RetryEvent] = []
    with pytest.raises(InternalServerError) as caught:
        call(emulator, refresh_jwt, events.append)
    assert [event.attempts for event in events] == [1, 2]
    assert caught.value.attempts == 3


def test_an_observer_may_make_calls(emulator: Emulator, refresh_jwt: str) -> None:
    fail_twice(emulator)
    users: list[str | None] = []

    def look(_: RetryEvent) -> None:
        users.append(emulator.client(retries=0).history(refresh_jwt)[0].user_id)

    assert call_sync(emulator, refresh_jwt, look).user_id == users[0] == users[1]


@BOTH
def test_each_retry_is_a_record(
    emulator: Emulator, refresh_jwt: str, call: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tenant_select.retry")
    fail_twice(emulator)
    call(emulator, refresh_jwt, lambda _: None)
    records = [record for record in caplog.records if record.name == "tenant_select.retry"]
    assert [record.levelname for record in records] == ["INFO", "INFO"]
    first, second = [record.tenant_select for record in records]  # type: ignore[attr-defined]
    assert first.pop("wait") <= 0.2
    expected = {"operation": "me", "attempts": 1, "outcome": "unknown", "status": 503, "request_id": "q1"}
    assert first == expected
    assert (second["attempts"], second["status"]) == (2, None)
    text = "operation=me attempts=1 outcome=unknown status=503 request_id=q1 wait="
    assert records[0].getMessage().startswith(text)


@pytest.mark.parametrize("value", ["f", 1, object()])
def test_it_must_be_callable(emulator: Emulator, value: Any) -> None:
    with pytest.raises(TypeError, match="on_retry must be callable"):
        emulator.client(on_retry=value)


def test_a_task_that_was_cancelled_gets_no_more_events(emulator: Emulator, refresh_jwt: str) -> None:
    emulator.fault(ME, "status", status=503, headers={"retry-after": "1"}, times=3)
    events: list[RetryEvent] = []

    async def main() -> None:
        told = asyncio.Event()

        def tell(event: RetryEvent) -> None:
            events.append(event)
            told.set()

        task = asyncio.ensure_future(emulator.async_client(on_retry=tell).me(refresh_jwt))
        await told.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert len(events) == 1
    assert len(arrivals(emulator)) == 1


@needs_gevent
def test_it_is_called_in_the_greenlet_of_the_call(emulator: Emulator, refresh_jwt: str) -> None:
    fail_twice(emulator)
    told = run(emulator, "retried_greenlet", refresh_jwt=refresh_jwt)
    assert told == "Ada Lovelace [(1, True), (2, True)]\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_it_may_fork(emulator: Emulator, refresh_jwt: str) -> None:
    fail_twice(emulator)
    assert run(emulator, "forked_observer", refresh_jwt=refresh_jwt) == "Ada Lovelace 0\n"
