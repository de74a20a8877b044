"""An emulator as a program that starts and stops, and as a server for clients."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any, cast

from tenant_select import AsyncClient, Client
from tenant_select import _types as t

from .binary import NAME, EmulatorError, emulator_binary
from .client_options import ClientOptions
from .control import Control
from .process import Program


class Server:
    """The emulator as a program: its options, start and stop, and its address."""

    def __init__(
        self,
        *,
        project_id: str | None = None,
        seed: str | os.PathLike[str] | None = None,
        cases: str | os.PathLike[str] | None = None,
        tls: bool = False,
        generate_keys: bool = False,
        allow_hosts: t.Iterable[str] = (),
        binary: str | os.PathLike[str] | None = None,
    ) -> None:
        self._arguments: list[str] = ["--watch-stdin"]
        for option, value in {"--project-id": project_id, "--seed": seed, "--cases": cases}.items():
            if value is not None:
                self._arguments += [option, os.fspath(value)]
        self._arguments += ["--tls"] if tls else []
        self._arguments += ["--generate-keys"] if generate_keys else []
        # A single string would be iterated by character.
        for host in [allow_hosts] if isinstance(allow_hosts, str) else allow_hosts:
            self._arguments += ["--allow-host", host]
        self._binary = binary
        self._program: Program | None = None
        self._ca_file: Path | None = None

    def start(self) -> t.Self:
        """Start the emulator and wait until it is ready, at most 10 seconds. ``with`` calls this.

        Returns:
            The emulator itself.

        Raises:
            EmulatorError: There is no binary, it does not start, or it is not the emulator (the message includes its output);
                or this emulator is already running.
        """
        if self._program is not None:
            message = "the emulator is running already"
            raise EmulatorError(message)
        self._program = Program(emulator_binary() if self._binary is None else self._binary, self._arguments)
        self._control = Control(self.url, self.ca)
        return self

    def stop(self) -> None:
        """Stop the emulator. ``with`` calls this. A second call has no effect, and neither has a call in a forked child."""
        program, self._program = self._program, None
        file, self._ca_file = self._ca_file, None
        if program is not None and program.end() and file is not None:
            file.unlink(missing_ok=True)

    def __enter__(self) -> t.Self:
        return self.start()

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: t.TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Its URL, such as ``http://127.0.0.1:40123``: the ``base_url`` for clients.

        Raises:
            EmulatorError: The emulator is not running.
        """
        return cast("str", self._running.ready["url"])

    @property
    def project_id(self) -> str:
        """The id of the emulated project.

        Raises:
            EmulatorError: The emulator is not running.
        """
        return cast("str", self._running.ready["projectId"])

    @property
    def ca(self) -> str | None:
        """The certificate of its authority in PEM; None without HTTPS.

        Raises:
            EmulatorError: The emulator is not running.
        """
        return cast("str | None", self._running.ready.get("ca"))

    @property
    def ca_file(self) -> Path:
        """A file with the certificate of its authority, for the clients' ``ca_file``.

        Raises:
            EmulatorError: The emulator does not serve HTTPS, or is not running.
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
        """The variables with which a client without options uses this emulator.

        Raises:
            EmulatorError: The emulator is not running.
        """
        variables = {"DESCOPE_PROJECT_ID": self.project_id, "DESCOPE_BASE_URL": self.url}
        if self.ca is not None:
            variables["TENANT_SELECT_CA_FILE"] = str(self.ca_file)
        return variables

    def client(self, **options: t.Unpack[ClientOptions]) -> Client:
        """Create a :class:`Client` for this emulator.

        Args:
            **options: The options of the client. The environment of this process is not used, and the variables of this
                emulator's :attr:`environment` override those of the option ``environment``.

        Returns:
            The client; the caller closes it.

        Raises:
            EmulatorError: The emulator is not running.
            InvalidInputError: An option is invalid.
        """
        return Client(**self._options(options))

    def async_client(self, **options: t.Unpack[ClientOptions]) -> AsyncClient:
        """Create an :class:`AsyncClient` for this emulator.

        Args:
            **options: The options of the client. The environment of this process is not used, and the variables of this
                emulator's :attr:`environment` override those of the option ``environment``.

        Returns:
            The client; the caller closes it.

        Raises:
            EmulatorError: The emulator is not running.
            InvalidInputError: An option is invalid.
        """
        return AsyncClient(**self._options(options))

    def _options(self, options: ClientOptions) -> ClientOptions:
        given = dict(options.get("environment") or {})
        # The other variable of the base URL, which may name the real service.
        given.pop("DESCOPE_BASE_URI", None)
        return {**options, "environment": {**given, **self.environment}}

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Make a control call.

        Args:
            method: The HTTP method.
            path: The path below ``/emulator/``.
            body: A value to send as JSON; None for no body.

        Returns:
            The JSON of the response, or None when there is none.

        Raises:
            EmulatorError: The emulator refused the call, or does not respond.
        """
        _ = self._running
        return self._control.call(method, path, body)

    @property
    def _running(self) -> Program:
        if self._program is None:
            message = "the emulator is not running"
            raise EmulatorError(message)
        return self._program
