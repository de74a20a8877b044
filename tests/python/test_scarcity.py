"""Where the system grants no thread or no file, a call fails as calls do, at once, and the next one is made as if nothing had been."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

import pytest

from programs import run

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("resource") is None, reason="this platform has no such limits"),
    pytest.mark.skipif(sys.platform != "linux", reason="limits of addresses and files as Linux counts them"),
]
SERVED = "Ada Lovelace"
REFUSED = "not_sent True 0 the runtime could not be started ("


@pytest.mark.parametrize(
    ("left", "ends"),
    [
        (0, [REFUSED, REFUSED]),
        (1, [SERVED, REFUSED]),  # one thread runs calls, none brings their outcomes to an event loop
        (2, [SERVED, REFUSED]),
        (3, [SERVED, SERVED]),
    ],
)
def test_threads(
    emulator: Emulator, refresh_jwt: str, monkeypatch: pytest.MonkeyPatch, left: int, ends: list[str]
) -> None:
    # Stacks so large that nothing else counts, and no other use of as many addresses.
    monkeypatch.setenv("RUST_MIN_STACK", str(128 * 1024 * 1024))
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")
    said = run(emulator, "refused", "threads", left, refresh_jwt=refresh_jwt).splitlines()
    assert all(call.startswith(end) for call, end in zip(said, ends, strict=False))
    assert said[2:] == [SERVED] * 2


@pytest.mark.parametrize("left", [0, 1])
def test_no_file(emulator: Emulator, refresh_jwt: str, left: int) -> None:
    said = run(emulator, "refused", "files", left, refresh_jwt=refresh_jwt).splitlines()
    assert said[0].startswith(REFUSED)
    assert said[1].startswith(REFUSED)
    assert said[2:] == [SERVED] * 2


@pytest.mark.parametrize("left", range(2, 10))
def test_few_files(emulator: Emulator, refresh_jwt: str, left: int) -> None:
    """Wherever they run out: the runtime, its second thread, the connection."""
    said = run(emulator, "refused", "files", left, refresh_jwt=refresh_jwt).splitlines()
    for call in said[:2]:
        assert call == SERVED or call.startswith("not_sent True ")
    assert said[2:] == [SERVED] * 2
