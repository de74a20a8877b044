"""The environment of a release build, in which compilers write no path of this machine into what they make."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CARGO_HOME = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
TARGET = ROOT / "target" / "npm"
"""A target folder of its own: these flags differ from those of other builds, and cargo would rebuild everything each time."""

_REGISTRY = CARGO_HOME / "registry" / "src"
# Panics and assertions name source files.
_REMAP = {
    "RUSTFLAGS": f"--remap-path-prefix={_REGISTRY}=registry --remap-path-prefix={ROOT}=tenant-select",
    "CFLAGS": f"-ffile-prefix-map={_REGISTRY}=registry -ffile-prefix-map={ROOT}=tenant-select",
}


def build_environment() -> dict[str, str]:
    """Return the variables to set for a release build; flags that the caller has set stay in front."""
    flags = {name: f"{os.environ.get(name, '')} {remap}".strip() for name, remap in _REMAP.items()}
    if os.name == "nt":
        del flags["CFLAGS"]  # Microsoft's compiler has no such option.
    return {**flags, "CARGO_TARGET_DIR": str(TARGET)}
