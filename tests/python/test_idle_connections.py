"""A connection that the service closes between two blocking calls is not used again."""

from __future__ import annotations

import socket
import threading

import pytest
from tenant_select import Client
from tenant_select.errors import NotFoundError

CALLS = 20
RESPONSE = b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


def test_connection_closed_between_calls(refresh_jwt: str) -> None:
    """Calls follow each other at once, so that the waiting thread itself finds the connection closed."""
    closed = threading.Semaphore(0)
    requests: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        for _ in range(CALLS):
            connection, _ = listener.accept()
            with connection:
                request = b""
                while b"\r\n\r\n" not in request:
                    request += connection.recv(65536)
                requests.append(request)
                connection.sendall(RESPONSE)
            closed.release()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener,))
        server.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Client("P2aAc4T2V93bddihGEx2Ryhc8e5Z", base_url=url, retries=0) as client:
            for _ in range(CALLS):
                with pytest.raises(NotFoundError):
                    client.me(refresh_jwt)
                closed.acquire()
        server.join()
    assert len(requests) == CALLS
