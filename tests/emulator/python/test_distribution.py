"""The wheel in an empty virtual environment.

``EMULATOR_WHEEL`` names the wheel to try; without it one is built from the debug binary, which is quick but no release.
"""

from __future__ import annotations

import email
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
import venv
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import notices
import sbom

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
EXE = ".exe" if os.name == "nt" else ""
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
VERSION = re.search(r'^\[workspace\.package\]\nversion = "(.+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]  # type: ignore[index]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if named := os.environ.get("EMULATOR_WHEEL"):
        return Path(named).resolve()
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "maturin", "build", "--quiet", "--locked", "--profile", "dev", "--out", str(out)]
    subprocess.run(command, cwd=HERE, check=True)
    (built,) = out.iterdir()
    sbom.clean(built)
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts folder of an environment that has nothing but pip and the wheel."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    scripts = folder / SCRIPTS
    pip(scripts, "install", wheel)
    return scripts


def pip(scripts: Path, *arguments: str | Path) -> None:
    offline = ["--no-index", "--no-deps", "--quiet", "--disable-pip-version-check"]
    subprocess.run([scripts / "python", "-m", "pip", *arguments, *offline], check=True)


def python(scripts: Path, code: str, **environment: str) -> str:
    """What a program of the environment prints, started outside the repository."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TENANT_SELECT"))}
    run = subprocess.run(
        [scripts / "python", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=scripts,
        env={**clean, **environment},
    )
    return run.stdout.strip()


@contextmanager
def emulator(command: Sequence[str | Path]) -> Generator[tuple[subprocess.Popen[str], str], None, None]:
    """The running program and its URL."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())["url"]
        finally:
            process.kill()


def post(url: str, body: dict[str, Any], bearer: str | None = None) -> dict[str, Any]:
    headers = {"content-type": "application/json"} | ({} if bearer is None else {"authorization": f"Bearer {bearer}"})
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as response:
        content: dict[str, Any] = json.load(response)
        return content


def commands(scripts: Path) -> list[list[str | Path]]:
    return [[scripts / f"tenant-select-emulator{EXE}"], [scripts / "python", "-m", "tenant_select_emulator"]]


@pytest.mark.parametrize("way", [0, 1], ids=["command", "module"])
def test_a_tenant_is_selected(environment: Path, way: int) -> None:
    command = commands(environment)[way]
    with emulator([*command, "--watch-stdin", "--project-id", "P2packaged"]) as (process, url):
        post(f"{url}/emulator/users", {"loginId": "ada", "tenants": {"acme": {"roles": ["editor"]}}})
        refresh_jwt = post(f"{url}/emulator/sign-in", {"loginId": "ada"})["refreshJwt"]
        bearer = f"P2packaged:{refresh_jwt}"
        assert post(f"{url}/v1/auth/tenant/select", {"tenant": "acme"}, bearer)["sessionJwt"].count(".") == 2
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.mark.parametrize("way", [0, 1], ids=["command", "module"])
def test_version_and_exit_status_are_passed_on(environment: Path, way: int) -> None:
    command = commands(environment)[way]
    assert subprocess.check_output([*command, "--version"], text=True) == f"tenant-select-emulator {VERSION}\n"
    refused = subprocess.run([*command, "--no-such-option"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "--no-such-option" in refused.stderr


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_the_module_too(environment: Path, name: str) -> None:
    # What was started in the background of a shell ignores SIGINT, and so would what it starts.
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with emulator(commands(environment)[1]) as (process, _):
            process.send_signal(signal.Signals[name])
            assert process.wait(30) == -signal.Signals[name]
    finally:
        signal.signal(signal.SIGINT, former)


FIND = "import tenant_select_emulator as found; print(found.binary_path())"


def test_the_path_in_a_virtual_environment(environment: Path) -> None:
    assert Path(python(environment, FIND)) == environment.resolve() / f"tenant-select-emulator{EXE}"


@pytest.fixture(scope="module")
def target(wheel: Path, environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that the wheel was installed into, as an image of a function or a zip application has one."""
    folder = tmp_path_factory.mktemp("target")
    bare = folder / "environment"
    venv.create(bare, with_pip=False)
    pip(environment, "install", "--target", folder / "packages", wheel)
    yield folder
    shutil.rmtree(folder)


def test_the_path_in_a_target_folder(target: Path) -> None:
    packages = target / "packages"
    found = python(target / "environment" / SCRIPTS, FIND, PYTHONPATH=str(packages))
    assert Path(found) == packages.resolve() / "bin" / f"tenant-select-emulator{EXE}"


def test_a_missing_program_is_an_error_that_names_the_remedy(target: Path) -> None:
    packages = target / "packages"
    (packages / "bin" / f"tenant-select-emulator{EXE}").unlink()
    told = python(
        target / "environment" / SCRIPTS,
        "import tenant_select_emulator as lost\ntry: lost.binary_path()\nexcept FileNotFoundError as error: print(error)",
        PYTHONPATH=str(packages),
    )
    assert str(packages / "bin") in told
    assert "pip install --force-reinstall tenant-select-emulator" in told


def test_metadata(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        info = f"tenant_select_emulator-{VERSION}.dist-info"
        metadata = email.message_from_string(archive.read(f"{info}/METADATA").decode())
        bill = archive.read(f"{info}/sboms/tenant-select-emulator.cyclonedx.json").decode()
    assert (metadata["Name"], metadata["Version"]) == ("tenant-select-emulator", VERSION)
    assert metadata["License-Expression"] == "MIT OR Apache-2.0"
    assert metadata.get_all("License-File") == ["LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY-NOTICES.txt"]
    assert metadata["Requires-Dist"] is None
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])
    assert "tenant_select_emulator/py.typed" in names
    assert f"tenant_select_emulator-{VERSION}.data/scripts/tenant-select-emulator{EXE}" in names
    assert {f"{info}/licenses/LICENSE-APACHE", f"{info}/licenses/LICENSE-MIT"} <= set(names)
    assert notices.missing_in_wheel(wheel, "tenant-select-emulator") == []
    assert json.loads(bill)["metadata"]["component"]["name"] == "tenant-select-emulator"
    assert "file:///" not in bill
    assert str(ROOT) not in bill
    assert wheel.name.startswith(f"tenant_select_emulator-{VERSION}-py3-none-")
