"""Signals reach a thread that waits for a call."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from conftest import FIGURES
from connections import the_end_of_the_call
from programs import count, start
from test_gevent import needs_gevent

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


PROGRAMS = pytest.mark.parametrize(
    ("program", "what"),
    [
        ("interrupted", "a blocking"),
        ("interrupted_task", "an awaited"),
        pytest.param("interrupted_greenlet", "a greenlet's", marks=needs_gevent),
    ],
)


@PROGRAMS
def test_ctrl_c_ends_a_call_at_once_and_drops_a_read(
    emulator: Emulator, refresh_jwt: str, program: str, what: str
) -> None:
    emulator.fault("/v1/auth/me/history", "stall", times=None)
    for _ in range(count(5, 50)):
        emulator.clear_requests()
        with start(emulator, program, "read", refresh_jwt=refresh_jwt) as running:
            assert running.stdout is not None
            assert running.stdout.readline() == "calling\n"
            emulator.wait_for("request", path="/v1/auth/me/history")
            sent = time.time()
            running.send_signal(signal.SIGINT)
            word, when = running.stdout.readline().split()
            left = the_end_of_the_call(emulator)
            out, err = running.communicate("\n", timeout=10)
        assert (word, out, err, running.returncode) == ("interrupted", "", "", 0)
        assert left["duringRequest"]
        FIGURES[f"milliseconds from Ctrl-C until {what} call has ended"].append((float(when) - sent) * 1000)


@PROGRAMS
def test_an_exchange_that_ctrl_c_interrupts_completes(
    rotating: Emulator, rotating_jwt: str, program: str, what: str
) -> None:
    """The next call with the old token gets the new session."""
    rotating.fault("/v1/auth/tenant/select", "delay", delayMs=400)
    rotating.clear_requests()
    with start(rotating, program, refresh_jwt=rotating_jwt) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "calling\n", what
        rotating.wait_for("request", path="/v1/auth/tenant/select")
        running.send_signal(signal.SIGINT)
        assert running.stdout.readline().startswith("interrupted ")
        out, err = running.communicate("\n", timeout=20)
    assert (out, err, running.returncode) == ("acme\n", "", 0)
    counters = rotating.counters()
    assert (counters["selections"], counters["revocations"]) == (1, 0)


@pytest.mark.parametrize("program", ["handled", "forked_handler"])
def test_a_handler_that_does_not_raise_leaves_the_call_alone(
    emulator: Emulator, refresh_jwt: str, program: str
) -> None:
    emulator.fault("/v1/auth/me", "delay", delayMs=300)
    with start(emulator, program, refresh_jwt=refresh_jwt) as running:
        assert running.stdout is not None
        running.stdout.readline()
        emulator.wait_for("request", path="/v1/auth/me")
        running.send_signal(signal.SIGUSR1)
        out, err = running.communicate(timeout=20)
    assert (out, err, running.returncode) == ("", "", 0)
