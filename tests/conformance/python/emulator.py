"""The emulator as a child process, and its control calls."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

# What the emulator's binary is called where `cargo build -p tenant-select-emulator` puts it.
BUILT = Path(__file__).parents[3] / "target" / "debug" / "tenant-select-emulator"


class Emulator:
    """A running emulator.

    It watches its standard input, which is ours to close: whatever happens to this process, the emulator does not outlive it.
    """

    def __init__(self, binary: Path, *options: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the binary is ours
            [binary, "--watch-stdin", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the emulator ended with {self._process.wait()} before it was ready")
        ready = json.loads(line)
        self.url: str = ready["url"]
        self.project_id: str = ready["projectId"]
        self.ca: str | None = ready.get("ca")

    def close(self) -> None:
        """Ends the emulator and waits until it is gone."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()

    def control(self, method: str, path: str, body: object = None) -> Any:
        """One control call: its response, decoded."""
        return _call(f"{self.url}/emulator{path}", method, body, self._tls())

    def reset(self) -> None:
        """Back to the start: no users, no sessions, the settings' defaults, the machine's clock, the first keys."""
        self.control("POST", "/reset")

    def put_user(self, user: dict[str, Any]) -> dict[str, Any]:
        """Adds a user: what the service says about it from then on."""
        known: dict[str, Any] = self.control("POST", "/users", user)
        return known

    def sign_in(self, login_id: str, tenant: str | None = None) -> dict[str, Any]:
        """A new sign-in: the response of the service, tokens in its body whatever the delivery."""
        response: dict[str, Any] = self.control("POST", "/sign-in", {"loginId": login_id, "tenant": tenant})
        return response

    def settings(self, **changes: object) -> None:
        """Changes settings of the emulated project."""
        self.control("PATCH", "/settings", changes)

    def advance_clock(self, seconds: int) -> None:
        """Moves the emulator's clock; the SDK goes by the machine's."""
        self.control("POST", "/clock", {"advanceSeconds": seconds})

    def rotate_keys(self, *, retire: bool = False) -> str:
        """Lets a new key sign: its id."""
        kid: str = self.control("POST", "/keys/rotate", {"retire": retire})["kid"]
        return kid

    def mint(self, **spec: object) -> str:
        """A token to order."""
        token: str = self.control("POST", "/tokens", {"tokens": {"it": spec}})["it"]["token"]
        return token

    def published_keys(self) -> list[dict[str, Any]]:
        """The key set of the project, read which adds to the journal: call it before the calls whose entries matter."""
        keys: list[dict[str, Any]] = _call(f"{self.url}/v2/keys/{self.project_id}", "GET", None, self._tls())["keys"]
        self.control("DELETE", "/requests")
        return keys

    def requests(self, path: str | None = None) -> list[dict[str, Any]]:
        """The requests that arrived since the last reset, those of one path if given."""
        entries = [entry for entry in self.control("GET", "/requests") if entry["event"] == "request"]
        return [entry for entry in entries if path is None or entry["path"] == path]

    def key_fetches(self) -> int:
        """How often the key set was fetched since the last reset."""
        return len(self.requests(f"/v2/keys/{self.project_id}"))

    def _tls(self) -> ssl.SSLContext | None:
        if self.ca is None:
            return None
        import ssl  # noqa: PLC0415 - only the emulator under TLS needs it

        return ssl.create_default_context(cadata=self.ca)


def _call(url: str, method: str, body: object, tls: ssl.SSLContext | None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"}, method=method)  # noqa: S310 - ours
    # No proxy of the environment stands between a test and its emulator.
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if tls is not None:
        handlers.append(urllib.request.HTTPSHandler(context=tls))
    with urllib.request.build_opener(*handlers).open(request, timeout=10) as response:
        text = response.read()
    return json.loads(text) if text else None
