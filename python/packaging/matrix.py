"""Runs the suite on every CPython that can be had, against one wheel: what `make test-matrix-python` runs.

Free-threaded interpreters load no wheel of the stable interface, and get one of their own. An interpreter is looked for on
``PATH`` and below pyenv's folder. What is not there comes from Debian's unstable distribution, which is put into
``target/matrix``; that takes root and debootstrap. What cannot be had is printed and not counted as passed.

Usage: ``python matrix.py [WHEEL]``; without a wheel one is made from the debug build.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parent
FOLDER = ROOT / "target" / "matrix"
DEBIAN = FOLDER / "debian"
REQUIREMENTS = PACKAGE / "requirements-dev.txt"

VERSIONS = ["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]
OF_DEBIAN = ["3.13", "3.14", "3.15"]
FREE_THREADED = ["3.13t", "3.14t", "3.15t"]

# In a mount namespace of its own, so that nothing stays mounted: this repository at its place, and the authorities
# that the host trusts.
ENTER = """
root=$1 repository=$2; shift 2
mkdir -p "$root$repository"
mount --bind "$repository" "$root$repository"
mount --bind /etc/ssl "$root/etc/ssl"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
exec chroot "$root" env --chdir="$repository" "$@"
"""
INSIDE = ["unshare", "--mount", "sh", "-euc", ENTER, "sh", str(DEBIAN), str(ROOT)]


def find(version: str) -> str | None:
    """Return the interpreter that really is of this version: a launcher may be there without one."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    installed = sorted(pyenv.glob(f"{version.rstrip('t')}.*{'t' if version.endswith('t') else ''}/bin/python{version}"))
    for candidate in [shutil.which(f"python{version}"), *map(str, installed)]:
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def debian(versions: list[str]) -> str | None:
    """Put Debian's interpreters into the folder unless they are there; give what stands in the way."""
    if os.geteuid() != 0:
        return "Debian's needs root"
    if shutil.which("debootstrap") is None or shutil.which("unshare") is None:
        return "Debian's needs debootstrap and unshare"
    done = DEBIAN / "complete"
    if not done.exists():
        shutil.rmtree(DEBIAN, ignore_errors=True)
        DEBIAN.mkdir(parents=True)
        packages = ",".join(["ca-certificates", *(f"python{version}-venv" for version in versions)])
        command = ["debootstrap", "--variant=minbase", f"--include={packages}", "sid", str(DEBIAN)]
        log = FOLDER / "debootstrap.log"
        with log.open("w") as output:
            if subprocess.run(command, stdout=output, stderr=output, check=False).returncode != 0:
                return f"Debian's could not be installed, see {log.relative_to(ROOT)}"
        done.touch()
    return None


def run_suite(version: str, prefix: list[str], python: str, wheel: Path) -> str:
    """Run the suite in an environment that has the wheel and what is locked; give its closing line, or raise."""
    environment = FOLDER / version
    locked = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    stamp = environment / "locked"
    inside = environment / "bin" / "python"
    pip = [*prefix, str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not stamp.exists() or stamp.read_text() != locked:
        subprocess.run([*prefix, python, "-m", "venv", "--clear", str(environment)], check=True)
        subprocess.run([*pip, "--requirement", str(REQUIREMENTS)], check=True)
        stamp.write_text(locked)
    subprocess.run([*pip, "--no-index", "--no-deps", "--force-reinstall", str(wheel)], check=True)
    # Type checkers read the sources, whatever interpreter they are told of.
    command = [*prefix, str(inside), "-m", "pytest", "--quiet", "tests/python", "--ignore=tests/python/test_typing.py"]
    suite = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if suite.returncode != 0:
        print(suite.stdout, flush=True)
        raise subprocess.CalledProcessError(suite.returncode, command)
    return suite.stdout.rstrip().splitlines()[-1]


def make_wheel(folder: Path, interpreter: str) -> Path:
    """Make a wheel of the debug build that this interpreter loads."""
    out = Path(tempfile.mkdtemp(dir=folder))
    command = [sys.executable, "-m", "maturin", "build", "--quiet", "--locked", "--profile", "dev"]
    subprocess.run([*command, "--interpreter", interpreter, "--out", str(out)], cwd=PACKAGE, check=True)
    (wheel,) = out.glob("*.whl")
    return wheel


class Tally:
    """Which versions passed and which failed, told as they do."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.failed: list[str] = []

    def run(self, version: str, prefix: list[str], python: str, wheel: Path) -> None:
        """Run the suite on a version."""
        try:
            closing = run_suite(version, prefix, python, wheel)
        except subprocess.CalledProcessError as error:
            print(f"CPython {version}: FAILED, {' '.join(error.cmd[-6:])}", flush=True)
            self.failed.append(version)
        else:
            print(f"CPython {version}{', of Debian' if prefix else ''}: {closing}", flush=True)
            self.passed.append(version)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    wheels = Path(tempfile.mkdtemp(dir=FOLDER))
    wheel = Path(shutil.copy(sys.argv[1], wheels)) if sys.argv[1:] else make_wheel(wheels, sys.executable)
    here = {version: find(version) for version in VERSIONS}
    obstacle = debian(OF_DEBIAN) if any(here[version] is None for version in OF_DEBIAN) else None
    tally = Tally()
    for version in VERSIONS:
        prefix, python = ([], here[version]) if here[version] else (INSIDE, f"/usr/bin/python{version}")
        if python is None or (prefix and (obstacle or version not in OF_DEBIAN)):
            print(f"CPython {version}: not here{f', and {obstacle}' if obstacle else ''}, NOT TESTED", flush=True)
        else:
            tally.run(version, prefix, python, wheel)
    for version in FREE_THREADED:
        free_threaded = find(version)
        if free_threaded is None:
            print(f"CPython {version}: not here, NOT TESTED", flush=True)
        else:
            tally.run(version, [], free_threaded, make_wheel(wheels, free_threaded))
    shutil.rmtree(wheels)
    print(f"passed on {', '.join(tally.passed) or 'nothing'}; failed on {', '.join(tally.failed) or 'none'}")
    sys.exit(bool(tally.failed or not tally.passed))


if __name__ == "__main__":
    main()
