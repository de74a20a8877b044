"""An interpreter that exits with pending calls exits with code 0, prints nothing on stderr, and takes no longer than usual."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from programs import count, run

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

# Python waits for threads that are no daemons, so the server must respond to them.
RESPONDED = ["tasks", "tasks_of_a_loop_that_is_left_alone", "threads", "daemon_threads", "a_loop_in_a_daemon_thread"]
# Where native code runs Python code: making an exception, a generator of the user, a model's own exceptions.
WITHIN = ["refused", "refused_by_a_model", "generated", "restored", "read"]
STALLED = ["tasks", "tasks_of_a_loop_that_is_left_alone", "daemon_threads", "a_loop_in_a_daemon_thread"]


@pytest.mark.parametrize("way", RESPONDED)
def test_exit_with_calls_that_the_server_responds_to(emulator: Emulator, refresh_jwt: str, way: str) -> None:
    for _ in range(count(6, 200)):
        run(emulator, "exit_with_pending_calls", way, refresh_jwt=refresh_jwt)


@pytest.mark.parametrize("way", WITHIN)
def test_exit_while_native_code_runs_python_code(emulator: Emulator, refresh_jwt: str, way: str) -> None:
    for _ in range(count(4, 200)):
        run(emulator, "exit_with_pending_calls", way, refresh_jwt=refresh_jwt)


@pytest.mark.parametrize("way", STALLED)
def test_exit_with_calls_that_stall(emulator: Emulator, refresh_jwt: str, way: str) -> None:
    emulator.fault("/v1/auth/me", "stall", times=None)
    for _ in range(count(2, 50)):
        run(emulator, "exit_with_pending_calls", way, refresh_jwt=refresh_jwt, seconds=9)


def test_calls_from_functions_registered_with_atexit(emulator: Emulator, refresh_jwt: str) -> None:
    assert run(emulator, "call_at_exit", refresh_jwt=refresh_jwt) == "before: Ada Lovelace\nafter: not_sent\n"
