"""Makes the wheel and the source distribution and smoke-tests both in empty virtual environments: what `make package-python` runs.

Needs maturin beside the interpreter that runs it, the emulator's binary in ``TENANT_SELECT_EMULATOR``, and no network once
cargo has the crates.
"""

# ruff: noqa: E402 - the path is set first

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Both wheels are made in one way.
sys.path.insert(0, str(HERE.parents[1] / "tests" / "emulator" / "python"))

import release
import sbom
from build_environment import ROOT, TARGET, build_environment

CRATES = ("tenant-select", "tenant-select-python")
LARGEST = 8_000_000
FREE_THREADED = "python3.14t"
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
# The build of the source distribution finds maturin by its name.
PATH = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])


def run(*command: str | Path, **environment: str) -> None:
    command = (sys.executable, *command)
    subprocess.run(command, cwd=HERE.parent, check=True, env={**os.environ, "PATH": PATH, **environment})


def smoke_test(wheel: Path, interpreter: str = sys.executable) -> None:
    """Smoke-test a wheel alone; the emulator is the one that ``TENANT_SELECT_EMULATOR`` names."""
    smoke_test_in_empty_environment(interpreter, dict(os.environ), "--no-deps", wheel)


def smoke_test_extra(out: Path) -> None:
    """Smoke-test the wheel as a user gets it for tests, with the emulator out of its own wheel."""
    if not list(out.glob("tenant_select_emulator-*.whl")):
        print(f"no wheel of the emulator in {out.name}: tenant-select[testing] was NOT TESTED", flush=True)
        return
    environment = {name: value for name, value in os.environ.items() if name != "TENANT_SELECT_EMULATOR"}
    smoke_test_in_empty_environment(sys.executable, environment, "--find-links", out, "tenant-select[testing]")


def smoke_test_in_empty_environment(interpreter: str, environment: dict[str, str], *install: str | Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([interpreter, "-m", "venv", folder], check=True)
        python = Path(folder) / SCRIPTS / "python"
        pip: list[str | Path] = [python, "-m", "pip", "install", "--no-index", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *install], check=True)
        clean = {name: value for name, value in environment.items() if not name.startswith(("PYTHON", "DESCOPE"))}
        subprocess.run([python, HERE / "smoke_test.py"], check=True, cwd=folder, env=clean)


def check_contents(contents: dict[str, bytes]) -> None:
    for name, content in contents.items():
        release.check_silence(name, content)
    for licence in ("LICENSE-APACHE", "LICENSE-MIT"):
        if not any(name.endswith(f"/{licence}") for name in contents):
            sys.exit(f"{licence} is missing")


def check_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    check_contents(contents)
    if not any("/sboms/" in name for name in contents):
        sys.exit(f"{wheel.name} has no bill of materials")
    (module,) = (name for name in contents if "/_native." in name and not name.endswith(".pyi"))
    size = sum(map(len, contents.values()))
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, installed {size / 1e6:.1f} MB", flush=True)
    if size > LARGEST:
        sys.exit(f"{wheel.name} grew above {LARGEST / 1e6:.0f} MB")
    release.check_binary(module, contents[module], wheel.stem.rpartition("-")[2])


def check_source(source: Path) -> None:
    with tarfile.open(source) as archive:
        files = {member.name: archive.extractfile(member) for member in archive.getmembers() if member.isfile()}
        check_contents({name: file.read() if file else b"" for name, file in files.items()})


def make_wheel(out: Path, interpreter: str, name: str, options: list[str]) -> Path:
    run(
        "-m",
        "maturin",
        "build",
        "--locked",
        "--release",
        "--out",
        out,
        "--interpreter",
        interpreter,
        *options,
        **build_environment(),
    )
    (wheel,) = out.glob(name)
    sbom.clean(wheel)
    check_wheel(wheel)
    return wheel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where the artefacts go")
    parser.add_argument("--compatibility", help="a tag that the wheel must keep to, such as manylinux_2_28 or pypi")
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    # The emulator's artefacts lie in the same folder and stay.
    for former in [*out.glob("tenant_select-*.whl"), *out.glob("tenant_select-*.tar.gz")]:
        former.unlink()

    run("-m", "maturin", "sdist", "--out", out)
    (source,) = out.glob("tenant_select-*.tar.gz")
    check_source(source)
    # The files of an archive are old: cargo would take what it compiled from others before for the same.
    chosen = [argument for crate in CRATES for argument in ("-p", crate)]
    subprocess.run(["cargo", "clean", "--quiet", "--release", *chosen, "--target-dir", TARGET], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as folder:
        # Built as pip builds it for a platform without a wheel, away from the repository; only what others wrote stays compiled.
        options = ["--no-deps", "--no-index", "--no-build-isolation", "--quiet", "--wheel-dir", folder]
        run("-m", "pip", "wheel", *options, source, **build_environment())
        (from_source,) = Path(folder).glob("*.whl")
        smoke_test(from_source)

    keep_to = ["--compatibility", arguments.compatibility] if arguments.compatibility else []
    smoke_test(make_wheel(out, sys.executable, "tenant_select-*-abi3-*.whl", keep_to))

    # Free-threaded interpreters do not load what keeps to the stable interface, and get a wheel of their own. maturin knows
    # enough of them to build without one; then nothing is tested.
    free_threaded = make_wheel(out, FREE_THREADED, "tenant_select-*-cp314t-*.whl", keep_to)
    if python := shutil.which(FREE_THREADED):
        smoke_test(free_threaded, python)
    else:
        print(f"no {FREE_THREADED} here: {free_threaded.name} was built and NOT TESTED", flush=True)
    smoke_test_extra(out)


if __name__ == "__main__":
    main()
