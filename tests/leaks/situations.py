"""What the clients of the scan go through: how they are made, and what the service does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from seeds import Seeds
    from tenant_select.testing import Emulator

API = "/v1/*"
KEYS = "/v2/*"


def nothing(emulator: Emulator, seeds: Seeds) -> None:
    """The service works."""


@dataclass(frozen=True)
class Situation:
    """One of them."""

    name: str
    expected: set[str]
    """Results that some operations must have: `ok` or the code of an error."""
    prepare: Callable[[Emulator, Seeds], None] = nothing
    environment: dict[str, str] = field(default_factory=dict)
    """Environment variables of the client, with the secrets in braces."""
    mode: str = "calls"
    secure: bool = False
    redis: bool = False


def responds(status: int, body: Any = None, path: str = API, **headers: str) -> Callable[[Emulator, Seeds], None]:
    """Let the service respond with texts that repeat every secret."""

    def prepare(emulator: Emulator, seeds: Seeds) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        # A header holds no line breaks, and less than a body.
        repeated = {"x-request-id": seeds.refresh[-200:], "cf-ray": seeds.device} | named
        emulator.fault(path, "status", times=None, status=status, headers=repeated, body=body or seeds.repeated())

    return prepare


def breaks(kind: Any, path: str = API, **details: Any) -> Callable[[Emulator, Seeds], None]:
    """Break connections."""

    def prepare(emulator: Emulator, _: Seeds) -> None:
        emulator.fault(path, kind, times=None, **details)

    return prepare


def of_another(emulator: Emulator, seeds: Seeds) -> None:
    """The tokens of the response are another user's, or for another tenant, or none."""
    body = {"sessionJwt": seeds.other, "refreshJwt": seeds.refresh, "newField": seeds.external}
    emulator.fault(API, "status", times=None, status=200, body=body)


def wrong_type(emulator: Emulator, seeds: Seeds) -> None:
    """A member of the response has a wrong type, and a token is where none belongs."""
    body = {
        "sessionJwt": [seeds.session],
        "firstSeen": seeds.refresh,
        "tenants": seeds.external,
        "userId": [seeds.device],
    }
    emulator.fault(API, "status", times=None, status=200, body=body)


def in_cookies(emulator: Emulator, _: Seeds) -> None:
    emulator.settings(tokenDelivery="cookies")


def clock_off(emulator: Emulator, seeds: Seeds) -> None:
    """A wrong clock is a warning."""
    responds(200, {"sessionJwt": seeds.refresh}, date="Thu, 01 Jan 2015 00:00:00 GMT")(emulator, seeds)


SHORT = {"TENANT_SELECT_TIMEOUT": "0.3", "TENANT_SELECT_RETRIES": "0"}
AT_ONCE = {"TENANT_SELECT_RETRIES": "0"}
ROTATES = {"TENANT_SELECT_SESSION_CACHE": "100"}

SITUATIONS = [
    Situation("works", {"ok"}, environment=ROTATES),
    Situation("works over TLS and HTTP/2", {"ok"}, environment=ROTATES, secure=True),
    Situation("tokens in cookies", {"ok"}, in_cookies),
    Situation("not verified", {"ok"}, environment={"TENANT_SELECT_VERIFY": "false"}),
    *(
        Situation(f"status {status}", {code}, responds(status), AT_ONCE)
        for status, code in [
            (302, "API"),
            (400, "API"),
            (401, "AUTHENTICATION"),
            (403, "PERMISSION_DENIED"),
            (404, "NOT_FOUND"),
            (500, "SERVER"),
        ]
    ),
    Situation("status 503 and retries", {"SERVER"}, responds(503), {"TENANT_SELECT_RETRIES": "1"}),
    Situation("status 429", {"RATE_LIMITED"}, responds(429, retry_after="60"), AT_ONCE),
    Situation("status 403 over HTTP/2", {"PERMISSION_DENIED"}, responds(403), AT_ONCE, secure=True),
    Situation("text that is no JSON", {"INVALID_RESPONSE"}, responds(200, "<html>"), AT_ONCE),
    Situation("another user", {"USER_MISMATCH"}, of_another, AT_ONCE),
    Situation("wrong types", {"INVALID_RESPONSE"}, wrong_type, AT_ONCE),
    Situation("a clock that is off", {"ok"}, clock_off, {**AT_ONCE, "TENANT_SELECT_VERIFY": "false"}),
    Situation("no keys", {"KEYS_UNAVAILABLE"}, responds(500, path=KEYS), AT_ONCE),
    Situation("reset", {"CONNECTION"}, breaks("reset"), AT_ONCE),
    Situation("reset over HTTP/2", {"CONNECTION"}, breaks("reset"), AT_ONCE, secure=True),
    Situation("garbage", {"CONNECTION"}, breaks("garbage"), AT_ONCE),
    Situation("half a body", {"CONNECTION"}, breaks("truncate", afterBytes=40), AT_ONCE),
    Situation("no response in time", {"TIMEOUT"}, breaks("stall"), SHORT),
    Situation("cancelled", set(), breaks("stall"), AT_ONCE, mode="cancel"),
    Situation("cancelled over HTTP/2", set(), breaks("stall"), AT_ONCE, mode="cancel", secure=True),
    Situation("closed", {"CLIENT_CLOSED"}, mode="closed"),
    Situation("invalid arguments", {"INVALID_INPUT"}, mode="invalid"),
    Situation("no server", {"CONNECTION"}, environment={"DESCOPE_BASE_URL": "http://127.0.0.1:9", **AT_ONCE}),
    Situation("no TLS", {"CONNECTION"}, environment={"DESCOPE_BASE_URL": "https://{address}", **AT_ONCE}),
    Situation(
        "a proxy that is not there",
        {"CONNECTION"},
        environment={"TENANT_SELECT_PROXY": "http://scan:{proxy}@127.0.0.1:9", **AT_ONCE},
    ),
    Situation(
        "a proxy that refuses",
        {"CONNECTION"},
        environment={
            "TENANT_SELECT_PROXY": "http://scan:{proxy}@{address}",
            "DESCOPE_BASE_URL": "https://service.example",
            **AT_ONCE,
        },
    ),
    *(
        Situation(f"an option that is refused: {name}", {"INVALID_INPUT"}, environment={name: value})
        for name, value in [
            ("DESCOPE_AUTH_MANAGEMENT_KEY", "{key}:"),
            ("DESCOPE_PROJECT_ID", "{key} {key}"),
            ("DESCOPE_PUBLIC_KEY", "{key}"),
            ("DESCOPE_BASE_URL", "http://scan:{proxy}@127.0.0.1"),
            ("TENANT_SELECT_PROXY", "ftp://scan:{proxy}@127.0.0.1"),
            ("TENANT_SELECT_SHARED_STATE", "http://:{redis}@127.0.0.1"),
            ("TENANT_SELECT_HEADERS", "{key}"),
            ("TENANT_SELECT_TIMEOUT", "{key}"),
        ]
    ),
    Situation("a shared state", {"ok"}, environment={"TENANT_SELECT_SHARED_STATE": "{redis_url}"}, redis=True),
    Situation(
        "a shared state that refuses the password",
        {"ok"},
        environment={"TENANT_SELECT_SHARED_STATE": "redis://:{wrong}@127.0.0.1:{redis_port}"},
        redis=True,
    ),
    Situation(
        "a shared state that is not there",
        {"ok"},
        environment={"TENANT_SELECT_SHARED_STATE": "redis://scan:{redis}@127.0.0.1:9/3"},
    ),
]
