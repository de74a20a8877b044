"""Makes the wheels and the source distribution and smoke-tests them in empty virtual environments: what `make package-python` runs.

Needs maturin beside the interpreter that runs it, the emulator's binary in ``TENANT_SELECT_EMULATOR``, and no network once
cargo has the crates.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from distribution import Distribution, read_options

HERE = Path(__file__).resolve().parent
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
FREE_THREADED = "python3.14t"
PACKAGE = Distribution(
    folder=HERE.parent,
    name="tenant_select",
    crates=("tenant-select", "tenant-select-python"),
    binary="tenant_select/_native.*",
    largest=8_000_000,
)


def smoke_test(wheel: Path, interpreter: str = sys.executable) -> None:
    """Smoke-test a wheel alone; the emulator is the one that ``TENANT_SELECT_EMULATOR`` names."""
    smoke_test_in_empty_environment(interpreter, dict(os.environ), "--no-deps", wheel)


def smoke_test_extra(out: Path) -> None:
    """Smoke-test ``tenant-select[testing]``, with the emulator from its own wheel."""
    if not list(out.glob("tenant_select_emulator-*.whl")):
        print(f"{out.name} has no wheel of the emulator: tenant-select[testing] was NOT TESTED", flush=True)
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


def main() -> None:
    options = read_options(__doc__)
    PACKAGE.remove_former(options.out)
    source = PACKAGE.make_source(options.out)
    with PACKAGE.wheel_from_source(source) as from_source:
        smoke_test(from_source)
    smoke_test(PACKAGE.make_wheel(options, "abi3", "--interpreter", sys.executable))

    # Free-threaded interpreters cannot load a module of the stable ABI and get a wheel of their own. maturin builds it without
    # such an interpreter too; it is then not tested.
    free_threaded = PACKAGE.make_wheel(options, "cp314t", "--interpreter", FREE_THREADED)
    if python := shutil.which(FREE_THREADED):
        smoke_test(free_threaded, python)
    else:
        print(f"there is no {FREE_THREADED}: {free_threaded.name} was built and NOT TESTED", flush=True)
    smoke_test_extra(options.out)


if __name__ == "__main__":
    main()
