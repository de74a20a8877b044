"""Tries a wheel on every CPython that is here: what `make test-matrix-python` runs. Prints what is missing.

An interpreter is looked for on ``PATH`` and below pyenv's folder. The wheel is the one named, else one made from the debug build.
"""

# ruff: noqa: D103, INP001, S603, T201 - a program beside the package, which runs others of our own choice

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
VERSIONS = ["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]
FREE_THREADED = ["3.13t", "3.14t"]


def find(version: str) -> str | None:
    """Give the interpreter that really is of this version: a launcher may be there without one."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    installed = sorted(pyenv.glob(f"{version.rstrip('t')}.*{'t' if version.endswith('t') else ''}/bin/python{version}"))
    for candidate in [shutil.which(f"python{version}"), *map(str, installed)]:
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def attempt(python: str, wheel: Path) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-m", "venv", folder], check=True)
        inside = Path(folder) / "bin" / "python"
        offline = ["--no-index", "--no-deps", "--quiet", "--disable-pip-version-check"]
        subprocess.run([inside, "-m", "pip", "install", *offline, wheel], check=True)
        return subprocess.run([inside, HERE / "exercise.py"], check=False, cwd=folder).returncode == 0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        if sys.argv[1:]:
            wheel = Path(sys.argv[1]).resolve()
        else:
            options = ["--quiet", "--locked", "--profile", "dev", "--interpreter", sys.executable, "--out", folder]
            command = [sys.executable, "-m", "maturin", "build", *options]
            subprocess.run(command, cwd=HERE.parent, check=True)
            (wheel,) = Path(folder).glob("*.whl")
        tried: dict[str, bool] = {}
        for version in VERSIONS:
            python = find(version)
            if python is None:
                print(f"CPython {version}: not here, NOT TRIED", flush=True)
            else:
                tried[version] = attempt(python, wheel)
        for version in FREE_THREADED:
            here = "here, and loads no wheel of the stable interface" if find(version) else "not here"
            print(f"CPython {version}: {here}, NOT TRIED", flush=True)
    failed = [version for version, passed in tried.items() if not passed]
    print(f"tried on {', '.join(tried) or 'nothing'}; failed on {', '.join(failed) or 'none'}")
    sys.exit(bool(failed or not tried))


if __name__ == "__main__":
    main()
