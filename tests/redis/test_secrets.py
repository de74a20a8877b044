"""What Redis and the output of the processes hold: no token, no part of one, and no user."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from conftest import USER, sign_in
from workers import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tenant_select.testing import Emulator

    from conftest import StartWorker
    from redis_server import RedisServer
    from workers import Worker

WINDOW = 12
"""Parts of a token of this length must not be found."""
KEY = "a key of this service alone"


class Monitor:
    """Everything that Redis is told, as it tells it."""

    def __init__(self, redis: RedisServer) -> None:
        self.seen: list[bytes] = []
        self._redis = redis
        self._connection = redis.connect()
        assert self._connection.call("MONITOR") == "OK"
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        while (line := self._connection.line()) and b"end of the test" not in line:
            self.seen.append(line)

    def __enter__(self) -> Monitor:  # noqa: PYI034
        return self

    def __exit__(self, *_: object) -> None:
        self._redis.call("ECHO", "end of the test")
        self._thread.join()
        self._connection.close()


def windows(secrets: Iterable[bytes]) -> Iterator[bytes]:
    for secret in secrets:
        yield from (secret[start : start + WINDOW] for start in range(len(secret) - WINDOW + 1))


def found(haystack: bytes, secrets: Iterable[bytes]) -> set[bytes]:
    """Give the parts of secrets that are in the data, as they are or escaped as MONITOR does."""
    parts = set(windows(secrets))
    return parts.intersection(haystack[start : start + WINDOW] for start in range(len(haystack) - WINDOW + 1))


def test_the_search_finds_a_part_of_a_token() -> None:
    assert found(b"some text abcdefghijkl and more", [b"0123abcdefghijklmn"]) == {b"abcdefghijkl"}
    assert found(b"some text abcdefghijk0 and more", [b"0123abcdefghijklmn"]) == set()


@pytest.fixture
def workers(start_worker: StartWorker, redis: RedisServer) -> list[Worker]:
    return [start_worker(kind, redis.url, TENANT_SELECT_SHARED_STATE_KEY=KEY) for kind in KINDS]


def test_no_token_and_no_user_is_found(
    emulator: Emulator, redis: RedisServer, workers: list[Worker], tmp_path: Path
) -> None:
    tokens = set()
    with Monitor(redis) as monitor:
        for worker in workers:
            token = sign_in(emulator)
            calls = [one.begin(call, token, tenant=tenant) for one in workers for call, tenant in CALLS]
            results = [call.result() for call in calls]
            newest = worker.call("refresh", results[0]["refreshJwt"])
            tokens |= {
                token,
                *(result.get(name) for result in [newest, *results] for name in ("refreshJwt", "sessionJwt")),
            }
        dump_before = dump(redis, tmp_path)
        # Something is kept there, or nothing would be shown.
        assert redis.call("DBSIZE") != 0
        for worker in workers:
            worker.call("logout", sign_in(emulator))
        # A failure is said, with everything that is known of it.
        redis.call("CONFIG", "SET", "maxmemory", 1)
        for worker in workers:
            worker.call("refresh", sign_in(emulator))
            worker.stop()
            assert "shared_state" in worker.printed()
    assert len(tokens) > len(workers)
    user_id = emulator.sign_in(USER).user
    assert user_id is not None and user_id.user_id is not None
    secrets = [token.encode() for token in tokens if token] + [KEY.encode()]
    places = {"MONITOR": b"".join(monitor.seen), "the dump before": dump_before, "the dump": dump(redis, tmp_path)}
    places |= {f"the output of {number}": output(worker) for number, worker in enumerate(workers)}
    assert len(monitor.seen) > len(workers)
    for place, content in places.items():
        assert found(content, secrets) == set(), place
        for name in (user_id.user_id, USER):
            assert name.encode() not in content, place


CALLS = [("refresh", None), ("select", "globex"), ("me", None), ("select", "acme")]


def output(worker: Worker) -> bytes:
    """Give what a process printed, without the records of switches: they name the user for audit logs."""
    lines = worker.printed().splitlines()
    return "\n".join(line for line in lines if ":tenant_select.switch:" not in line).encode()


def dump(redis: RedisServer, folder: Path) -> bytes:
    assert redis.call("SAVE") == "OK"
    return (folder / "dump.rdb").read_bytes()
