"""Makes the wheel and the source distribution and tries both in empty virtual environments: what `make package` runs.

Needs maturin and pytest beside the interpreter that runs it, and no network once cargo has the crates.
"""

# ruff: noqa: D103, INP001, S603, T201 - a program beside the package, which runs others of our own choice

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

import sbom

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
LARGEST = 12_000_000
# The source distribution asks for maturin by its name.
PATH = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])


def run(*command: str | Path, **environment: str) -> None:
    subprocess.run([sys.executable, *command], cwd=HERE, check=True, env={**os.environ, "PATH": PATH, **environment})


def exercise(wheel: Path) -> None:
    run("-m", "pytest", "--quiet", "-p", "no:cacheprovider", "test_distribution.py", EMULATOR_WHEEL=str(wheel))


def check_release(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (program,) = (entry for entry in archive.infolist() if "/scripts/" in entry.filename)
        print(
            f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, installed {program.file_size / 1e6:.1f} MB", flush=True
        )
        if program.file_size > LARGEST or b".debug_info" in archive.read(program):
            sys.exit(f"{program.filename} is no stripped release, or grew above {LARGEST / 1e6:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where the artefacts go")
    parser.add_argument("--compatibility", help="a tag that the wheel must keep to, such as manylinux_2_28 or pypi")
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    for former in [*out.glob("tenant_select_emulator-*.whl"), *out.glob("tenant_select_emulator-*.tar.gz")]:
        former.unlink()

    keep_to = ["--compatibility", arguments.compatibility] if arguments.compatibility else []
    run("-m", "maturin", "build", "--locked", "--release", "--out", out, *keep_to)
    (wheel,) = out.glob("tenant_select_emulator-*.whl")
    sbom.clean(wheel)
    check_release(wheel)
    exercise(wheel)

    run("-m", "maturin", "sdist", "--out", out)
    (source,) = out.glob("tenant_select_emulator-*.tar.gz")
    with tempfile.TemporaryDirectory() as folder:
        # Built as pip builds it for a platform without a wheel, away from the repository; only the compiled crates are shared.
        options = ["--no-deps", "--no-index", "--no-build-isolation", "--quiet", "--wheel-dir", folder]
        run("-m", "pip", "wheel", *options, source, CARGO_TARGET_DIR=str(ROOT / "target"))
        (from_source,) = Path(folder).glob("*.whl")
        sbom.clean(from_source)
        exercise(from_source)


if __name__ == "__main__":
    main()
