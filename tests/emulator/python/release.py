"""What holds for everything that is compiled for release: stripped, of a size, for the platform it says, silent on this machine."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from build_environment import CARGO_HOME, ROOT


def check_binary(name: str, binary: bytes, tag: str) -> None:
    """Hold a program or module against the platform tag of its wheel, which is what an index goes by."""
    if b".symtab" in binary:
        sys.exit(f"{name} is no stripped release")
    if re.match(r"manylinux_2_\d+_|musllinux_1_\d_|macosx_|win_", tag) is None:
        sys.exit(f"no index takes a wheel for {tag}")
    wanted = max((int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)\b", binary)), default=-1)
    manylinux = re.match(r"manylinux_2_(\d+)_", tag)
    if wanted > (int(manylinux[1]) if manylinux else -1):
        sys.exit(f"{name} wants glibc 2.{wanted}, and its wheel says {tag}")


def check_silence(name: str, content: bytes) -> None:
    """No path of this machine is in there."""
    for place in (ROOT, Path.home(), CARGO_HOME):
        # In a container this may be the root of everything.
        if place != place.parent and f"{place}{os.sep}".encode() in content:
            sys.exit(f"{name} names {place}")
