"""The parts of this suite that its other tests rely on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from conftest import sign_in, signed_out
from proxy import proxied
from redis_server import RedisServer
from resp import RespError
from workers import KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from tenant_select.testing import Emulator

    from certificates import Certificates
    from conftest import StartWorker


@pytest.mark.parametrize("kind", KINDS)
def test_two_processes_that_share_nothing_sign_the_user_out(
    emulator: Emulator, start_worker: StartWorker, kind: str
) -> None:
    """A run that cannot fail would show nothing."""
    token = sign_in(emulator)
    one, other = start_worker(kind, None), start_worker(kind, None)
    assert one.call("refresh", token)["tenant"] == "acme"
    assert other.call("refresh", token)["code"] == "AUTHENTICATION"
    assert signed_out(emulator) == 1


def test_a_server_forgets_everything_when_it_is_started_again(redis: RedisServer) -> None:
    redis.call("SET", "name", "value")
    assert redis.call("GET", "name") == b"value"
    redis.restart()
    assert redis.call("GET", "name") is None


def test_a_frozen_server_responds_later(redis: RedisServer) -> None:
    with redis.frozen(), redis.connect() as connection:
        connection.send("PING")
    assert redis.call("PING") == "PONG"


def test_a_server_with_a_password_and_tls(engine: str, tmp_path: Path, test_certificates: Certificates) -> None:
    with RedisServer(engine, tmp_path, password="secret", certificates=test_certificates) as server:
        assert server.url == f"rediss://:secret@localhost:{server.port}"
        server.password = None
        with pytest.raises(RespError, match="NOAUTH"):
            server.call("GET", "name")


def test_a_proxy_delays_replies(redis: RedisServer) -> None:
    with proxied(redis.port) as proxy:
        through, redis.port = redis.port, proxy.port
        assert redis.call("PING") == "PONG"
        proxy.delay = 0.2
        began = time.monotonic()
        assert redis.call("PING") == "PONG"
        assert time.monotonic() - began >= 0.2
        assert (proxy.connections, proxy.commands) == (2, 2)
        redis.port = through
