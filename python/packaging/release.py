"""What every compiled release file must fulfil: stripped, right for its platform tag, free of paths of the build machine."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from build_environment import CARGO_HOME, ROOT


def check_binary(name: str, binary: bytes, tag: str) -> None:
    """Compare a program or module with the platform tag of its wheel; package indexes and pip trust the tag."""
    if b".symtab" in binary:
        sys.exit(f"{name} is not stripped")
    if re.match(r"manylinux_2_\d+_|musllinux_1_\d_|macosx_|win_", tag) is None:
        sys.exit(f"package indexes accept no wheel for {tag}")
    required = max((int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)\b", binary)), default=-1)
    manylinux = re.match(r"manylinux_2_(\d+)_", tag)
    if required > (int(manylinux[1]) if manylinux else -1):
        sys.exit(f"{name} requires glibc 2.{required}, and its wheel is tagged {tag}")


def check_paths(name: str, content: bytes) -> None:
    """Check that the file names no path of this machine."""
    for place in (ROOT, Path.home(), CARGO_HOME):
        # In a container the user's folder may be the root of the file system.
        if place != place.parent and f"{place}{os.sep}".encode() in content:
            sys.exit(f"{name} contains the path {place}")
