"""Makes the emulator's wheel and source distribution and tests both: what `make package-emulator` runs.

Needs maturin and pytest beside the interpreter that runs it, and no network once cargo has the crates.
"""

# ruff: noqa: E402 - the search path is set first

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "python" / "packaging"))

from distribution import Distribution, read_options, run

PACKAGE = Distribution(
    folder=HERE,
    name="tenant_select_emulator",
    crates=("tenant-select-emulator",),
    binary="*/scripts/*",
    largest=12_000_000,
)


def smoke_test(wheel: Path) -> None:
    run(HERE, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", "test_distribution.py", EMULATOR_WHEEL=str(wheel))


def main() -> None:
    options = read_options(__doc__)
    PACKAGE.remove_former(options.out)
    source = PACKAGE.make_source(options.out)
    with PACKAGE.wheel_from_source(source) as from_source:
        smoke_test(from_source)
    # Last, so that the program in the target folder is the wheel's: the npm package takes it from there.
    smoke_test(PACKAGE.make_wheel(options, "none"))


if __name__ == "__main__":
    main()
