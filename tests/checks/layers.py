"""Checks which folders of the core use which others, against ``core-layers.txt``, and prints the dependencies that there are.

``--list`` prints them in the form of that file instead, and checks nothing.
"""

from __future__ import annotations

import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import rust_source

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1] / "core" / "src"
LAYERS = HERE / "core-layers.txt"

Layers = dict[str, set[str]]


def is_test(file: Path) -> bool:
    return file.stem == "tests" or "tests" in file.parts


def dependencies(source: Path) -> Layers:
    """Return for each folder of a crate the other folders that it uses. The root of the crate is left out, because it declares them."""
    root = (source / "lib.rs").read_text()
    exported = rust_source.reexports(root)
    files = [
        file for file in sorted(source.rglob("*.rs")) if file.name != "lib.rs" and not is_test(file.relative_to(source))
    ]
    modules = {file: rust_source.module_of(file, source) for file in files}
    found: Layers = {module[0]: set() for module in modules.values()}
    for file, module in modules.items():
        names = rust_source.used_names(file.read_text(), module)
        used = {exported.get(name, name) for name in names}
        found[module[0]] |= (used & found.keys()) - {module[0]}
    return found


def read_layers(text: str) -> Layers | None:
    """Return the list in ``core-layers.txt``, or None when it allows everything."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    declared = {}
    for line in filter(None, lines):
        folder, _, used = line.partition(":")
        declared[folder.strip()] = set(used.split())
    return None if declared == {"*": {"*"}} else declared


def circle(layers: Layers) -> list[str]:
    try:
        TopologicalSorter(layers).prepare()
    except CycleError as error:
        return [str(name) for name in error.args[1]]
    return []


def problems(declared: Layers, found: Layers) -> list[str]:
    complaints = []
    if names := circle(declared):
        complaints.append(f"{LAYERS.name} has a circle: {' -> '.join(reversed(names))}")
    complaints += [f"core/src/{folder} is not in {LAYERS.name}" for folder in sorted(found.keys() - declared.keys())]
    complaints += [
        f"{LAYERS.name} lists {folder}, which is not in core/src" for folder in sorted(declared.keys() - found.keys())
    ]
    for folder, used in sorted(found.items()):
        allowed = declared.get(folder, set())
        complaints += [
            f"core/src/{folder} uses {name}, which {LAYERS.name} does not allow" for name in sorted(used - allowed)
        ]
        if folder in declared:
            complaints += [
                f"{LAYERS.name} lists {folder} -> {name}, which does not exist" for name in sorted(allowed - used)
            ]
    return complaints


def main() -> None:
    found = dependencies(SOURCE)
    if "--list" in sys.argv[1:]:
        for folder in TopologicalSorter(found).static_order() if not circle(found) else sorted(found):
            print(f"{folder}: {' '.join(sorted(found[folder]))}".rstrip())
        return
    for folder, used in sorted(found.items()):
        print(f"core: {folder} -> {' '.join(sorted(used)) or 'nothing'}")
    declared = read_layers(LAYERS.read_text())
    if declared is None:
        print(f"core: {LAYERS.name} allows everything")
    elif complaints := problems(declared, found):
        sys.exit("\n".join(complaints))


if __name__ == "__main__":
    main()
