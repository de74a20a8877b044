"""Signals reach a thread that waits for a call."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from programs import start

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def test_ctrl_c_ends_a_call_at_once_and_drops_the_request(emulator: Emulator, refresh_jwt: str) -> None:
    emulator.fault("/v1/auth/tenant/select", "stall", times=None)
    with start(emulator, "interrupted", refresh_jwt=refresh_jwt) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "calling\n"
        emulator.wait_for("request", path="/v1/auth/tenant/select")
        sent = time.time()
        program.send_signal(signal.SIGINT)
        word, when = program.stdout.readline().split()
        emulator.wait_for("disconnect")
        out, err = program.communicate("\n", timeout=10)
    assert (word, out, err, program.returncode) == ("interrupted", "", "", 0)
    print(f"interrupted {(float(when) - sent) * 1000:.0f} ms after the signal")


def test_a_handler_that_does_not_raise_leaves_the_call_alone(emulator: Emulator, refresh_jwt: str) -> None:
    emulator.fault("/v1/auth/me", "delay", delayMs=300)
    with start(emulator, "handled", refresh_jwt=refresh_jwt) as program:
        assert program.stdout is not None
        program.stdout.readline()
        emulator.wait_for("request", path="/v1/auth/me")
        program.send_signal(signal.SIGUSR1)
        out, err = program.communicate(timeout=10)
    assert (out, err, program.returncode) == ("", "", 0)
