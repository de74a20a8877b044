"""Clients that were used before a fork work after it, and no socket is used by two processes."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tenant_select import IncomingRequest, RequestAuthenticator

from connections import requests_by_process, tokens
from programs import count, run

if TYPE_CHECKING:
    from tenant_select import JWTResponse
    from tenant_select.testing import Emulator

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")


@pytest.mark.parametrize("threads", [0, 4])
def test_children_of_a_process_that_has_called(emulator: Emulator, signed_in: JWTResponse, threads: int) -> None:
    """With ten calls in each child, and with or without calls under way at the moment of the fork."""
    emulator.fault("/v1/auth/me/history", "delay", times=None, delayMs=20)
    children = count(20, 100)
    others = 1 + 2  # the process itself, and a child with a child of its own
    refresh_jwts = tokens(emulator, signed_in, children + others)
    for _ in range(count(1, 10)):
        emulator.clear_requests()
        run(emulator, "fork", children, 10, threads, refresh_jwts=refresh_jwts)
        made = requests_by_process(emulator.requests())
        assert sorted(made.values())[:-1] == [10] * (children + others - 1)
        assert max(made.values()) >= 20


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_pools(emulator: Emulator, signed_in: JWTResponse, method: str) -> None:
    emulator.clear_requests()
    calls = count(40, 1000)
    run(emulator, "pool", method, calls, refresh_jwts=tokens(emulator, signed_in, 1 + 4), seconds=120)
    made = requests_by_process(emulator.requests())
    assert made.total() == 1 + calls + 1 + 1
    # Where the processes are forked, they tell themselves apart.
    assert method != "fork" or len(made) > 1


def test_the_journal_tells_when_two_processes_use_one_connection(emulator: Emulator, signed_in: JWTResponse) -> None:
    """As it would look: one client that presents the tokens of both."""
    emulator.clear_requests()
    one, other = tokens(emulator, signed_in, 2).split()
    with emulator.client() as client:
        client.me(one)
        client.me(one)
        assert list(requests_by_process(emulator.requests()).values()) == [2]
        client.me(other)
    with pytest.raises(AssertionError, match="used by two processes"):
        requests_by_process(emulator.requests())


def test_a_client_that_was_closed_stays_closed_in_a_child(emulator: Emulator, refresh_jwt: str) -> None:
    emulator.clear_requests()
    said = run(emulator, "closed", refresh_jwt=refresh_jwt)
    assert said == "not_sent 0\nnot_sent 0\nTrue True False Ada Lovelace\n"
    sent = [entry["path"] for entry in emulator.requests() if entry["event"] == "request"]
    assert sent == ["/v1/auth/me"] * 4


def test_a_call_imports_nothing(emulator: Emulator, refresh_jwt: str) -> None:
    """A fork in the midst of another thread's import leaves the child with a lock that no thread releases."""
    assert run(emulator, "importing", refresh_jwt=refresh_jwt) == "[]\n"


def test_only_a_fork_after_the_first_call_is_warned_of_and_its_child_works(
    emulator: Emulator, refresh_jwt: str
) -> None:
    """As the README has it: the warning counts the native threads, which a client starts with its first call."""
    before, after = [
        line for line in run(emulator, "warned_fork", refresh_jwt=refresh_jwt).splitlines() if line.startswith("forked")
    ]
    assert before == "forked 0 []"
    said = [" is multi-threaded, use of fork() may lead to deadlocks in the child."]
    assert after == f"forked 0 {said if sys.version_info >= (3, 12) and sys.platform == 'linux' else []}"


def test_no_hook_runs_before_a_fork() -> None:
    """Such hooks also run where they are not expected, such as on every subprocess that uvloop starts."""
    source = (
        "import asyncio, logging, os; hooks = []; os.register_at_fork = lambda **given: hooks.extend(given)\n"
        "import tenant_select; print(hooks)"
    )
    found = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert found.stdout == "['after_in_child']\n"


def test_a_request_authenticator_goes_on_in_a_child(emulator: Emulator, signed_in: JWTResponse) -> None:
    """It decides about a valid session and refreshes another, with a client of its own."""
    with emulator.client() as client:
        authenticator = RequestAuthenticator(client)
        cookies = {"Cookie": f"DS={signed_in.session_jwt}; DSR={signed_in.refresh_jwt}"}
        valid = IncomingRequest("GET", "/", cookies)
        expired = IncomingRequest("GET", "/", {"Cookie": f"DSR={signed_in.refresh_jwt}"})
        assert authenticator.authenticate(valid).session is not None
        assert authenticator.authenticate(expired).response is not None
        child = os.fork()
        if child == 0:
            results = [authenticator.authenticate(request) for request in (valid, expired, valid)]
            os._exit([result.response is not None for result in results] != [False, True, False])
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
