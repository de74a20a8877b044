"""The licences of other people's code in the packages, and their bills of materials: ``python notices.py [ABOUT CYCLONEDX]``.

Every package with compiled code has ``THIRD-PARTY-NOTICES.txt``, with each crate that is compiled in and the texts of its licences, and the
packages of npm have ``sbom.cdx.json`` (CycloneDX; maturin makes that of a wheel). Both are committed beside the package, and written
here with cargo-about and cargo-cyclonedx, whose paths are given. Without them the committed files are compared with `cargo tree`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CRATES = {"python": "tenant-select-python", "node": "tenant-select-node", "tests/emulator": "tenant-select-emulator"}
"""The crate of each folder whose packages have the files."""
NOTICES = "THIRD-PARTY-NOTICES.txt"
BILL = "sbom.cdx.json"
WITH_BILL = ("node", "tests/emulator")
INTRODUCTION = """\
Third-party notices for {crate}

The packages contain code of the crates below, on all platforms or on some. Each text is followed by nothing but the next one, and
preceded by the crates that it is for.
"""
LINE = "-" * 80
Crates = set[tuple[str, str]]


def crates_of(crate: str, target: Sequence[str] = ("--target", "all")) -> Crates:
    """Return name and version of every crate that is compiled into a package, without those of this repository."""
    command = ["cargo", "tree", "--locked", "-p", crate, "-e", "normal", *target, "--prefix", "none"]
    listed = subprocess.run([*command, "-f", "{p}"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found = {(name, version.removeprefix("v")) for name, version, *_ in map(str.split, listed.splitlines())}
    return {(name, version) for name, version in found if not name.startswith("tenant-select")}


def write_notices(folder: str, licences: list[dict[str, Any]]) -> None:
    """Write the texts of the licences of a package's crates."""
    crates = crates_of(CRATES[folder])
    parts = [INTRODUCTION.format(crate=CRATES[folder])]
    for licence in licences:
        used = {(by["crate"]["name"], by["crate"]["version"]) for by in licence["used_by"]} & crates
        if used:
            names = "\n".join(f"* {name} {version}" for name, version in sorted(used))
            text = "\n".join(line.rstrip() for line in licence["text"].strip().splitlines())
            parts.append(f"{LINE}\n{licence['name']} ({licence['id']})\n\n{names}\n{LINE}\n\n{text}\n")
    (ROOT / folder / NOTICES).write_text("\n".join(parts), encoding="utf-8", newline="\n")


def write_bills(program: str) -> None:
    """Write the bills of materials, without what differs from one run or machine to the next."""
    name = "written-by-notices"
    options = [
        "--format",
        "json",
        "--spec-version",
        "1.5",
        "--no-build-deps",
        "--target",
        "all",
        "--override-filename",
        name,
    ]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "0"}
    subprocess.run([program, "cyclonedx", "--quiet", *options], cwd=ROOT, check=True, env=environment)
    # The tool writes one file for each crate of the workspace.
    for written in ROOT.glob(f"**/{name}.json"):
        folder = written.parent.relative_to(ROOT).as_posix()
        if folder in WITH_BILL:
            text = re.sub(r"path\+file://" + re.escape(str(ROOT)) + "/?", "path:", written.read_text(encoding="utf-8"))
            bill = without_unused(json.loads(text), crates_of(CRATES[folder]))
            bill.pop("serialNumber", None)
            del bill["metadata"]["timestamp"]
            (ROOT / folder / BILL).write_text(json.dumps(bill, indent=1) + "\n", encoding="utf-8", newline="\n")
        written.unlink()


def without_unused(bill: dict[str, Any], compiled: Crates) -> dict[str, Any]:
    """Take the crates out that are optional and not switched on: the tool names what any feature could bring in."""
    own = {component["name"] for component in bill["components"] if component["name"].startswith("tenant-select")}
    kept = [part for part in bill["components"] if part["name"] in own or (part["name"], part["version"]) in compiled]
    references = {part["bom-ref"] for part in kept} | {bill["metadata"]["component"]["bom-ref"]}
    dependencies = [
        {**entry, "dependsOn": [reference for reference in entry.get("dependsOn", []) if reference in references]}
        for entry in bill["dependencies"]
        if entry["ref"] in references
    ]
    return {**bill, "components": kept, "dependencies": dependencies}


def named_in_notices(text: str) -> Crates:
    """Return the crates that notices name."""
    return {(name, version) for name, version in re.findall(r"^\* (\S+) (\d\S*)$", text, re.MULTILINE)}


def named_in_bill(text: str) -> Crates:
    """Return the crates of others that a bill of materials names."""
    found = {(component["name"], component["version"]) for component in json.loads(text)["components"]}
    return {(name, version) for name, version in found if not name.startswith("tenant-select")}


def differences(what: str, named: Crates, compiled: Crates) -> list[str]:
    """Say which crates are missing from a file or no longer in the package."""
    return [
        *(f"{what} does not name {name} {version}" for name, version in sorted(compiled - named)),
        *(f"{what} names {name} {version}, which is not compiled in" for name, version in sorted(named - compiled)),
    ]


def missing_in_wheel(wheel: Path, crate: str) -> list[str]:
    """Say what a wheel for this machine's platform does not have of the crates that are compiled into it."""
    with zipfile.ZipFile(wheel) as archive:
        texts = {
            name.rpartition("/")[2]: archive.read(name).decode() for name in archive.namelist() if "dist-info" in name
        }
    compiled = crates_of(crate, target=())
    named = named_in_notices(texts.get(NOTICES, ""))
    billed = [named_in_bill(text) for name, text in texts.items() if name.endswith(".cyclonedx.json")]
    # The notices are for all platforms; maturin's bill also names crates that only the build needs.
    wrong = [f"{NOTICES} does not name {name} {version}" for name, version in sorted(compiled - named)]
    return wrong + [
        f"the bill of materials does not name {name}" for name, _ in sorted(compiled - set().union(*billed))
    ]


def check() -> list[str]:
    """Compare the committed files with what is compiled in."""
    wrong = []
    for folder, crate in CRATES.items():
        compiled = crates_of(crate)
        notices = ROOT / folder / NOTICES
        wrong += differences(f"{folder}/{NOTICES}", named_in_notices(notices.read_text(encoding="utf-8")), compiled)
        if folder in WITH_BILL:
            bill = (ROOT / folder / BILL).read_text(encoding="utf-8")
            wrong += differences(f"{folder}/{BILL}", named_in_bill(bill), compiled)
    return wrong


def main() -> None:
    if len(sys.argv) > 1:
        about, cyclonedx = sys.argv[1:]
        options = [
            "--offline",
            "--locked",
            "--workspace",
            "--all-features",
            "--format",
            "json",
            "--config",
            str(HERE / "about.toml"),
        ]
        listed = subprocess.run(
            [about, "generate", *options], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout
        for folder in CRATES:
            write_notices(folder, json.loads(listed)["licenses"])
        write_bills(cyclonedx)
    if wrong := check():
        sys.exit("\n".join([*wrong, "run `make notices`"]))


if __name__ == "__main__":
    main()
