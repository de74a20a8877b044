"""A Redis or Valkey of its own for a test: started on a free port, without persistence, and stopped with the test."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from typing import TYPE_CHECKING

from resp import PATIENCE, Connection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typing_extensions import Self

    from certificates import Certificates

NAMES = ("redis-server", "valkey-server")


def engines() -> list[str]:
    """Give the servers of this machine: those of the variable REDIS_SERVERS, else every known one."""
    named = os.environ.get("REDIS_SERVERS")
    if named:
        return named.split(os.pathsep)
    found = [path for name in NAMES if (path := shutil.which(name))]
    # A distribution may install the one under the name of the other.
    return [*{os.path.realpath(path): path for path in reversed(found)}.values()]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class RedisServer:
    """A server that a test can start, stop, kill, freeze and start again on the same port."""

    def __init__(
        self, binary: str, folder: Path, *, password: str | None = None, certificates: Certificates | None = None
    ) -> None:
        self.binary = binary
        self.folder = folder
        self.password = password
        self.certificates = certificates
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for the clients' ``shared_state``."""
        return self.url_at(self.port)

    def url_at(self, port: int) -> str:
        """The same at another port, which leads here."""
        host = "localhost" if self.certificates else "127.0.0.1"
        password = f":{self.password}@" if self.password else ""
        return f"redis{'s' if self.certificates else ''}://{password}{host}:{port}"

    def start(self) -> None:
        """Start it empty and wait until it responds."""
        options = {"bind": "127.0.0.1", "dir": self.folder, "save": "", "appendonly": "no", "rdbcompression": "no"}
        if self.certificates is None:
            options["port"] = str(self.port)
        else:
            options |= {"port": "0", "tls-port": str(self.port), "tls-auth-clients": "no"}
            options |= {"tls-cert-file": self.certificates.certificate, "tls-key-file": self.certificates.key}
        if self.password:
            options["requirepass"] = self.password
        command = [self.binary, *(part for name, value in options.items() for part in (f"--{name}", str(value)))]
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(OSError), self.connect() as connection:
                assert connection.call("PING") == "PONG"
                return
            assert self._process.poll() is None, (self.folder / "redis.log").read_text()
            assert time.monotonic() < deadline, (self.folder / "redis.log").read_text()
            time.sleep(0.01)

    def connect(self) -> Connection:
        """Open a connection for the test."""
        tls = None
        if self.certificates is not None:
            tls = ssl.create_default_context(cafile=self.certificates.authority)
        return Connection(self.port, password=self.password, tls=tls)

    def call(self, *parts: object) -> object:
        """Send one command on a connection of its own."""
        with self.connect() as connection:
            return connection.call(*parts)

    def kill(self) -> None:
        """End it at once, as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None

    def restart(self) -> None:
        """End it and start it again on the same port, empty."""
        self.kill()
        self.start()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop the process for a while: its port accepts connections and nothing responds."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
