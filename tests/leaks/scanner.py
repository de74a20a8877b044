"""Finds parts of secrets in text, in bytes and in the memory of a process."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WINDOW = 12
"""Parts of a secret of this length must not be found."""
RUN = re.compile(rb"[A-Za-z0-9_-]{%d,}" % WINDOW)
"""The characters of tokens and of the other secrets."""
CHUNK = 1 << 24


def secret_parts(token: str) -> list[str]:
    """Give what is secret of a token: its header is the same in every token."""
    return token.split(".")[1:] if token.count(".") == 2 else [token]


def windows(secrets: Iterable[str]) -> set[bytes]:
    """Give all parts of the secrets that must not be found."""
    found: set[bytes] = set()
    for secret in secrets:
        for part in secret_parts(secret):
            text = part.encode()
            assert RUN.fullmatch(text), "a secret that is shorter than a part, or of other characters, is not found"
            found.update(text[start : start + WINDOW] for start in range(len(text) - WINDOW + 1))
    return found


def leaks(output: bytes, secrets: Iterable[str]) -> list[str]:
    """Give the lines of an output that hold a part of a secret."""
    parts = windows(secrets)
    # Most runs of these characters are printed many times.
    bad = {run for run in {*RUN.findall(output)} if holds_any(run, parts)}
    return [line.decode(errors="replace") for line in output.splitlines() if bad.intersection(RUN.findall(line))]


def holds_any(run: bytes, parts: set[bytes]) -> bool:
    """Tell whether one of the parts is in a text."""
    return any(run[start : start + WINDOW] in parts for start in range(len(run) - WINDOW + 1))


def copies(image: Iterable[bytes], needles: Iterable[str]) -> dict[str, int]:
    """Count where each needle begins in an image, whose pieces overlap by no more than a needle is long."""
    counts = dict.fromkeys(needles, 0)
    length = min(map(len, counts))
    known = {needle[:length].encode(): needle for needle in counts}
    runs = re.compile(rb"[A-Za-z0-9_-]{%d,}" % length)
    for piece in image:
        for run in runs.finditer(piece):
            text = run[0]
            for start in range(len(text) - length + 1):
                needle = known.get(text[start : start + length])
                if needle is not None:
                    counts[needle] += 1
    return counts


def memory(pid: int) -> Iterator[bytes]:
    """Give the writable memory of a process that waits, piece by piece: what a core file of it has, and more."""
    process = Path("/proc") / str(pid)
    with (process / "maps").open() as maps, (process / "mem").open("rb", buffering=0) as content:
        for line in maps:
            addresses, permissions, *_ = line.split()
            if not permissions.startswith("rw"):
                continue
            start, end = (int(address, 16) for address in addresses.split("-"))
            while start < end:
                size = min(CHUNK, end - start)
                try:
                    content.seek(start)
                    yield content.read(size)
                except OSError:
                    # Such as memory of a device; a core file leaves it out too.
                    break
                start += size


def core(path: Path) -> Iterator[bytes]:
    """Give a core file, piece by piece."""
    with path.open("rb") as content:
        while piece := content.read(CHUNK):
            yield piece
