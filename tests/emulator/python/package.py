"""Makes the wheel and the source distribution and tries both in empty virtual environments: what `make package` runs.

Needs maturin and pytest beside the interpreter that runs it, and no network once cargo has the crates.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

import release
import sbom
from build_environment import ROOT, TARGET, build_environment

HERE = Path(__file__).resolve().parent
NAME = "tenant-select-emulator"
LARGEST = 12_000_000
# The source distribution requires maturin by its name.
PATH = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])


def run(*command: str | Path, **environment: str) -> None:
    environment = {**os.environ, "PATH": PATH, **environment}
    subprocess.run([sys.executable, *command], cwd=HERE, check=True, env=environment)


def smoke_test(wheel: Path) -> None:
    run("-m", "pytest", "--quiet", "-p", "no:cacheprovider", "test_distribution.py", EMULATOR_WHEEL=str(wheel))


def check(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (entry,) = (entry for entry in archive.infolist() if "/scripts/" in entry.filename)
        program = archive.read(entry)
        for member in archive.namelist():
            release.check_silence(member, archive.read(member))
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, installed {len(program) / 1e6:.1f} MB", flush=True)
    if len(program) > LARGEST:
        sys.exit(f"{entry.filename} grew above {LARGEST / 1e6:.0f} MB")
    release.check_binary(entry.filename, program, wheel.stem.rpartition("-")[2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where the artefacts go")
    parser.add_argument("--compatibility", help="a tag that the wheel must keep to, such as manylinux_2_28 or pypi")
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    for former in [*out.glob("tenant_select_emulator-*.whl"), *out.glob("tenant_select_emulator-*.tar.gz")]:
        former.unlink()

    run("-m", "maturin", "sdist", "--out", out)
    (source,) = out.glob("tenant_select_emulator-*.tar.gz")
    # The files of an archive are old: cargo would take what it compiled from others before for the same.
    subprocess.run(["cargo", "clean", "--quiet", "--release", "-p", NAME, "--target-dir", TARGET], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as folder:
        # Built as pip builds it for a platform without a wheel, away from the repository; only the compiled crates are shared.
        options = ["--no-deps", "--no-index", "--no-build-isolation", "--quiet", "--wheel-dir", folder]
        run("-m", "pip", "wheel", *options, source, **build_environment())
        (from_source,) = Path(folder).glob("*.whl")
        sbom.clean(from_source)
        smoke_test(from_source)

    # Last, so that the program in the target folder is the wheel's: the npm package takes it from there.
    keep_to = ["--compatibility", arguments.compatibility] if arguments.compatibility else []
    run("-m", "maturin", "build", "--locked", "--release", "--out", out, *keep_to, **build_environment())
    (wheel,) = out.glob("tenant_select_emulator-*.whl")
    sbom.clean(wheel)
    check(wheel)
    smoke_test(wheel)


if __name__ == "__main__":
    main()
