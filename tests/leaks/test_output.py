"""Nothing that a client, its errors, its results or its dependencies print holds a part of a secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import scanner
from seeds import Seeds
from situations import SITUATIONS

from workers import COMMANDS

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

    from redis_server import RedisServer
    from workers import StartWorker

SURFACE = Path(__file__).resolve().parents[2] / "core" / "public-api.txt"
NOT_SHOWN = {
    *("Value", "ClientOption", "OptionType"),
    *("CookieAttributes", "CookieOptions", "CookieScope", "SameSite"),
    *("ErrorKind", "Outcome", "Operation", "RefusalCode", "OnMismatch", "HeaderRule"),
}
"""Public types of the core that are words, numbers or data of the user, and are not printed by the program."""


def filled(environment: dict[str, str], emulator: Emulator, seeds: Seeds, redis: RedisServer | None) -> dict[str, str]:
    """Give the environment of a client, with the secrets in it."""
    known = {**vars(seeds), "address": emulator.url.partition("//")[2]}
    if redis is not None:
        known |= {"redis_url": redis.url, "redis_port": str(redis.port)}
    common = {
        **emulator.environment,
        "DESCOPE_AUTH_MANAGEMENT_KEY": seeds.key,
        "TENANT_SELECT_SHARED_STATE_KEY": seeds.shared,
    }
    return {**common, **{name: value.format_map(known) for name, value in environment.items()}}


@pytest.mark.parametrize("kind", COMMANDS)
def test_no_part_of_a_secret_is_printed(
    kind: str, emulator: Emulator, secure_emulator: Emulator, redis: RedisServer | None, start_worker: StartWorker
) -> None:
    worker = start_worker(kind)
    secrets: set[str] = set()
    types: set[str] = set()
    end = 0
    for situation in SITUATIONS:
        if (situation.redis and redis is None) or (situation.mode == "invalid" and kind == "rust"):
            continue
        service = secure_emulator if situation.secure else emulator
        service.clear_faults()
        service.settings(tokenDelivery="body")
        seeds = Seeds(service)
        situation.prepare(service, seeds)
        environment = filled(situation.environment, service, seeds, redis)
        shown = worker.run({**seeds.given(), "mode": situation.mode, "environment": environment})
        assert situation.expected <= set(shown["results"].values()), f"{situation.name}: {shown['results']}"
        secrets |= seeds.all() | set(shown["tokens"])
        types |= set(shown.get("types", []))
        output = worker.output()
        # Also what was printed late of the situations before.
        assert scanner.leaks(output[end:], secrets) == [], f"{situation.name} ({kind})"
        end = len(output)
    worker.stop()
    whole = worker.output()
    assert scanner.leaks(whole[end:], secrets) == []
    assert len(secrets) > len(SITUATIONS)
    check_what_was_printed(kind, whole, types)
    print(f"{kind}: {len(whole):,} bytes, {len(secrets)} secrets")


def check_what_was_printed(kind: str, output: bytes, types: set[str]) -> None:
    """The scan has seen what it is about, or it would find nothing."""
    text = output.decode(errors="replace")
    assert "[redacted]" in text
    if kind == "rust":
        public = set(re.findall(r"pub (?:struct|enum) tenant_select::([A-Z]\w+)", SURFACE.read_text()))
        assert public - types - NOT_SHOWN == set()
        targets = {*re.findall(r"^(?:log|trace|span) (\w+)", text, re.MULTILINE)}
        assert {"reqwest", "hyper_util", "h2"} <= targets, targets
    elif kind == "node":
        assert re.search(r"^(NET|TLS|TIMER|ESM|CJS|MODULE) \d+", text, re.MULTILINE), "NODE_DEBUG printed nothing"
        assert "tenant:switch" in text
    else:
        assert "tenant_select.switch" in text
        assert "operation=select_tenant" in text
