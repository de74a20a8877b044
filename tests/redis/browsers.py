"""Requests of one user's browsers to several servers within a moment, and what came back."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fleets import Fleet

SPREAD = 0.5
"""Within how many seconds the requests begin."""
PATIENCE = 60


@dataclass
class Request:
    """A request with the cookies of an expired session, and its response."""

    line: str
    fleet: Fleet
    cookies: str
    delay: float
    began: float = 0.0
    ended: float = 0.0
    status: int = 0
    process: str = ""
    new_cookies: dict[str, str] = field(default_factory=dict)
    body: str = ""

    @property
    def fingerprint(self) -> str:
        """The new refresh token as the emulator's journal names it; empty without one."""
        token = self.new_cookies.get("DSR")
        return sha256(token.encode()).hexdigest()[:8] if token else ""


def requests(lines: Sequence[str], fleets: Sequence[Fleet], cookies: str) -> list[Request]:
    """Give the requests, spread over the servers and the time in the same way in each run."""
    randomness = random.Random(len(lines))
    delays = sorted(randomness.random() * SPREAD for _ in lines)
    return [
        Request(line, fleets[number % len(fleets)], cookies, delay)
        for number, (line, delay) in enumerate(zip(lines, delays, strict=True))
    ]


async def _send(request: Request, start: float) -> None:
    await asyncio.sleep(max(0.0, start + request.delay - time.perf_counter()))
    request.began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", request.fleet.port)
    lines = [
        f"{request.line} HTTP/1.1",
        f"Host: 127.0.0.1:{request.fleet.port}",
        f"Cookie: {request.cookies}",
        "Sec-Fetch-Site: same-origin",
        "Content-Length: 0",
        "Connection: close",
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    received = await asyncio.wait_for(reader.read(), PATIENCE)
    request.ended = time.perf_counter()
    writer.close()
    await writer.wait_closed()
    head, _, request.body = received.decode().partition("\r\n\r\n")
    status, *headers = head.split("\r\n")
    request.status = int(status.split(" ")[1])
    for header in headers:
        name, _, value = header.partition(": ")
        if name.lower() == "set-cookie":
            cookie, _, content = value.partition(";")[0].partition("=")
            request.new_cookies[cookie] = content
        elif name.lower() == "x-process":
            request.process = value


def send(requests: Sequence[Request]) -> None:
    """Send all of them and wait for every response."""

    async def main() -> None:
        start = time.perf_counter()
        await asyncio.gather(*(_send(request, start) for request in requests))

    asyncio.run(main())
