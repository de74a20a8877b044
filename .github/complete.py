"""Fails when a package of a release is missing: ``python complete.py FOLDER``.

The expected packages follow from the packages themselves: the platforms that the main npm packages depend on, and for each of them
the wheels of both Python distributions.
"""

# ruff: noqa: D103, INP001, T201 - a program of the release workflow

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path

# The platform tag of wheels for each platform of the npm packages.
WHEELS = {
    "linux-x64-gnu": "manylinux_2_28_x86_64",
    "linux-arm64-gnu": "manylinux_2_28_aarch64",
    "linux-x64-musl": "musllinux_1_2_x86_64",
    "linux-arm64-musl": "musllinux_1_2_aarch64",
    "darwin-x64": "macosx_*_x86_64",
    "darwin-arm64": "macosx_*_arm64",
    "win32-x64-msvc": "win_amd64",
    "win32-arm64-msvc": "win_arm64",
}
# The product has wheels for the stable ABI and for free-threaded Python, the emulator one for any Python.
DISTRIBUTIONS = {"tenant_select": ["cp310-abi3", "cp314-cp314t"], "tenant_select_emulator": ["py3-none"]}


def optional_dependencies(tarball: Path) -> dict[str, str]:
    with tarfile.open(tarball) as archive:
        manifest = archive.extractfile("package/package.json")
        assert manifest is not None, tarball  # noqa: S101
        found: dict[str, str] = json.load(manifest)["optionalDependencies"]
        return found


def expected(folder: Path) -> list[str]:
    """One pattern for each file that has to be there."""
    patterns = [f"{distribution}-*.tar.gz" for distribution in DISTRIBUTIONS]
    for name in ("tenant-select", "tenant-select-emulator"):
        patterns.append(f"{name}-[0-9]*.tgz")
        for main in folder.glob(patterns[-1]):
            packages = optional_dependencies(main)
            if set(packages) != {f"{name}-{platform}" for platform in WHEELS}:
                sys.exit(f"{main.name} has packages for other platforms: {', '.join(packages)}")
            patterns += [f"{package}-{version}.tgz" for package, version in packages.items()]
    for distribution, tags in DISTRIBUTIONS.items():
        # A wheel may carry several tags of its platform, joined by dots.
        patterns += [f"{distribution}-*-{tag}-*{platform}*.whl" for tag in tags for platform in WHEELS.values()]
    return patterns


def main() -> None:
    folder = Path(sys.argv[1])
    patterns = expected(folder)
    counts = {pattern: len(list(folder.glob(pattern))) for pattern in patterns}
    wrong = [f"{pattern}: {count} files instead of one" for pattern, count in counts.items() if count != 1]
    unknown = {path.name for path in folder.iterdir()} - {
        path.name for pattern in patterns for path in folder.glob(pattern)
    }
    wrong += [f"{name} is none of the release's" for name in sorted(unknown)]
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(patterns)} files, none missing")


if __name__ == "__main__":
    main()
