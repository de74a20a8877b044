"""Checks the public surface of the packages against the text that is committed of it; ``--write`` writes that text anew.

``make lint`` runs this after the documentation of the crates (as JSON), the Python package and the declarations of the npm package were
built. A change of a surface is thereby seen in a review, and nothing becomes public by accident.
"""

from __future__ import annotations

import difflib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = ROOT / "target"
# The committed text of each crate, and the name of its library.
CRATES = {"core/public-api.txt": "tenant_select", "tests/emulator/public-api.txt": "tenant_select_emulator"}


def output(*command: str | Path) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def rust() -> Iterator[tuple[str, str]]:
    place = ("--manifest-path", HERE / "public-api" / "Cargo.toml", "--target-dir", TARGET / "checks")
    output("cargo", "build", "--quiet", "--locked", *place)
    for file, library in CRATES.items():
        yield file, output(TARGET / "checks" / "debug" / "public-api-text", TARGET / "doc" / f"{library}.json")


def python() -> Iterator[tuple[str, str]]:
    yield "python/public-api.txt", output(sys.executable, HERE / "python_api.py")


def node() -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        output("node", HERE / "node_api.mjs", folder)
        for declarations in sorted(Path(folder).iterdir()):
            yield f"node/public-api/{declarations.name}", declarations.read_text()


def main() -> None:
    write = "--write" in sys.argv[1:]
    changed = []
    for file, text in [*rust(), *python(), *node()]:
        committed = ROOT / file
        before = committed.read_text() if committed.exists() else ""
        if before == text:
            continue
        if write:
            committed.parent.mkdir(exist_ok=True)
            committed.write_text(text)
            print(f"{file} is new")
            continue
        changed.append(file)
        sys.stderr.writelines(
            f"{line}\n"
            for line in difflib.unified_diff(before.splitlines(), text.splitlines(), file, "now", n=0, lineterm="")
        )
    if changed:
        sys.exit(
            f"the public surface is not what {', '.join(changed)} says: if that is meant, run `make api` and commit the files"
        )


if __name__ == "__main__":
    main()
