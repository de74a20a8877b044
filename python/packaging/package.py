"""Makes the wheel and the source distribution and tries both in empty virtual environments: what `make package-python` runs.

Needs maturin beside the interpreter that runs it, the emulator's binary in ``TENANT_SELECT_EMULATOR``, and no network once
cargo has the crates.
"""

# ruff: noqa: D103, INP001, S603, T201 - a program beside the package, which runs others of our own choice

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "emulator" / "python"))

import sbom  # noqa: E402  # pyright: ignore[reportMissingImports] - the one that the emulator's wheel is made with

LARGEST = 8_000_000
FREE_THREADED = "python3.14t"
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
# The source distribution asks for maturin by its name.
PATH = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])


# Panics and assertions name source files; where those lay on this machine is nobody's business.
REGISTRY = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo") / "registry" / "src"
FORGET = {
    "RUSTFLAGS": f"--remap-path-prefix={REGISTRY}=registry --remap-path-prefix={ROOT}=tenant-select",
    "CFLAGS": f"-ffile-prefix-map={REGISTRY}=registry -ffile-prefix-map={ROOT}=tenant-select",
}
BUILD = {
    **{name: f"{os.environ.get(name, '')} {flags}".strip() for name, flags in FORGET.items()},
    # The folder that all packages are built in: other flags than usual mean that everything is built anew.
    "CARGO_TARGET_DIR": str(ROOT / "target" / "npm"),
}


def run(*command: str | Path, **environment: str) -> None:
    command = (sys.executable, *command)
    subprocess.run(command, cwd=HERE.parent, check=True, env={**os.environ, "PATH": PATH, **environment})


def exercise(wheel: Path, interpreter: str = sys.executable) -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([interpreter, "-m", "venv", folder], check=True)
        python = Path(folder) / SCRIPTS / "python"
        offline = ["--no-index", "--no-deps", "--quiet", "--disable-pip-version-check"]
        subprocess.run([python, "-m", "pip", "install", *offline, wheel], check=True)
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DESCOPE"))}
        subprocess.run([python, HERE / "exercise.py"], check=True, cwd=folder, env=clean)


def check_contents(names: list[str], contents: list[bytes]) -> None:
    """No path of this machine is in there, and the licences are."""
    for path in {str(ROOT), str(Path.home() / ".cargo"), str(Path.home() / ".rustup")}:
        where = [name for name, content in zip(names, contents, strict=True) if path.encode() in content]
        if where:
            sys.exit(f"a path of this machine is in {', '.join(where)}")
    for licence in ("LICENSE-APACHE", "LICENSE-MIT"):
        if not any(name.endswith(f"/{licence}") for name in names):
            sys.exit(f"{licence} is missing")


def check_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        contents = [archive.read(name) for name in names]
    check_contents(names, contents)
    (module,) = (
        content for name, content in zip(names, contents, strict=True) if "/_native." in name and "pyi" not in name
    )
    print(
        f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, the native module {len(module) / 1e6:.1f} MB", flush=True
    )
    if sum(map(len, contents)) > LARGEST or b".symtab" in module:
        sys.exit(f"no stripped release, or grown above {LARGEST / 1e6:.0f} MB")
    tag = wheel.stem.split("-")[-1]
    if not re.match(r"manylinux_2_\d+_|musllinux_1_\d_|macosx_|win_", tag):
        sys.exit(f"an index takes no wheel for {tag}")
    if manylinux := re.match(r"manylinux_2_(\d+)_", tag):
        wanted = max(int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)\b", module))
        if wanted > int(manylinux[1]):
            sys.exit(f"{tag}, but glibc 2.{wanted} is needed")


def make_free_threaded(build: list[str | Path], out: Path) -> None:
    """Free-threaded interpreters do not load what keeps to the stable interface, and get a wheel of their own."""
    python = shutil.which(FREE_THREADED)
    if python is None:
        print(f"no {FREE_THREADED} here: its wheel was neither built nor tried", flush=True)
        return
    run(*build, "--interpreter", python, **BUILD)
    (wheel,) = out.glob("tenant_select-*-cp314t-*.whl")
    sbom.clean(wheel)
    check_wheel(wheel)
    exercise(wheel, python)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where the artefacts go")
    parser.add_argument("--compatibility", help="a tag that the wheel must keep to, such as manylinux_2_28 or pypi")
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    # The emulator's artefacts lie in the same folder and are none of this program's business.
    for former in [*out.glob("tenant_select-*.whl"), *out.glob("tenant_select-*.tar.gz")]:
        former.unlink()

    keep_to = ["--compatibility", arguments.compatibility] if arguments.compatibility else []
    build = ["-m", "maturin", "build", "--locked", "--release", "--out", out, *keep_to]
    run(*build, "--interpreter", sys.executable, **BUILD)
    (wheel,) = out.glob("tenant_select-*-abi3-*.whl")
    sbom.clean(wheel)
    check_wheel(wheel)
    exercise(wheel)
    make_free_threaded(build, out)

    run("-m", "maturin", "sdist", "--out", out)
    (source,) = out.glob("tenant_select-*.tar.gz")
    with tarfile.open(source) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        read = [archive.extractfile(member) for member in members]
        check_contents([member.name for member in members], [file.read() if file else b"" for file in read])
    with tempfile.TemporaryDirectory() as folder:
        # Built as pip builds it for a platform without a wheel, away from the repository; only the compiled crates are shared.
        options = ["--no-deps", "--no-index", "--no-build-isolation", "--quiet", "--wheel-dir", folder]
        run("-m", "pip", "wheel", *options, source, **BUILD)
        (from_source,) = Path(folder).glob("*.whl")
        exercise(from_source)


if __name__ == "__main__":
    main()
