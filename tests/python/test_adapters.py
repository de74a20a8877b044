"""Every situation of ``tests/adapters/situations.json`` through every adapter, over HTTP, on the servers that people use."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from conftest import SITUATIONS_RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenant_select.testing import Emulator

HERE = Path(__file__).resolve().parent
TABLE: dict[str, Any] = json.loads((HERE.parent / "adapters" / "situations.json").read_text())
SITUATIONS: dict[str, dict[str, Any]] = {situation["id"]: situation for situation in TABLE["situations"]}
PATIENCE = 60
ASGI = ["uvicorn", "hypercorn"]
SERVED = [
    *((app, server) for app in ("asgi", "fastapi", "django") for server in ASGI),
    *((app, "gunicorn") for app in ("wsgi", "flask", "django")),
]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gunicorn needs a Unix")


class Response(NamedTuple):
    """What a client received."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        values = [value for other, value in self.headers if other.lower() == name]
        if name == "vary":
            fields = [field.strip() for value in values for field in value.split(",")]
            values = [field for field in fields if field.lower() != "origin"]
        return ", ".join(values) if values else None

    def cookies(self) -> dict[str, str]:
        """Return the cookies that are set, with their values; empty for those that are cleared."""
        pairs = [value.partition(";")[0].partition("=") for name, value in self.headers if name.lower() == "set-cookie"]
        return {name: value for name, _, value in pairs}


class Server:
    """An application that is served, and the emulator that it uses."""

    def __init__(self, emulator: Emulator, port: int, log: Path) -> None:
        self.emulator = emulator
        self.port = port
        self.log = log

    def send(self, method: str, path: str, headers: dict[str, str]) -> Response:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return Response(response.status, response.getheaders(), response.read())

    def send_and_leave(self, method: str, path: str, headers: dict[str, str]) -> None:
        """Close the connection once the service has the call that the request causes."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            self.emulator.wait_for("request", path="/v1/auth/refresh", count=1)
        self.emulator.wait_for("response", path="/v1/auth/refresh", count=1)


@pytest.fixture(scope="module", params=SERVED, ids="-".join)
def server(
    request: pytest.FixtureRequest, tenant_select_emulator_process: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    app, name = request.param
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = f"127.0.0.1:{port}"
    arguments = {
        "uvicorn": ["--port", str(port), "--log-level", "warning"],
        "hypercorn": ["--bind", where],
        "gunicorn": ["--bind", where, "--threads", "2"],
    }[name]
    command = [sys.executable, "-m", name, *arguments, f"adapters.{app}_app:app"]
    environment = {**os.environ, **tenant_select_emulator_process.environment, "PYTHONPATH": str(HERE)}
    environment["DJANGO_ASYNC"] = "1" if name in ASGI else "0"
    log = tmp_path_factory.mktemp(f"{app}-{name}") / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=HERE, env=environment, stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        served = Server(tenant_select_emulator_process, port, log)
        try:
            until_it_responds(served, process)
            yield served
        finally:
            process.terminate()
            process.wait(PATIENCE)


def until_it_responds(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            server.send("GET", "/public", {})
            return
        assert process.poll() is None, server.log.read_text()
        assert time.monotonic() < deadline, server.log.read_text()
        time.sleep(0.05)


class SituationTokens:
    """The tokens of a situation, made when they are named."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._signed_in: dict[str, Any] = {}
        self._user_id = emulator.control("POST", "users", TABLE["user"])["userId"]

    def __getitem__(self, name: str) -> str:
        spec = TABLE["tokens"][name]
        if "text" in spec:
            return str(spec["text"])
        if "custom" in spec:
            custom = json.loads(json.dumps(spec["custom"]).replace("{{userId}}", self._user_id))
            return self._emulator.token(**custom)
        tenant = spec["signIn"]["tenant"]
        if tenant not in self._signed_in:
            wanted = {"loginId": TABLE["user"]["loginId"], "tenant": tenant}
            self._signed_in[tenant] = self._emulator.control("POST", "sign-in", wanted)
        return str(self._signed_in[tenant][spec["member"]])

    def filled(self, text: str) -> str:
        for name in TABLE["tokens"]:
            if f"{{{{{name}}}}}" in text:
                text = text.replace(f"{{{{{name}}}}}", self[name])
        return text


def headers_of(request: dict[str, Any], tokens: SituationTokens) -> dict[str, str]:
    headers = {name: tokens.filled(value) for name, value in request.get("headers", {}).items()}
    if "cookies" in request:
        headers["cookie"] = "; ".join(f"{name}={tokens[token]}" for name, token in request["cookies"].items())
    if "bearer" in request:
        headers["authorization"] = f"Bearer {tokens[request['bearer']]}"
    return headers


@pytest.mark.parametrize("situation_id", SITUATIONS)
def test_situation(server: Server, situation_id: str, request: pytest.FixtureRequest) -> None:
    situation = SITUATIONS[situation_id]
    wanted, expected, emulator = situation["request"], situation["expect"], server.emulator
    emulator.reset()
    tokens = SituationTokens(emulator)
    headers = headers_of(wanted, tokens)
    emulator.settings(**situation.get("settings", {}))
    for fault in situation.get("faults", []):
        emulator.control("POST", "faults", fault)
    emulator.clear_requests()
    if wanted.get("disconnect"):
        server.send_and_leave(wanted["method"], wanted["path"], headers)
        emulator.clear_requests()
    response = server.send(wanted["method"], wanted["path"], headers)
    assert response.status == expected["status"], server.log.read_text()
    for name, value in expected["headers"].items():
        assert response.header(name) == value, name
    cookies = response.cookies()
    assert {name: "set" if value else "cleared" for name, value in cookies.items()} == expected["setCookies"]
    calls = [entry for entry in emulator.requests() if entry["event"] == "request" and "/keys/" not in entry["path"]]
    assert [f"{entry['method']} {entry['path']}" for entry in calls] == expected["requests"]
    check_body(expected, response, headers)
    if "afterwards" in situation:
        deadline = time.monotonic() + PATIENCE
        while server.send("GET", situation["afterwards"], {}).status != 200:
            assert time.monotonic() < deadline
    SITUATIONS_RUN[request.node.callspec.id.removesuffix(f"-{situation_id}")].add(situation_id)


def check_body(expected: dict[str, Any], response: Response, headers: dict[str, str]) -> None:
    if expected.get("code"):
        problem = json.loads(response.body)
        assert (problem["code"], problem["status"]) == (expected["code"], expected["status"])
    elif "text" in expected:
        assert response.body.decode() == expected["text"]
    elif "body" in expected and expected["body"] is None:
        assert response.body == b""
    elif "body" in expected:
        body = json.loads(response.body)
        assert body["tenant"] == expected["body"]["tenant"]
        sent = {part.strip().partition("=")[0]: part.partition("=")[2] for part in headers.get("cookie", "").split(";")}
        cookie = {"none": None, "sent": sent.get("DS"), "new": response.cookies().get("DS")}[expected["body"]["sees"]]
        assert body["cookie"] == cookie
