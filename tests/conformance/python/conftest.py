"""Fixtures: one emulator for the run, fresh for each test; both clients of the SDK, made to point at it."""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import pytest
from descope import AuthException, DescopeClient, DescopeClientAsync

from emulator import BUILT, Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ADA: dict[str, Any] = {
    "loginId": "ada@example.com",
    "userId": "U2ada0000000000000000000001",
    "name": "Ada Lovelace",
    "givenName": "Ada",
    "familyName": "Lovelace",
    "phone": "+441234567890",
    "tenants": {
        "acme": {
            "name": "Acme Ltd.",
            "roles": ["admin", "editor"],
            "permissions": ["read", "write"],
            "customAttributes": {"plan": "gold", "seats": 12},
        },
        "umbrella": {"roles": ["viewer"], "permissions": ["read"]},
    },
    "roles": ["staff"],
    "permissions": ["login"],
    "customAttributes": {"team": "engines"},
}
BOB: dict[str, Any] = {
    "loginId": "bob@example.com",
    "userId": "U2bob0000000000000000000001",
    "tenants": {"globex": {"roles": ["owner"]}},
}


@pytest.fixture(scope="session", autouse=True)
def _undisturbed() -> Iterator[None]:
    """No setting of the machine reaches the SDK: not its own variables, not a proxy, not another set of authorities."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper().startswith("DESCOPE_") or name.upper().endswith("_PROXY"):
                patch.delenv(name)
        for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def binary() -> Path:
    """The emulator to run: the one of the environment, else the one that cargo built."""
    return Path(os.environ.get("TENANT_SELECT_EMULATOR", BUILT)).resolve(strict=True)


@pytest.fixture(scope="session")
def _emulator(binary: Path) -> Iterator[Emulator]:
    with closing(Emulator(binary)) as emulator:
        yield emulator


@pytest.fixture
def emulator(_emulator: Emulator) -> Emulator:
    """The emulator with Ada (two tenants) and Bob (one), and nothing left over from the test before."""
    return populated(_emulator)


def populated(emulator: Emulator) -> Emulator:
    """The same emulator, with those two users and nothing else."""
    emulator.reset()
    emulator.put_user(ADA)
    emulator.put_user(BOB)
    return emulator


class Driven:
    """The asynchronous client, each of its calls run to the end on one event loop, so that a test is written once for both."""

    def __init__(self, client: DescopeClientAsync) -> None:
        self._client = client
        self._loop = asyncio.new_event_loop()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self._client, name)
        if not inspect.iscoroutinefunction(method):
            return method
        return lambda *args, **options: self._loop.run_until_complete(method(*args, **options))

    def close(self) -> None:
        """Closes the client and its event loop."""
        self._loop.run_until_complete(self._client.aclose())
        self._loop.close()


Client: TypeAlias = DescopeClient | Driven


class NewClient(Protocol):
    """Makes a client of an emulator, with options of the SDK."""

    def __call__(self, emulator: Emulator, **options: Any) -> Client: ...  # noqa: D102


@pytest.fixture(params=["sync", "async"])
def new_client(request: pytest.FixtureRequest) -> Iterator[NewClient]:
    """Makes clients, of the synchronous kind in one run of the test and of the asynchronous kind in the other."""
    driven: list[Driven] = []

    def make(emulator: Emulator, **options: Any) -> Client:
        options = {"base_url": emulator.url, **options}
        if request.param == "sync":
            return DescopeClient(emulator.project_id, **options)
        driven.append(Driven(DescopeClientAsync(emulator.project_id, **options)))
        return driven[-1]

    yield make
    for client in driven:
        client.close()


@pytest.fixture
def client(emulator: Emulator, new_client: NewClient) -> Client:
    return new_client(emulator)


def claims(token: str) -> dict[str, Any]:
    """The claims of a token, unverified."""
    return _part(token, 1)


def header(token: str) -> dict[str, Any]:
    """The header of a token."""
    return _part(token, 0)


def _part(token: str, index: int) -> dict[str, Any]:
    text = token.split(".")[index]
    part: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return part


def refusal(error: AuthException) -> tuple[int | None, str]:
    """Status and code of what the service said no with.

    The SDK keeps the body as raw text; it must have exactly the service's three fields.
    """
    assert error.error_type == "server error"
    body = json.loads(error.error_message or "")
    assert set(body) == {"errorCode", "errorDescription", "errorMessage"}
    assert all(body.values())
    return error.status_code, body["errorCode"]
