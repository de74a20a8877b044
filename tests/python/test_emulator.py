"""The testing kit's emulator: where its binary comes from, and what is said when there is none that works."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

import pytest
from tenant_select.testing import Emulator, EmulatorError, emulator_binary

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def test_when_there_is_none_the_error_says_how_to_get_it(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENANT_SELECT_EMULATOR", "")
    places.uninstall()
    places.path.unlink()
    with pytest.raises(EmulatorError, match=r"pip install 'tenant-select\[testing\]'"), Emulator():
        pass


def test_one_that_is_named_and_not_there_is_not_replaced(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    places.variable.unlink()
    with pytest.raises(EmulatorError, match=r"TENANT_SELECT_EMULATOR names .*/variable/emulator, which is not a file"):
        emulator_binary()
    with pytest.raises(EmulatorError, match=r"nowhere cannot be started: .*No such file"), Emulator(binary="/nowhere"):
        pass


def test_a_package_without_its_binary_says_so_itself(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_a_program_that_is_something_else_is_told_with_what_it_said(places: Places, script: str, said: str) -> None:
    places.script("variable/emulator", f"PATH=/usr/bin:/bin\n{script}")
    emulator = Emulator()
    with pytest.raises(EmulatorError, match=said):
        emulator.start()
    emulator.stop()
    with pytest.raises(EmulatorError, match="the emulator is not running"):
        emulator.requests()


def test_an_option_that_it_refuses(tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match=r"\(2\): .*no\.json"), Emulator(seed=tmp_path / "no.json"):
        pass
