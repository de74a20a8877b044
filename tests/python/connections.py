"""Which process used which connection, and when a client left one, as the emulator's journal tells it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenant_select import JWTResponse
    from tenant_select.testing import DisconnectEntry, Emulator, JournalEntry, RequestEntry


def received(emulator: Emulator) -> list[RequestEntry]:
    """The requests in the journal. It may also have the end of a connection of an earlier test, which arrives late."""
    return [entry for entry in emulator.requests() if entry["event"] == "request"]


def tokens(emulator: Emulator, signed_in: JWTResponse, processes: int) -> str:
    """Return as many tokens of the user, for `programs.identity` to hand out: one to each process."""
    assert signed_in.user is not None
    spec = {"profile": "refresh", "claims": {"sub": signed_in.user.user_id}}
    names = {f"process{number}": {**spec, "header": {"number": number}} for number in range(processes)}
    made = emulator.control("POST", "tokens", {"tokens": names})
    return " ".join(made[name]["token"] for name in names)


def requests_by_process(journal: list[JournalEntry]) -> Counter[str]:
    """Count the requests of each process, and fail if two of them used one connection."""
    assert len(journal) < 10_000, "the journal has forgotten its beginning"
    owners: dict[int, str] = {}
    requests: Counter[str] = Counter()
    for entry in journal:
        connection = entry["connection"]
        if entry["event"] == "disconnect":
            owners.pop(connection, None)
        elif entry["path"].startswith("/v1/auth"):
            assert entry["authorization"] is not None
            process = entry["authorization"]["fingerprint"]
            assert owners.setdefault(connection, process) == process, (
                f"connection {connection} is used by two processes"
            )
            requests[process] += 1
    return requests


def the_end_of_the_call(emulator: Emulator) -> DisconnectEntry:
    """Wait until the client has left the connection of its one request. Clients of other tests may leave late."""
    after = 0
    while True:
        journal = emulator.wait_for("disconnect", after=after)
        (call,) = [entry for entry in journal if entry["event"] == "request"]
        for entry in journal:
            if entry["event"] == "disconnect" and entry["connection"] == call["connection"]:
                return entry
            after = entry["sequence"]
