"""Reads which modules of a crate a Rust file uses, without comments, texts and test code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NOISE = re.compile(
    r"""
      //[^\n]*
    | /\*.*?\*/
    | b?r(?P<hashes>\#*)".*?"(?P=hashes)
    | b?"(?:[^"\\]|\\.)*"
    | '(?:[^'\\\n]|\\[^\n]{1,10}?)'
    """,
    re.VERBOSE | re.DOTALL,
)
_TEST_MODULE = re.compile(r"#\[cfg\(test\)\]\s*mod\s+\w+\s*(?P<end>[{;])")
_PATH = re.compile(r"\b(?P<root>crate|super)\s*::\s*")
_NAME = re.compile(r"\s*(?:r#)?(\w+)")


def code_of(text: str) -> str:
    """Return the text without comments, literals and modules of tests."""
    text = _NOISE.sub(" ", text)
    while found := _TEST_MODULE.search(text):
        end = _closing(text, found.end() - 1) if found["end"] == "{" else found.end()
        text = text[: found.start()] + text[end:]
    return text


def _closing(text: str, opening: int) -> int:
    """Return the position after the brace that closes the one at ``opening``."""
    depth = 0
    for place in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    return len(text)


def _first_names(text: str, start: int) -> Iterator[str]:
    """Return the first names of the path, or of each path of the group, that begins at ``start``."""
    rest = text[start:]
    if not rest.lstrip().startswith("{"):
        if name := _NAME.match(rest):
            yield name[1]
        return
    opening = start + rest.index("{")
    inside = text[opening + 1 : _closing(text, opening) - 1]
    depth = 0
    part = ""
    for character in inside + ",":
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "," and depth == 0:
            if name := _NAME.match(part):
                yield name[1]
            part = ""
        else:
            part += character


def used_names(text: str, module: tuple[str, ...]) -> set[str]:
    """Return the first names behind ``crate::`` that a file uses, ``super::`` resolved; ``module`` is the path of the file's module."""
    code = code_of(text)
    found: set[str] = set()
    for match in _PATH.finditer(code):
        if code[: match.start()].rstrip().endswith("::"):
            continue  # in the middle of a path
        if match["root"] == "crate":
            found.update(_first_names(code, match.end()))
            continue
        above = 1
        place = match.end()
        while again := re.compile(r"super\s*::\s*").match(code, place):
            above += 1
            place = again.end()
        if above < len(module):
            found.add(module[0])
        elif above == len(module):
            found.update(_first_names(code, place))
    return found


def reexports(library: str) -> dict[str, str]:
    """Return the names that the root of the crate re-exports, each with its module."""
    code = code_of(library)
    found = {}
    for path, group in re.findall(r"\bpub(?:\([^)]*\))?\s+use\s+(?:crate::|self::)?([\w:]+?)(?:::\{([^}]*)\})?;", code):
        module, _, name = path.partition("::")
        names = group.split(",") if group else [name]
        for one in names:
            exported = one.strip().rpartition(" as ")[2].rpartition("::")[2]
            if exported:
                found[exported] = module
    return found


def module_of(file: Path, source: Path) -> tuple[str, ...]:
    """Return the path of a file's module: ``client/exchange.rs`` is ``("client", "exchange")``."""
    parts = file.relative_to(source).with_suffix("").parts
    return parts[:-1] if parts[-1] == "mod" else parts
