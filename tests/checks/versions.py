"""Fails when the packages do not have one version, or a lock file names the address of a registry."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def cargo_version() -> str:
    text = (ROOT / "Cargo.toml").read_text()
    found = re.search(r'^\[workspace\.package\]\nversion = "([^"]+)"', text, re.MULTILINE)
    if found is None:
        sys.exit("Cargo.toml has no workspace version")
    return found.group(1)


def main() -> None:
    version = cargo_version()
    problems = []
    text = (ROOT / "Cargo.toml").read_text()
    problems += [
        f"Cargo.toml wants {name} at {other}"
        for name, other in re.findall(r'^(tenant-select[\w-]*) = \{.*version = "=([^"]+)"', text, re.MULTILINE)
        if other != version
    ]
    wheel = (ROOT / "python" / "pyproject.toml").read_text()
    problems += [
        f"python/pyproject.toml wants tenant-select-emulator at {other}"
        for other in re.findall(r'"tenant-select-emulator==([^"]+)"', wheel)
        if other != version
    ]
    for manifest in ROOT.glob("**/package.json"):
        if "node_modules" in manifest.parts or "target" in manifest.parts:
            continue
        package = json.loads(manifest.read_text())
        if package.get("name", "").startswith("tenant-select") and package.get("version", version) != version:
            problems.append(f"{manifest.relative_to(ROOT)} has version {package['version']}")
    for lock in [*ROOT.glob("**/package-lock.json"), *ROOT.glob("**/requirements*.txt")]:
        if "node_modules" not in lock.parts and re.search(r'"resolved": "https?://|--index-url', lock.read_text()):
            problems.append(f"{lock.relative_to(ROOT)} names the address of a registry")
    if problems:
        sys.exit("\n".join(problems))
    print(f"versions: {version} everywhere")


if __name__ == "__main__":
    main()
