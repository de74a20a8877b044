"""Switches as events: one for each, to ``on_switch`` and the logger, where the call is waited for or, without a caller, elsewhere."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import logging
import os
import pickle
import queue
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from tenant_select import (
    AsyncClient,
    Client,
    InternalServerError,
    PermissionDeniedError,
    SwitchEvent,
    TenantMismatchError,
)

from programs import run, start
from test_gevent import needs_gevent

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

SELECT = "/v1/auth/tenant/select"
LOGGER = "tenant_select.switch"
REQUEST: contextvars.ContextVar[str] = contextvars.ContextVar("request")


class Sync:
    """Calls of the client for threads."""

    def __init__(self, emulator: Emulator, on_switch: Any = None) -> None:
        self.client = emulator.client(on_switch=on_switch, retries=0)

    def __call__(self, name: str, *arguments: Any, **options: Any) -> Any:
        return getattr(self.client, name)(*arguments, **options)


class Async:
    """Calls of the client for event loops."""

    def __init__(self, emulator: Emulator, on_switch: Any = None) -> None:
        self.client = emulator.async_client(on_switch=on_switch, retries=0)

    def __call__(self, name: str, *arguments: Any, **options: Any) -> Any:
        async def main() -> Any:
            return await getattr(self.client, name)(*arguments, **options)

        return asyncio.run(main())


BOTH = pytest.mark.parametrize("make", [Sync, Async])


def facts(event: SwitchEvent) -> tuple[str | None, str, str | None]:
    return event.to_tenant, event.outcome, event.code


@BOTH
def test_a_switch_is_one_event(rotating: Emulator, rotating_jwt: str, make: Any) -> None:
    events: list[SwitchEvent] = []
    before = time.time()
    switched = make(rotating, events.append)("select_tenant", "acme", rotating_jwt)
    [event] = events
    assert facts(event) == ("acme", "applied", None)
    assert (event.project_id, event.user_id) == (rotating.project_id, switched.session.user_id)
    assert (event.request_id, event.attempts) == (switched.http.request_id, 1)
    assert before - 1 <= event.time <= time.time() + 1
    assert 0 < event.duration < 60


@BOTH
def test_a_remembered_response_is_no_switch(rotating: Emulator, rotating_jwt: str, make: Any) -> None:
    events: list[SwitchEvent] = []
    call = make(rotating, events.append)
    first, second = (call("select_tenant", "acme", rotating_jwt) for _ in range(2))
    assert first.session_jwt == second.session_jwt
    assert [facts(event) for event in events] == [("acme", "applied", None)]


@BOTH
def test_a_refused_switch_is_an_event(emulator: Emulator, refresh_jwt: str, make: Any) -> None:
    events: list[SwitchEvent] = []
    with pytest.raises(PermissionDeniedError):
        make(emulator, events.append)("select_tenant", "initech", refresh_jwt)
    assert [facts(event) for event in events] == [("initech", "rejected", "PERMISSION_DENIED")]


@BOTH
def test_a_switch_of_unknown_outcome_is_an_event(emulator: Emulator, refresh_jwt: str, make: Any) -> None:
    emulator.fault(SELECT, "status", status=500, headers={"x-request-id": "q1"})
    events: list[SwitchEvent] = []
    with pytest.raises(InternalServerError):
        make(emulator, events.append)("select_tenant", "acme", refresh_jwt)
    assert [facts(event) for event in events] == [("acme", "unknown", "SERVER")]
    assert events[0].request_id == "q1"


@BOTH
def test_a_refresh_that_brings_another_tenant_is_an_event(emulator: Emulator, make: Any) -> None:
    signed_in = emulator.sign_in("ada@example.com")
    assert signed_in.user is not None
    claims: dict[str, Any] = {"sub": signed_in.user.user_id, "tenants": {"acme": {}, "globex": {}}}
    old = emulator.token(profile="refresh", claims={**claims, "dct": "acme"})
    new = {
        "sessionJwt": emulator.token(claims={**claims, "dct": "globex"}),
        "refreshJwt": emulator.token(profile="refresh", claims={**claims, "dct": "globex"}),
    }
    emulator.fault("/v1/auth/refresh", "status", status=200, body=new)
    events: list[SwitchEvent] = []
    refreshed = make(emulator, events.append)("refresh_session", old)
    assert refreshed.session.active_tenant.tenant_id == "globex"
    assert [(event.from_tenant, *facts(event)) for event in events] == [("acme", "globex", "applied", None)]


@BOTH
def test_a_refresh_that_keeps_the_tenant_and_a_refused_argument_are_none(
    emulator: Emulator, refresh_jwt: str, make: Any
) -> None:
    events: list[SwitchEvent] = []
    call = make(emulator, events.append)
    call("refresh_session", refresh_jwt)
    call("me", refresh_jwt)
    with pytest.raises(ValueError, match="tenant"):
        call("select_tenant", "", refresh_jwt)
    assert events == []


def test_identical_selections_are_one_event(emulator: Emulator, refresh_jwt: str) -> None:
    emulator.fault(SELECT, "delay", delayMs=200)
    events: list[SwitchEvent] = []

    async def main() -> None:
        client = emulator.async_client(on_switch=events.append)
        await asyncio.gather(*(client.select_tenant("acme", refresh_jwt) for _ in range(10)))

    asyncio.run(main())
    assert [facts(event) for event in events] == [("acme", "applied", None)]


@BOTH
def test_each_switch_is_a_record(emulator: Emulator, make: Any, caplog: pytest.LogCaptureFixture) -> None:
    emulator.settings(jwtTemplate="current_tenant")
    token = emulator.sign_in("ada@example.com", "acme").refresh_jwt or ""
    caplog.set_level(logging.INFO, LOGGER)
    call = make(emulator)
    call("select_tenant", "globex", token)
    with pytest.raises(PermissionDeniedError):
        call("select_tenant", "no outcome=applied", token)
    good, refused = [record for record in caplog.records if record.name == LOGGER]
    assert (good.levelname, refused.levelname) == ("INFO", "WARNING")
    told: dict[str, Any] = good.tenant_select  # type: ignore[attr-defined]
    assert told.pop("duration_ms") >= 0
    assert (told["from_tenant"], told["to_tenant"], told["outcome"], told["code"]) == (
        "acme",
        "globex",
        "applied",
        None,
    )
    assert list(told) == [
        *("project_id", "user_id", "from_tenant", "to_tenant", "outcome", "code", "request_id", "attempts")
    ]
    shown = (
        f"project_id={told['project_id']} user_id={told['user_id']} from_tenant=acme to_tenant=globex outcome=applied"
    )
    assert good.getMessage().startswith(f"{shown} attempts=1 duration_ms=")
    assert "to_tenant='no outcome=applied' outcome=rejected code=PERMISSION_DENIED" in refused.getMessage()
    assert token not in caplog.text


@BOTH
def test_it_is_called_in_the_thread_and_context_of_the_caller(emulator: Emulator, refresh_jwt: str, make: Any) -> None:
    REQUEST.set("r1")
    seen: list[tuple[str, threading.Thread]] = []
    call = make(emulator, lambda _: seen.append((REQUEST.get("none"), threading.current_thread())))
    call("select_tenant", "acme", refresh_jwt)
    assert seen == [("r1", threading.current_thread())]


@BOTH
def test_what_it_raises_is_logged_and_costs_nothing(
    emulator: Emulator, refresh_jwt: str, make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: SwitchEvent) -> None:
        message = "of the application"
        raise ZeroDivisionError(message)

    switched = make(emulator, fail)("select_tenant", "acme", refresh_jwt)
    assert switched.session.active_tenant.tenant_id == "acme"
    assert [record.name for record in caplog.records if record.levelno == logging.ERROR] == [LOGGER]
    assert "ZeroDivisionError: of the application" in caplog.text


@pytest.mark.parametrize("value", ["f", 1, object()])
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_it_must_be_callable(kind: Any, value: Any) -> None:
    with pytest.raises(TypeError, match="on_switch must be callable"):
        kind("P2abcdefghijklmnopqrstuvwxyz", on_switch=value)


def test_a_switch_whose_task_was_cancelled_is_reported_in_its_loop(rotating: Emulator, rotating_jwt: str) -> None:
    rotating.fault(SELECT, "delay", delayMs=200)
    rotating.clear_requests()
    main_thread = threading.current_thread()
    seen: list[tuple[SwitchEvent, bool]] = []

    async def main() -> None:
        told = asyncio.Event()

        def tell(event: SwitchEvent) -> None:
            seen.append((event, threading.current_thread() is main_thread))
            told.set()

        task = asyncio.ensure_future(rotating.async_client(on_switch=tell).select_tenant("acme", rotating_jwt))
        await asyncio.to_thread(rotating.wait_for, "request", path=SELECT)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert seen == []
        await asyncio.wait_for(told.wait(), 20)

    asyncio.run(main())
    assert [(facts(event), in_loop) for event, in_loop in seen] == [(("acme", "applied", None), True)]


def test_a_switch_whose_loop_was_closed_is_reported_in_a_thread(rotating: Emulator, rotating_jwt: str) -> None:
    rotating.fault(SELECT, "delay", delayMs=300)
    rotating.clear_requests()
    told: queue.Queue[tuple[SwitchEvent, threading.Thread]] = queue.Queue()
    client = rotating.async_client(on_switch=lambda event: told.put((event, threading.current_thread())))

    async def main() -> None:
        task = asyncio.ensure_future(client.select_tenant("acme", rotating_jwt))
        await asyncio.to_thread(rotating.wait_for, "request", path=SELECT)
        task.cancel()

    asyncio.run(main())
    event, thread = told.get(timeout=20)
    assert facts(event) == ("acme", "applied", None)
    assert thread is not threading.current_thread()


def test_a_switch_whose_deadline_passed_is_reported_in_a_thread(rotating: Emulator, rotating_jwt: str) -> None:
    rotating.fault(SELECT, "delay", delayMs=400)
    told: queue.Queue[SwitchEvent] = queue.Queue()
    with rotating.client(on_switch=told.put) as client:
        with pytest.raises(TimeoutError):
            client.select_tenant("acme", rotating_jwt, timeout=0.1)
        assert facts(told.get(timeout=20)) == ("acme", "applied", None)
        assert told.empty()


def test_a_switch_that_was_cancelled_before_it_was_sent_is_reported(emulator: Emulator, refresh_jwt: str) -> None:
    emulator.fault("/v1/auth/refresh", "stall", times=None)
    emulator.clear_requests()
    events: list[SwitchEvent] = []

    async def main() -> None:
        told = asyncio.Event()

        def tell(event: SwitchEvent) -> None:
            events.append(event)
            told.set()

        client = emulator.async_client(on_switch=tell)
        first = asyncio.ensure_future(client.refresh_session(refresh_jwt, timeout=30))
        await asyncio.to_thread(emulator.wait_for, "request", path="/v1/auth/refresh")
        second = asyncio.ensure_future(client.select_tenant("acme", refresh_jwt))
        await asyncio.sleep(0.05)  # it takes its place behind the refresh
        second.cancel()
        await asyncio.wait_for(told.wait(), 20)
        first.cancel()
        await asyncio.gather(first, second, return_exceptions=True)

    asyncio.run(main())
    assert [facts(event) for event in events] == [("acme", "not_sent", None)]


def test_an_observer_may_hold_its_client(emulator: Emulator, refresh_jwt: str) -> None:
    """The garbage collector finds the circle."""

    class Holder:
        def __init__(self) -> None:
            self.events: list[SwitchEvent] = []
            self.client = emulator.client(on_switch=self.record)

        def record(self, event: SwitchEvent) -> None:
            self.events.append(event)

    holder = Holder()
    holder.client.select_tenant("acme", refresh_jwt)
    assert len(holder.events) == 1
    gone = weakref.ref(holder)
    del holder
    gc.collect()
    assert gone() is None


def test_an_event_is_a_value(emulator: Emulator, refresh_jwt: str) -> None:
    events: list[SwitchEvent] = []
    emulator.client(on_switch=events.append).select_tenant("acme", refresh_jwt)
    [event] = events
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(event, protocol)) == event
    assert hash(pickle.loads(pickle.dumps(event))) == hash(event)
    assert repr(event).startswith(f"SwitchEvent(time={event.time!r}, project_id='{emulator.project_id}'")
    assert event.to_dict()["toTenant"] == "acme"
    with pytest.raises(AttributeError):
        event.outcome = "rejected"  # type: ignore[misc]
    match event:
        case SwitchEvent(None, "acme", "applied"):
            pass
        case _:
            pytest.fail("the pattern does not match")


def test_diagnostics_count_superseded_tokens(rotating: Emulator, rotating_jwt: str) -> None:
    with rotating.client() as client, rotating.client() as other:
        assert client.diagnostics().superseded_tokens == 0
        client.select_tenant("acme", rotating_jwt)
        assert client.diagnostics().to_dict() == {
            "supersededTokens": 1,
            "evictedTokens": 0,
            "cachedSessions": 0,
            "sessionCacheHits": 0,
            "sessionCacheMisses": 0,
            "sharedStateFailures": 0,
            "unorderedExchanges": 0,
        }
        assert other.diagnostics() == client.diagnostics()
    assert client.diagnostics().superseded_tokens == 0


def test_an_exit_with_a_pending_switch_is_quick(rotating: Emulator, rotating_jwt: str) -> None:
    rotating.fault(SELECT, "stall", times=None)
    for way in ("task", "late call"):
        rotating.clear_requests()
        with start(rotating, "exit_with_pending_switch", way, refresh_jwt=rotating_jwt) as program:
            rotating.wait_for("request", path=SELECT)
            out, err = program.communicate("\n", timeout=9)
        assert (out, err, program.returncode) == (f"{way}: left\n", "", 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_starts_with_a_table_of_its_own(rotating: Emulator, rotating_jwt: str) -> None:
    token = rotating.sign_in("ada@example.com").refresh_jwt or ""
    told = run(rotating, "forked_switch", refresh_jwt=rotating_jwt, refresh_jwts=token)
    assert told == "child: 0 superseded, acme, 1 event\nparent: 1 superseded, 1 event\n"


@needs_gevent
def test_a_greenlet_s_switch_is_reported_in_it_and_a_killed_one_s_in_the_hub(
    rotating: Emulator, rotating_jwt: str
) -> None:
    token = rotating.sign_in("ada@example.com").refresh_jwt or ""
    rotating.fault(SELECT, "delay", delayMs=400, skip=1)
    with start(rotating, "switched_greenlet", refresh_jwt=rotating_jwt, refresh_jwts=token) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "in the greenlet: acme applied\n"
        rotating.clear_requests()
        assert program.stdin is not None
        program.stdin.write("go on\n")
        program.stdin.flush()
        rotating.wait_for("request", path=SELECT)
        out, err = program.communicate("kill\n", timeout=20)
    assert (out, err, program.returncode) == ("in another greenlet of this thread: globex applied\n", "", 0)


def test_follow_switch_takes_the_new_tenant(rotating: Emulator) -> None:
    token = rotating.sign_in("ada@example.com", "acme").refresh_jwt or ""
    with rotating.client() as client:
        switched = client.select_tenant("globex", token)
        with pytest.raises(TenantMismatchError) as caught:
            client.refresh_session(token)
        assert caught.value.outcome == "not_sent"
        assert caught.value.response is not None
        assert caught.value.response.refresh_jwt == switched.refresh_jwt
        followed = client.refresh_session(token, follow_switch=True)
        assert followed.session_jwt == switched.session_jwt
        assert rotating.counters()["revocations"] == 0
