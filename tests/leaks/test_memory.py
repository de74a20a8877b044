"""What is left of tokens in a process after their calls are done, their results are gone and the client is closed."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import scanner
from tenant_select.testing import Emulator

from conftest import USER, USER_ID, with_users
from workers import MEMORY_COMMANDS, PATIENCE, Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS = 40
LIMIT = CALLS * 3 // 10
"""How many copies more than without calls may be left: buffers of the last request and response on a connection. The strings of
JavaScript are not limited, because its heap keeps what was freed until it writes over it; the figure is printed."""
LIMITED = {"rust", "python"}
NEEDLE = 32
SELECT = "/v1/auth/tenant/select"


def needle(token: str) -> str:
    """A part of the signature, which nothing but this token has."""
    signature = token.rsplit(".", 1)[1]
    middle = len(signature) // 2
    return signature[middle - NEEDLE // 2 : middle + NEEDLE // 2]


class SeededTokens:
    """What the clients present, and what the service responds with."""

    def __init__(self, emulator: Emulator) -> None:
        emulator.clear_faults()
        claims = {"sub": USER_ID, "dct": "globex", "tenants": {"globex": {}}}
        self.presented = [emulator.sign_in(USER, "acme").refresh_jwt or "" for _ in range(CALLS)]
        self.received = []
        for number in range(CALLS):
            # Tokens of one second would otherwise be equal.
            session = emulator.token(claims={**claims, "jti": f"session-{number}"})
            refresh = emulator.token(profile="refresh", claims={"sub": USER_ID, "jti": f"refresh-{number}"})
            self.received += [session, refresh]
            body = {"sessionJwt": session, "refreshJwt": refresh}
            emulator.fault(SELECT, "status", status=200, body=body)

    def found(self, image: Iterator[bytes]) -> tuple[int, int]:
        """Give how many copies of the presented and of the received tokens are in an image."""
        needles = {*map(needle, [*self.presented, *self.received])}
        assert len(needles) == 3 * CALLS
        counts = scanner.copies(image, needles)
        return tuple(sum(counts[needle(token)] for token in tokens) for tokens in (self.presented, self.received))  # type: ignore[return-value]


def measure(kind: str, mode: str, emulator: Emulator, folder: Path) -> dict[str, tuple[int, int]]:
    tokens = SeededTokens(emulator)
    folder.mkdir()
    worker = Worker([*MEMORY_COMMANDS[kind], mode], emulator.environment, folder, tokens.presented)
    try:
        assert worker.result() == {"selected": CALLS if mode == "memory" else 0}
        found = {"memory": tokens.found(scanner.memory(worker.process.pid))}
        worker.process.send_signal(signal.SIGABRT)
        assert worker.process.wait(PATIENCE) == -signal.SIGABRT
        cores = [*folder.glob("core*")]
        if cores:
            found["core file"] = tokens.found(scanner.core(cores[0]))
            cores[0].unlink()
        else:
            pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
            print(f"no core file was written here (core_pattern {pattern}): memory alone was searched")
        return found
    finally:
        worker.kill()


@pytest.mark.skipif(not os.access("/proc/self/mem", os.R_OK), reason="the memory of processes cannot be read here")
@pytest.mark.parametrize("kind", MEMORY_COMMANDS)
def test_copies_of_tokens_that_are_left(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Emulator() as emulator:
        with_users(emulator)
        control = measure(kind, "control", emulator, tmp_path / "control")
        left = measure(kind, "memory", emulator, tmp_path / "memory")
    with capsys.disabled():
        print(
            f"\n{kind}: copies of {CALLS} presented and {2 * CALLS} received tokens: {json.dumps(left)}; without calls: {json.dumps(control)}"
        )
    for place, copies in left.items():
        assert kind not in LIMITED or sum(copies) - sum(control[place]) <= LIMIT, place
    # A wrong search would find nothing anywhere.
    assert kind != "node" or sum(left["memory"]) > 0
