"""The testing kit's emulator: where its binary comes from, and what is said when there is none that works."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from tenant_select import InvalidInputError
from tenant_select.testing import Emulator, EmulatorError, emulator_binary, process

from programs import start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenant_select import AsyncClient, Client

pytestmark = pytest.mark.skipif(os.name != "posix", reason="its stand-ins are scripts of a shell")

REAL = Path(os.environ["TENANT_SELECT_EMULATOR"])


class Places:
    """Every place where a binary can be found, each with one that does nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.variable = self.script("variable/emulator", "exit 0")
        self.package = self.script("package/bin/emulator", "exit 0")
        self.path = self.script("path/tenant-select-emulator", "exit 0")
        self.module = folder / "site" / "tenant_select_emulator.py"
        self.module.parent.mkdir()
        self.module.write_text(f"import pathlib\ndef binary_path(): return pathlib.Path({str(self.package)!r})\n")

    def script(self, name: str, text: str) -> Path:
        """Write an executable."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)
        return file

    def uninstall(self) -> None:
        """Let there be no package."""
        sys.modules["tenant_select_emulator"] = cast("Any", None)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    places = Places(tmp_path)
    monkeypatch.setenv("TENANT_SELECT_EMULATOR", str(places.variable))
    monkeypatch.setenv("PATH", str(places.path.parent))
    monkeypatch.syspath_prepend(str(places.module.parent))
    with patch.dict(sys.modules):
        sys.modules.pop("tenant_select_emulator", None)
        yield places


def test_the_variable_then_the_package_then_the_path(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    assert emulator_binary() == places.variable
    monkeypatch.setenv("TENANT_SELECT_EMULATOR", "")
    assert emulator_binary() == places.package
    monkeypatch.delenv("TENANT_SELECT_EMULATOR")
    assert emulator_binary() == places.package
    places.uninstall()
    assert emulator_binary() == places.path


def test_the_option_wins(places: Places) -> None:
    with Emulator(binary=REAL) as emulator:
        assert emulator.control("GET", "users") == []


def test_a_missing_binary_is_an_error_that_names_the_remedy(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENANT_SELECT_EMULATOR", "")
    places.uninstall()
    places.path.unlink()
    with pytest.raises(EmulatorError, match=r"pip install 'tenant-select\[testing\]'"), Emulator():
        pass


def test_a_named_binary_that_does_not_exist_is_an_error(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    places.variable.unlink()
    with pytest.raises(EmulatorError, match=r"TENANT_SELECT_EMULATOR names .*/variable/emulator, which is not a file"):
        emulator_binary()
    with pytest.raises(EmulatorError, match=r"nowhere cannot be started: .*No such file"), Emulator(binary="/nowhere"):
        pass


def test_a_package_without_its_binary_raises_its_own_error(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENANT_SELECT_EMULATOR", "")
    places.module.write_text("def binary_path(): raise FileNotFoundError('not installed; install it again')")
    with pytest.raises(EmulatorError, match="install it again"):
        emulator_binary()


def test_a_package_that_lacks_something_else_is_not_taken_for_missing(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENANT_SELECT_EMULATOR", "")
    places.module.write_text("import something_that_is_missing")
    with pytest.raises(ModuleNotFoundError, match="something_that_is_missing"):
        emulator_binary()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo no such luck >&2; exit 3", r"emulator ended before it was ready \(3\): no such luck"),
        ("echo hello; exec cat", "emulator is no emulator: it printed 'hello'"),
        ("echo '[]'", r"emulator is no emulator: it printed '\[\]'"),
        ("echo '{}'", "emulator is no emulator: it printed '{}'"),
    ],
)
def test_the_error_for_another_program_includes_its_output(places: Places, script: str, said: str) -> None:
    places.script("variable/emulator", f"PATH=/usr/bin:/bin\n{script}")
    emulator = Emulator()
    with pytest.raises(EmulatorError, match=said):
        emulator.start()
    emulator.stop()
    with pytest.raises(EmulatorError, match="the emulator is not running"):
        emulator.requests()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Return the programs that the kit starts, to look at when it has let go of them."""
    programs: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def popen(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        programs.append(real(*arguments, **options))
        return programs[-1]

    monkeypatch.setattr("tenant_select.testing.process.subprocess.Popen", popen)
    return programs


@pytest.mark.parametrize("script", ["exec sleep 1000", "echo not yet >&2; sleep 2 & exec sleep 1000"])
def test_the_wait_for_a_program_that_prints_nothing_is_bounded(
    places: Places, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    """Not even when something that it has started holds its pipes."""
    monkeypatch.setattr(process, "READY_WITHIN", 0.5)
    places.script("variable/emulator", f"PATH=/usr/bin:/bin\n{script}")
    emulator = Emulator()
    with pytest.raises(EmulatorError, match=r"emulator was not ready within 0\.5 s: (it said nothing|not yet)"):
        emulator.start()
    assert [program.returncode for program in started] == [-signal.SIGKILL]
    with pytest.raises(EmulatorError, match="the emulator is not running"):
        emulator.requests()


def test_a_program_that_closes_its_output_is_ended(
    places: Places, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "ENDED_WITHIN", 0.2)
    places.script("variable/emulator", "PATH=/usr/bin:/bin\nexec sleep 1000 >/dev/null")
    with pytest.raises(EmulatorError, match="emulator closed its output before it was ready"):
        Emulator().start()
    assert [program.returncode for program in started] == [-signal.SIGKILL]


@pytest.mark.parametrize(
    ("script", "by"),
    [
        ("trap 'exit 0' TERM; {ready}; cat", 0),
        ("{ready}; exec sleep 1000", -signal.SIGTERM),
        ("trap '' TERM; {ready}; while :; do sleep 1; done", -signal.SIGKILL),
    ],
)
def test_a_program_that_does_not_end_is_terminated_and_then_killed(
    places: Places, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch, script: str, by: int
) -> None:
    if by:
        monkeypatch.setattr(process, "ENDED_WITHIN", 0.2)
    ready = """echo '{"url": "http://127.0.0.1:9", "projectId": "P1"}'"""
    places.script("variable/emulator", f"PATH=/usr/bin:/bin\n{script.format(ready=ready)}")
    with Emulator() as emulator:
        assert emulator.url == "http://127.0.0.1:9"
    assert [program.returncode for program in started] == [by]


def test_it_is_started_once(started: list[subprocess.Popen[bytes]]) -> None:
    with Emulator(binary=REAL) as emulator:
        with pytest.raises(EmulatorError, match="the emulator is running already"):
            emulator.start()
        assert emulator.requests() == []
    with emulator:
        assert emulator.requests() == []
    assert [program.returncode for program in started] == [0, 0]


CONTROL_CALLS: dict[str, Callable[[Emulator], object]] = {
    "url": lambda emulator: emulator.url,
    "project_id": lambda emulator: emulator.project_id,
    "ca": lambda emulator: emulator.ca,
    "ca_file": lambda emulator: emulator.ca_file,
    "environment": lambda emulator: emulator.environment,
    "client": lambda emulator: emulator.client(),
    "async_client": lambda emulator: emulator.async_client(),
    "control": lambda emulator: emulator.control("GET", "users"),
    "sign_in": lambda emulator: emulator.sign_in("ada@example.com"),
}


@pytest.mark.parametrize("name", CONTROL_CALLS)
def test_an_emulator_that_is_not_running_raises(name: str) -> None:
    emulator = Emulator(binary=REAL)
    with pytest.raises(EmulatorError, match="the emulator is not running"):
        CONTROL_CALLS[name](emulator)
    with emulator:
        pass
    with pytest.raises(EmulatorError, match="the emulator is not running"):
        CONTROL_CALLS[name](emulator)


@pytest.mark.parametrize("make", [Emulator.client, Emulator.async_client])
def test_its_clients_use_it_in_any_environment(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, make: Callable[..., Client | AsyncClient]
) -> None:
    elsewhere = {"DESCOPE_PROJECT_ID": "P2elsewhere", "DESCOPE_BASE_URL": "https://example.com"}
    elsewhere["DESCOPE_BASE_URI"] = elsewhere["DESCOPE_BASE_URL"]
    wrong = {"TENANT_SELECT_TIMEOUT": "0"}
    for variable, value in {**elsewhere, **wrong}.items():
        monkeypatch.setenv(variable, value)
    for given in (None, {}, elsewhere):
        client = make(emulator, environment=given)
        assert (client.base_url, client.project_id) == (emulator.url, emulator.project_id)
    # What the emulator says nothing of is the caller's.
    with pytest.raises(InvalidInputError, match="timeout"):
        make(emulator, environment={**elsewhere, **wrong})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
def test_a_forked_child_keeps_no_emulator_alive(emulator: Emulator) -> None:
    """Not when its parent stops the emulator, and not when its parent is killed."""
    with start(emulator, "orphans") as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "stopped: 0\n"
        url = urlsplit(program.stdout.readline().strip())
        address = (url.hostname, url.port or 0)
        with socket.create_connection(address, timeout=20) as connection:
            program.kill()
            # It comes to an end when the emulator does.
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=20)
        # The children were there all the time.
        out, err = program.communicate("..", timeout=20)
    assert (sorted(out.splitlines()), err, program.returncode) == (
        ["child 1 ends", "child 2 ends"],
        "",
        -signal.SIGKILL,
    )


def test_an_option_that_it_refuses(tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match=r"\(2\): .*no\.json"), Emulator(seed=tmp_path / "no.json"):
        pass


def control_status(emulator: Emulator, host: str, **headers: str) -> int:
    """Return the status of a control call that names a host."""
    address = urlsplit(emulator.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", "/emulator/users", headers={"Host": host, **headers})
        return connection.getresponse().status


def test_control_calls_are_taken_for_loopback_and_for_allowed_hosts() -> None:
    with Emulator(binary=REAL, allow_hosts=["emulator", "10.1.2.3"]) as emulator:
        statuses = {
            host: control_status(emulator, host)
            for host in ["localhost:1", "127.0.0.1", "emulator:8080", "10.1.2.3", "rebound.example"]
        }
        assert statuses == {
            "localhost:1": 200,
            "127.0.0.1": 200,
            "emulator:8080": 200,
            "10.1.2.3": 200,
            "rebound.example": 421,
        }
        assert control_status(emulator, "emulator", Origin="https://evil.example") == 403
    with Emulator(binary=REAL, allow_hosts="emulator") as emulator:
        assert control_status(emulator, "emulator") == 200


def test_an_allowed_host_with_a_port_is_refused_with_the_remedy() -> None:
    emulator = Emulator(binary=REAL, allow_hosts=["emulator:8080"])
    with pytest.raises(EmulatorError, match=r"--allow-host \"emulator:8080\": a host is .* without scheme, port"):
        emulator.start()
