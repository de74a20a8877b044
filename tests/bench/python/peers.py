"""HTTP clients of others under the same load: ``peers.py LIBRARY sync | asyncio | uvloop``, the plan on standard input.

Each is used as its documentation advises for speed: one client or session for all calls, headers set once, a pool with space
for a connection per pending call, and bytes that are parsed with orjson, or by the library where it has a parser of its own.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
import orjson
from pyreqwest.client import ClientBuilder

from load import Plan, read_plan, report, with_tasks, with_threads

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pyreqwest.client import Client

PATH = "/v1/auth/tenant/select"


class Service:
    """What every request has: the address, the headers of our client, the body and the certificate authority."""

    def __init__(self, plan: Plan) -> None:
        self.pending: int = plan["pending"]
        self.http2: bool = plan["protocol"] == "http2"
        fixture = plan["fixture"]
        self.url: str = fixture["baseUrl"] + PATH
        self.headers: dict[str, str] = fixture["headers"]
        self.ca_file: str | None = fixture["caFile"]
        self.tenant: str = fixture["tenant"]
        self._project_id: str = fixture["projectId"]

    def bearer(self, token: str) -> dict[str, str]:
        """Return the header that differs from call to call."""
        return {"authorization": f"Bearer {self._project_id}:{token}"}

    def body(self) -> bytes:
        """Return the body of a selection, serialised for each call."""
        return orjson.dumps({"tenant": self.tenant})

    def ca_pem(self) -> bytes | None:
        """Return the certificate of the authority."""
        return None if self.ca_file is None else Path(self.ca_file).read_bytes()

    def tls(self) -> ssl.SSLContext:
        """Return a context that trusts the authority."""
        return ssl.create_default_context(cafile=self.ca_file)


def check(selected: dict[str, Any]) -> None:
    """Fail when the response is not that of a selection."""
    if not selected["sessionJwt"]:
        raise ValueError("the response has no session token")


async def with_pyreqwest(plan: Plan, library: str) -> dict[str, Any]:
    service = Service(plan)
    builder = ClientBuilder().default_headers(service.headers).error_for_status().no_proxy().http2(service.http2)
    ca_pem = service.ca_pem()
    if ca_pem is not None:
        builder = builder.add_root_certificate_pem(ca_pem)

    def calls(client: Client) -> Callable[[str], Awaitable[None]]:
        async def call(token: str) -> None:
            request = client.post(service.url).headers(service.bearer(token)).body_bytes(service.body()).build()
            response = await request.send()
            # Its own parser, written in Rust; `json_handler` would parse with a function of Python.
            check(await response.json())

        return call

    async with builder.build() as client:
        return await with_tasks(plan, calls(client), library)


async def with_aiohttp(plan: Plan, library: str) -> dict[str, Any]:
    service = Service(plan)
    tls: ssl.SSLContext | bool = True if service.ca_file is None else service.tls()
    connector = aiohttp.TCPConnector(limit=service.pending, ssl=tls)
    async with aiohttp.ClientSession(connector=connector, headers=service.headers, raise_for_status=True) as session:

        async def call(token: str) -> None:
            headers = service.bearer(token)
            async with session.post(service.url, headers=headers, data=service.body()) as response:
                check(orjson.loads(await response.read()))

        return await with_tasks(plan, call, library)


def httpx_options(service: Service) -> dict[str, Any]:
    """Return the options of both clients of httpx."""
    limits = httpx.Limits(max_connections=service.pending, max_keepalive_connections=service.pending)
    verify = True if service.ca_file is None else service.tls()
    options = {"limits": limits, "verify": verify, "headers": service.headers, "trust_env": False, "timeout": 60}
    # With it, httpx offers HTTP/2 besides HTTP/1.1.
    return {**options, "http2": service.http2}


async def with_httpx(plan: Plan, library: str) -> dict[str, Any]:
    service = Service(plan)
    async with httpx.AsyncClient(**httpx_options(service)) as client:

        async def call(token: str) -> None:
            response = await client.post(service.url, headers=service.bearer(token), content=service.body())
            check(orjson.loads(response.raise_for_status().content))

        return await with_tasks(plan, call, library)


def with_httpx_sync(plan: Plan) -> dict[str, Any]:
    service = Service(plan)
    with httpx.Client(**httpx_options(service)) as client:

        def call(token: str) -> None:
            response = client.post(service.url, headers=service.bearer(token), content=service.body())
            check(orjson.loads(response.raise_for_status().content))

        return with_threads(plan, call, "httpx")


CLIENTS = {"pyreqwest": with_pyreqwest, "aiohttp": with_aiohttp, "httpx": with_httpx}


def main() -> None:
    library, mode = sys.argv[1:]
    plan = read_plan()
    match mode:
        case "sync":
            report(with_httpx_sync(plan))
        case "asyncio":
            report(asyncio.run(CLIENTS[library](plan, library)))
        case "uvloop":
            import uvloop  # noqa: PLC0415 - the other modes do not need it

            report(uvloop.run(CLIENTS[library](plan, library)))
        case other:
            raise SystemExit(f"there is no mode {other}")


if __name__ == "__main__":
    main()
