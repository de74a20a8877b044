"""When the system refuses a thread or a file, a call fails at once with an error of this package, and the next call succeeds."""

from __future__ import annotations

import importlib.util
import socket
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from programs import run

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("resource") is None, reason="this platform has no such limits"),
    pytest.mark.skipif(sys.platform != "linux", reason="limits of addresses and files as Linux counts them"),
]
SERVED = "Ada Lovelace"
REFUSED = "not_sent True 0 me: the runtime could not be started ("
UNRESOLVED = (
    "not_sent True 1 me: no connection to the server NAME: the system granted no thread to resolve the host name:"
)


@pytest.mark.parametrize(
    ("left", "ends"),
    [
        (0, [REFUSED, REFUSED]),
        (1, [SERVED, SERVED]),  # one thread runs calls, and the event loop comes for their results
        (2, [SERVED, SERVED]),
    ],
)
def test_calls_fail_when_no_thread_is_granted(
    emulator: Emulator, refresh_jwt: str, monkeypatch: pytest.MonkeyPatch, left: int, ends: list[str]
) -> None:
    # Stacks so large that nothing else counts, and no other use of as many addresses.
    monkeypatch.setenv("RUST_MIN_STACK", str(128 * 1024 * 1024))
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")
    said = run(emulator, "resource_exhaustion", "threads", left, refresh_jwt=refresh_jwt).splitlines()
    assert all(call.startswith(end) for call, end in zip(said, ends, strict=False))
    assert said[2:] == [SERVED] * 2


def own_name() -> str | None:
    """Return a name of this machine that needs the resolver and leads to where the emulator listens."""
    name = socket.gethostname()
    try:
        address = socket.gethostbyname(name)
    except OSError:
        return None
    return name if address == "127.0.0.1" and name != "localhost" else None


@pytest.mark.parametrize(
    ("left", "ends"),
    [
        (1, [UNRESOLVED, UNRESOLVED]),
        (2, [UNRESOLVED, UNRESOLVED]),
        (3, [SERVED, SERVED]),
    ],
)
def test_calls_fail_when_the_resolver_gets_no_thread(
    emulator: Emulator, refresh_jwt: str, monkeypatch: pytest.MonkeyPatch, left: int, ends: list[str]
) -> None:
    name = own_name()
    if name is None:
        pytest.skip("the name of this machine does not lead to its loopback")
    monkeypatch.setenv("RUST_MIN_STACK", str(128 * 1024 * 1024))
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")
    url = f"http://{name}:{urlsplit(emulator.url).port}"
    said = run(emulator, "resource_exhaustion", "threads", left, url, refresh_jwt=refresh_jwt).splitlines()
    said = [call.replace(urlsplit(url).netloc, "NAME") for call in said]
    assert all(call.startswith(end) for call, end in zip(said, ends, strict=False)), said
    assert said[2:] == [SERVED] * 2


def test_localhost_resolves_without_a_thread(
    emulator: Emulator, refresh_jwt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUST_MIN_STACK", str(128 * 1024 * 1024))
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")
    url = f"http://localhost:{urlsplit(emulator.url).port}"
    said = run(emulator, "resource_exhaustion", "threads", 1, url, refresh_jwt=refresh_jwt).splitlines()
    assert said[0] == SERVED
    assert said[2:] == [SERVED] * 2


@pytest.mark.parametrize("left", [0, 1])
def test_calls_fail_when_no_file_is_granted(emulator: Emulator, refresh_jwt: str, left: int) -> None:
    said = run(emulator, "resource_exhaustion", "files", left, refresh_jwt=refresh_jwt).splitlines()
    assert said[0].startswith(REFUSED)
    assert said[1].startswith(REFUSED)
    assert said[2:] == [SERVED] * 2


@pytest.mark.parametrize("left", range(2, 10))
def test_calls_succeed_or_are_not_sent_when_few_files_are_granted(
    emulator: Emulator, refresh_jwt: str, left: int
) -> None:
    """Wherever they run out: the runtime, its second thread, the connection."""
    said = run(emulator, "resource_exhaustion", "files", left, refresh_jwt=refresh_jwt).splitlines()
    for call in said[:2]:
        assert call == SERVED or call.startswith("not_sent True ")
    assert said[2:] == [SERVED] * 2
