"""Which process used which connection, as the emulator's journal tells it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tenant_select import JWTResponse
    from tenant_select.testing import Emulator


def tokens(emulator: Emulator, signed_in: JWTResponse, processes: int) -> str:
    """Give as many tokens of the user, for `programs.identity` to hand out: one to each process."""
    assert signed_in.user is not None
    spec = {"profile": "refresh", "claims": {"sub": signed_in.user.user_id}}
    names = {f"process{number}": {**spec, "header": {"number": number}} for number in range(processes)}
    made = emulator.control("POST", "tokens", {"tokens": names})
    return " ".join(made[name]["token"] for name in names)


def requests_by_process(journal: list[dict[str, Any]]) -> Counter[str]:
    """Count the requests of each process, and fail if two of them used one connection."""
    assert len(journal) < 10_000, "the journal has forgotten its beginning"
    owners: dict[int, str] = {}
    requests: Counter[str] = Counter()
    for entry in journal:
        connection = entry["connection"]
        if entry["event"] == "disconnect":
            owners.pop(connection, None)
        elif entry["path"].startswith("/v1/auth"):
            process = entry["authorization"]["fingerprint"]
            assert owners.setdefault(connection, process) == process, (
                f"connection {connection} is used by two processes"
            )
            requests[process] += 1
    return requests
