"""A proxy between clients and Redis that can be slow, or pass nothing on."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Proxy:
    """Forwards connections; what the server sends waits for ``delay`` seconds."""

    def __init__(self, target: int) -> None:
        self.delay = 0.0
        self.connections = 0
        """How many connections clients have opened."""
        self.commands = 0
        """How often a client has sent something."""
        self._target = target
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets = [self._listener]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._ended.is_set():
                client.close()
                return
            self.connections += 1
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            self._sockets += [client, server]
            for source, sink in ((client, server), (server, client)):
                thread = threading.Thread(target=self._forward, args=(source, sink, source is server))
                self._threads.append(thread)
                thread.start()

    def _forward(self, source: socket.socket, sink: socket.socket, replies: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if replies:
                    self._ended.wait(self.delay)
                else:
                    self.commands += 1
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._ended.set()
        # Closing it would not wake the thread that accepts.
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._threads[0].join()
        for one in self._sockets[1:]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for one in self._sockets:
            one.close()


@contextlib.contextmanager
def proxied(target: int) -> Iterator[Proxy]:
    """Run a proxy to a port."""
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
