"""Checks that no step of the Makefile compiles a dependency that another step has compiled. cargo only plans the steps and builds nothing.

A dependency is compiled again when a command selects other packages, because cargo unites the features of what it builds together.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict

from tracked import ROOT

# The steps that share what they compile, as in the Makefile and in the generators: those that build, and those that only
# check.
STEPS = {
    "build": [
        "build --lib --bins --examples",
        "test",
        "build --example options_table",
        "build --bin fuzz --features tenant-select-fuzz/libfuzzer",
    ],
    "check": [
        "check --workspace --all-targets",
        "doc --no-deps --workspace --lib --examples",
        "check --workspace --lib --examples",
    ],
}

# What a unit is, but for its features; and the features.
Unit = tuple[str, str, str, str]


def units(command: str) -> dict[Unit, set[str]]:
    """Return each unit of dependencies that a command compiles, with the sets of features that it compiles it with."""
    # Only development versions of cargo print their plan unasked. Nothing is compiled, so the variable rebuilds
    # nothing.
    environment = os.environ | {"RUSTC_BOOTSTRAP": "1"}
    arguments = ["cargo", *command.split(), "--locked", "--offline", "--unit-graph", "-Z", "unstable-options"]
    graph = json.loads(subprocess.run(arguments, cwd=ROOT, env=environment, check=True, capture_output=True).stdout)
    found: dict[Unit, set[str]] = defaultdict(set)
    for unit in graph["units"]:
        if unit["pkg_id"].startswith("path+"):
            continue
        target = unit["target"]
        name = unit["pkg_id"].rpartition("#")[2]
        settings = json.dumps({**unit["profile"], "name": ""}, sort_keys=True)
        found[name, f"{target['kind']} {target['name']}", unit["mode"], settings].add(" ".join(unit["features"]))
    return found


def main() -> None:
    complaints = []
    for kind, commands in STEPS.items():
        first, *others = ((command, units(command)) for command in commands)
        for command, planned in others:
            # What only a later step needs is compiled there for the first time.
            known = {unit[:3] for unit in first[1]}
            again = {
                unit[0]
                for unit, features in planned.items()
                if unit[:3] in known and not features <= first[1].get(unit, set())
            }
            complaints += [f"cargo {command} compiles {name} again, after cargo {first[0]}" for name in sorted(again)]
        print(f"one build: {len(first[1])} units to {kind}")
    if complaints:
        sys.exit("\n".join(complaints))


if __name__ == "__main__":
    main()
