"""How a Python distribution of this repository is built with maturin and checked; shared by both wheels: the product's and the emulator's.

Needs maturin beside the interpreter that runs it, and no network once cargo has the crates.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import notices
import release
import sbom
from build_environment import ROOT, TARGET, build_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

# The build of a source distribution finds maturin by its name.
PATH = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])


@dataclass(frozen=True)
class Options:
    """What the command line says: where the files go, and the platform tag that maturin must keep to."""

    out: Path
    compatibility: str | None


def read_options(description: str | None) -> Options:
    """Read the command line and create the output folder."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder for the built files")
    parser.add_argument("--compatibility", help="platform tag that wheels must fulfil, such as manylinux_2_28 or pypi")
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    return Options(out, arguments.compatibility)


def run(folder: Path, *command: str | Path, **environment: str) -> None:
    """Run a Python command in a folder, with maturin on the path."""
    environment = {**os.environ, "PATH": PATH, **environment}
    subprocess.run([sys.executable, *command], cwd=folder, check=True, env=environment)


@dataclass(frozen=True)
class Distribution:
    """One distribution: what is built, and what its files must be like."""

    folder: Path
    """The folder of its pyproject.toml."""
    name: str
    """Its name in file names, with underscores."""
    crates: tuple[str, ...]
    """The workspace's crates that are compiled into it."""
    binary: str
    """A pattern for the path of the compiled file inside the wheel."""
    largest: int
    """The limit of the installed size in bytes."""

    def remove_former(self, out: Path) -> None:
        """Remove the files of an earlier build; those of other distributions in the same folder stay."""
        for former in [*out.glob(f"{self.name}-*.whl"), *out.glob(f"{self.name}-*.tar.gz")]:
            former.unlink()

    def make_source(self, out: Path) -> Path:
        """Make and check the source distribution."""
        run(self.folder, "-m", "maturin", "sdist", "--out", out)
        (source,) = out.glob(f"{self.name}-*.tar.gz")
        with tarfile.open(source) as archive:
            files = {member.name: archive.extractfile(member) for member in archive.getmembers() if member.isfile()}
            check_contents({name: file.read() if file else b"" for name, file in files.items()})
        return source

    @contextmanager
    def wheel_from_source(self, source: Path) -> Iterator[Path]:
        """Build a wheel as pip does on a platform without one: outside the repository, sharing only compiled dependencies."""
        # The files in an archive have old dates: cargo would take its earlier output for up to date.
        crates = [argument for crate in self.crates for argument in ("-p", crate)]
        clean = ["cargo", "clean", "--quiet", "--release", *crates, "--target-dir", str(TARGET)]
        subprocess.run(clean, cwd=ROOT, check=True)
        with tempfile.TemporaryDirectory() as folder:
            options = ["--no-deps", "--no-index", "--no-build-isolation", "--quiet", "--wheel-dir", folder]
            run(self.folder, "-m", "pip", "wheel", *options, source, **build_environment())
            (wheel,) = Path(folder).glob("*.whl")
            sbom.clean(wheel)
            yield wheel

    def make_wheel(self, options: Options, tag: str, *maturin: str) -> Path:
        """Make and check the wheel whose interpreter tag matches a pattern."""
        command = ["-m", "maturin", "build", "--locked", "--release", "--out", str(options.out), *maturin]
        if options.compatibility:
            command += ["--compatibility", options.compatibility]
        run(self.folder, *command, **build_environment())
        (wheel,) = options.out.glob(f"{self.name}-*-{tag}-*.whl")
        sbom.clean(wheel)
        self.check_wheel(wheel)
        return wheel

    def check_wheel(self, wheel: Path) -> None:
        """Check contents, size, bill of materials and the compiled file."""
        with zipfile.ZipFile(wheel) as archive:
            contents = {name: archive.read(name) for name in archive.namelist()}
        check_contents(contents)
        if missing := notices.missing_in_wheel(wheel, self.crates[-1]):
            sys.exit("\n".join(f"{wheel.name}: {what}" for what in missing))
        size = sum(map(len, contents.values()))
        print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, installed {size / 1e6:.1f} MB", flush=True)
        if size > self.largest:
            sys.exit(f"{wheel.name} is larger than {self.largest / 1e6:.0f} MB when installed")
        (binary,) = (name for name in contents if fnmatch(name, self.binary) and not name.endswith(".pyi"))
        release.check_binary(binary, contents[binary], wheel.stem.rpartition("-")[2])


def check_contents(contents: dict[str, bytes]) -> None:
    """Check that the files of an archive name no path of this machine, and that the licences are among them."""
    for name, content in contents.items():
        release.check_paths(name, content)
    for licence in ("LICENSE-APACHE", "LICENSE-MIT", notices.NOTICES):
        if not any(name.endswith(f"/{licence}") for name in contents):
            sys.exit(f"{licence} is missing")
