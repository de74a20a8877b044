"""Clients that were used before a fork work after it, and no socket is used by two processes."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from programs import count, run

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")


@pytest.mark.parametrize("threads", [0, 4])
def test_children_of_a_process_that_has_called(emulator: Emulator, refresh_jwt: str, threads: int) -> None:
    children = count(20, 1000)
    run(emulator, "fork", children, 10, threads, refresh_jwt=refresh_jwt, seconds=count(60, 1200))


def test_no_connection_is_shared(emulator: Emulator, refresh_jwt: str) -> None:
    """Without threads, one process after the other makes its ten calls."""
    emulator.clear_requests()
    run(emulator, "fork", 20, 10, 0, refresh_jwt=refresh_jwt)
    parent, child = 0, 20 + 2
    calls = 0
    owners: dict[int, int] = {}
    for entry in emulator.requests():
        if entry["event"] == "disconnect":
            owners.pop(entry["connection"], None)
        elif entry["path"].startswith("/v1/auth"):
            process, calls = calls // 10, calls + 1
            owner = owners.setdefault(entry["connection"], parent if process > child else process)
            assert owner == (parent if process > child else process)
    assert calls == 10 * (1 + 20 + 2 + 1)


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_pools(emulator: Emulator, refresh_jwt: str, method: str) -> None:
    run(emulator, "pool", method, count(40, 1000), refresh_jwt=refresh_jwt, seconds=120)


def test_no_hook_runs_before_a_fork() -> None:
    """Such hooks run where nobody expects them, on every subprocess that uvloop starts for one."""
    source = (
        "import asyncio, logging, os; hooks = []; os.register_at_fork = lambda **given: hooks.extend(given)\n"
        "import tenant_select; print(hooks)"
    )
    found = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert found.stdout == "['after_in_child']\n"
