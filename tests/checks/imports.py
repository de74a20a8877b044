"""Checks that the product (core, python, node) imports nothing from ``tests/``.

It checks imports of JavaScript and TypeScript, paths that Python programs add to ``sys.path``, files that Rust includes, and the
dependencies of the crates. To run a program from there is not an import.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tracked import ROOT, tracked_files

PRODUCT = ("core/", "python/", "node/")
# Crates of the workspace that are below tests/.
CRATES = re.compile(r"^\s*(tenant-select-(?:emulator|tests|bench[\w-]*))\b")
JAVASCRIPT = re.compile(r"""(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*['"](\.[^'"]*)['"]""")
PYTHON_IMPORT = re.compile(r"^\s*(?:from|import)\s+tests\b")
PYTHON_PATH = re.compile(r"""sys\.path.*\btests\b""")
RUST = re.compile(r"""\b(?:include(?:_str|_bytes)?!\s*\(|#\[path\s*=)\s*"([^"]*)\"""")


def leads_to_tests(file: str, path: str) -> bool:
    target = (ROOT / file).parent.joinpath(path).resolve()
    return target.is_relative_to(ROOT / "tests")


def takes_from_tests(file: str, line: str) -> bool:
    match Path(file).suffix:
        case ".js" | ".mjs" | ".cjs" | ".ts" | ".mts" | ".cts":
            return any(leads_to_tests(file, path) for path in JAVASCRIPT.findall(line))
        case ".py" | ".pyi":
            return bool(PYTHON_IMPORT.search(line) or PYTHON_PATH.search(line))
        case ".rs":
            return any(leads_to_tests(file, path) for path in RUST.findall(line))
        case _:
            return Path(file).name == "Cargo.toml" and bool(CRATES.search(line))


def main() -> None:
    complaints = []
    for file in tracked_files(*PRODUCT):
        for number, line in enumerate((ROOT / file).read_text(errors="replace").splitlines(), 1):
            if takes_from_tests(file, line):
                complaints.append(f"{file}:{number} takes something from tests/: {line.strip()}")
    if complaints:
        sys.exit("\n".join(complaints))
    print("imports: the product takes nothing from tests/")


if __name__ == "__main__":
    main()
