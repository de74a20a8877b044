"""The environment of a build for release, in which no compiler writes down where things lie on this machine."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CARGO_HOME = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
TARGET = ROOT / "target" / "npm"
"""A folder of its own, because other flags mean that everything is built anew."""

_REGISTRY = CARGO_HOME / "registry" / "src"
# Panics and assertions name source files.
_FORGET = {
    "RUSTFLAGS": f"--remap-path-prefix={_REGISTRY}=registry --remap-path-prefix={ROOT}=tenant-select",
    "CFLAGS": f"-ffile-prefix-map={_REGISTRY}=registry -ffile-prefix-map={ROOT}=tenant-select",
}


def build_environment() -> dict[str, str]:
    """What has to be set beside what the caller has set, whose own flags stay."""
    flags = {name: f"{os.environ.get(name, '')} {forget}".strip() for name, forget in _FORGET.items()}
    if os.name == "nt":
        del flags["CFLAGS"]  # Microsoft's compiler has no such option.
    return {**flags, "CARGO_TARGET_DIR": str(TARGET)}
