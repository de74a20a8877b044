"""An interpreter that exits with calls under way exits well: code 0, nothing on stderr, and soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from programs import count, run

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

# Threads that are no daemons are waited for, so the server must answer them.
ANSWERED = ["tasks", "tasks_of_a_loop_that_is_left_alone", "threads", "daemon_threads", "a_loop_in_a_daemon_thread"]
# What native code runs Python code for: making an exception, a generator of the user's, a model's own exceptions.
WITHIN = ["refused", "refused_by_a_model", "generated", "restored", "read"]
STALLED = ["tasks", "tasks_of_a_loop_that_is_left_alone", "daemon_threads", "a_loop_in_a_daemon_thread"]


@pytest.mark.parametrize("way", ANSWERED)
def test_calls_that_are_being_answered(emulator: Emulator, refresh_jwt: str, way: str) -> None:
    for _ in range(count(6, 200)):
        run(emulator, "leaving", way, refresh_jwt=refresh_jwt)


@pytest.mark.parametrize("way", WITHIN)
def test_threads_that_are_within_native_code(emulator: Emulator, refresh_jwt: str, way: str) -> None:
    for _ in range(count(4, 200)):
        run(emulator, "leaving", way, refresh_jwt=refresh_jwt)


@pytest.mark.parametrize("way", STALLED)
def test_calls_that_nobody_answers(emulator: Emulator, refresh_jwt: str, way: str) -> None:
    emulator.fault("/v1/auth/me", "stall", times=None)
    for _ in range(count(2, 50)):
        run(emulator, "leaving", way, refresh_jwt=refresh_jwt, seconds=9)


def test_calls_made_while_the_interpreter_exits(emulator: Emulator, refresh_jwt: str) -> None:
    assert run(emulator, "late", refresh_jwt=refresh_jwt) == "before: Ada Lovelace\nafter: not_sent\n"
