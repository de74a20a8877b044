"""While other code blocks the interpreter for seconds, calls go on: responses are read and deadlines hold."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from programs import start

if TYPE_CHECKING:
    from tenant_select.testing import Emulator


@pytest.mark.skipif(os.name != "posix", reason="the program calls `read` of the C library")
def test_responses_are_read_and_deadlines_hold(emulator: Emulator, refresh_jwt: str) -> None:
    """The responses of some calls wait for the interpreter; that must not delay the others."""
    emulator.fault("/v1/auth/me", "stall", times=None)
    # The response comes after those of the others.
    emulator.fault("/v1/auth/tenant/select", "delay", delayMs=300)
    emulator.clear_requests()
    with start(emulator, "blocked_interpreter", refresh_jwt=refresh_jwt) as running:
        try:
            emulator.wait_for("response", path="/v1/auth/me/history", count=4, timeout=20)
            emulator.wait_for("response", path="/v1/auth/tenant/select", timeout=20)
            # Only the program's own deadline ends this one.
            emulator.wait_for("disconnect", path="/v1/auth/me", timeout=20)
            out, err = running.communicate("\n", timeout=20)
        finally:
            running.kill()
    assert (out, err, running.returncode) == ("TIMEOUT acme\n", "", 0)
