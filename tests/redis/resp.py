"""The protocol of Redis, as far as the tests need it: commands, their replies, and what MONITOR prints."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

    from typing_extensions import Self

PATIENCE = 20


class RespError(Exception):
    """Redis refused a command."""


class Connection:
    """One connection to a server."""

    def __init__(self, port: int, *, password: str | None = None, tls: ssl.SSLContext | None = None) -> None:
        plain = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._socket = plain if tls is None else tls.wrap_socket(plain, server_hostname="localhost")
        self._input = self._socket.makefile("rb")
        if password is not None:
            self.call("AUTH", password)

    def call(self, *parts: object) -> Any:
        """Send a command and give its reply."""
        self.send(*parts)
        return self.read()

    def send(self, *parts: object) -> None:
        """Send a command."""
        encoded = [part if isinstance(part, bytes) else str(part).encode() for part in parts]
        lines = [b"*%d\r\n" % len(encoded), *(b"$%d\r\n%b\r\n" % (len(part), part) for part in encoded)]
        self._socket.sendall(b"".join(lines))

    def read(self) -> Any:
        """Give the next reply."""
        line = self._input.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis has closed the connection")
        kind, rest = line[:1], line[1:-2]
        match kind:
            case b"+":
                return rest.decode()
            case b"-":
                raise RespError(rest.decode())
            case b":":
                return int(rest)
            case b"$":
                return None if rest == b"-1" else self._input.read(int(rest) + 2)[:-2]
            case b"*":
                return [self.read() for _ in range(int(rest))]
        raise RespError(f"no reply: {line!r}")

    def line(self) -> bytes:
        """Give the next line as it is, which is how MONITOR tells of a command."""
        return self._input.readline()

    def close(self) -> None:
        self._input.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
