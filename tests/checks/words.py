"""Finds replaced words (``replaced-words.txt``) in the text, the identifiers and the names of all files of the repository.

Fails when there are any outside the places of ``allowed-words.txt``, or when that has an entry that no place needs.
``python words.py --count`` prints how often each is found and nothing else.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tracked import ROOT, tracked_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HERE = Path(__file__).resolve().parent

# Text of others, and these lists.
EXCLUDED = re.compile(
    r"(^|/)(LICENSE[^/]*|Cargo\.lock|package-lock\.json|requirements[^/]*\.txt|[^/]+\.pem)$"
    # Bytes that a fuzzer made.
    r"|^tests/fuzz/corpora/|THIRD-PARTY-NOTICES|sbom\.cdx\.json"
    r"|^tests/checks/(replaced-words\.txt|allowed-words\.txt|core-layers\.txt|test_words\.py)$"
)
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# Keys, tokens and other random text, where letters form words by chance.
RANDOM = re.compile(r"(?=[\w+/=-]*\d)[A-Za-z0-9+/=_-]{40,}")


@dataclass(frozen=True)
class Rule:
    """One line of the list: what is replaced, and by what."""

    phrases: tuple[tuple[str, ...], ...]
    types: tuple[str, ...]
    replacement: str
    right: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Place:
    """One entry of the list of allowed places."""

    path: re.Pattern[str]
    word: str
    text: str


@dataclass(frozen=True)
class Hit:
    """A replaced word in a file; line 0 is the name of the file."""

    file: str
    line: int
    word: str
    replacement: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.word} -> {self.replacement}"


def entries(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def split(phrase: str) -> tuple[str, ...]:
    return tuple(phrase.lower().replace("-", " ").split())


def read_rules(text: str) -> list[Rule]:
    rules = []
    for entry in entries(text):
        words, _, rest = entry.partition(" = ")
        replacement, _, right = rest.partition(", unless ")
        names = [word.strip() for word in words.split("|")]
        types = tuple(name.removeprefix("type ") for name in names if name.startswith("type "))
        phrases = tuple(split(name) for name in names if not name.startswith("type "))
        rules.append(Rule(phrases, types, replacement, tuple(split(phrase) for phrase in right.split(",") if phrase)))
    return rules


def read_places(text: str) -> list[Place]:
    places = []
    for entry in entries(text):
        path, _, rest = entry.partition(": ")
        pattern = re.escape(path).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
        places.append(Place(re.compile(pattern), rest.partition(" (")[0], entry))
    return places


def words_of(text: str) -> list[tuple[str, int]]:
    """Return the words of a text, in lower case, each with its line."""
    text = RANDOM.sub(lambda found: " " * len(found[0]), text)
    ends = [found.start() for found in re.finditer("\n", text)]
    found = []
    line = 0
    for match in WORD.finditer(text):
        while line < len(ends) and ends[line] < match.start():
            line += 1
        found.append((match[0].lower(), line + 1))
    return found


def fits(phrase: tuple[str, ...], words: list[tuple[str, int]], start: int) -> bool:
    if start < 0 or start + len(phrase) > len(words):
        return False
    return all(
        word.startswith(part[:-1]) if part.endswith("*") else word == part
        for part, (word, _) in zip(phrase, words[start : start + len(phrase)], strict=True)
    )


def is_right(rule: Rule, words: list[tuple[str, int]], place: int) -> bool:
    """Say whether the word at a place belongs to one of the phrases that are right."""
    return any(fits(phrase, words, place - offset) for phrase in rule.right for offset in range(len(phrase)))


class Finder:
    """Finds the words of the rules; what may begin at a word is looked up by its first letters."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_start: dict[str, list[tuple[Rule, tuple[str, ...]]]] = {}
        self._types: list[tuple[Rule, re.Pattern[str]]] = []
        for rule in rules:
            for phrase in rule.phrases:
                self._by_start.setdefault(phrase[0][:3], []).append((rule, phrase))
            for name in rule.types:
                pattern = rf"\b(?:struct|enum|trait|type|class|interface)\s+{name}\b"
                self._types.append((rule, re.compile(pattern)))

    def in_text(self, file: str, text: str, line: int | None = None) -> Iterator[Hit]:
        words = words_of(text)
        for place, (word, at) in enumerate(words):
            for rule, phrase in self._by_start.get(word[:3], []):
                if fits(phrase, words, place) and not is_right(rule, words, place):
                    said = " ".join(word for word, _ in words[place : place + len(phrase)])
                    yield Hit(file, at if line is None else line, said, rule.replacement)
        for rule, pattern in self._types:
            for match in pattern.finditer(text):
                yield Hit(file, text.count("\n", 0, match.start()) + 1, match[0], rule.replacement)

    def in_file(self, file: str) -> Iterator[Hit]:
        yield from self.in_text(file, file, line=0)
        try:
            text = (ROOT / file).read_text()
        except UnicodeDecodeError:
            return
        yield from self.in_text(file, text)


def outside(hits: Iterable[Hit], places: list[Place]) -> tuple[list[Hit], list[Place]]:
    """Return the hits that no entry allows, and the entries that allow no hit."""
    unused = dict.fromkeys(places)
    left = []
    for hit in hits:
        allowing = [place for place in places if place.path.fullmatch(hit.file) and place.word in ("*", hit.word)]
        for place in allowing:
            unused.pop(place, None)
        if not allowing:
            left.append(hit)
    return left, list(unused)


def main() -> None:
    finder = Finder(read_rules((HERE / "replaced-words.txt").read_text()))
    places = read_places((HERE / "allowed-words.txt").read_text())
    files = [file for file in tracked_files() if not EXCLUDED.search(file)]
    hits, unused = outside((hit for file in files for hit in finder.in_file(file)), places)
    if "--count" in sys.argv[1:]:
        for word, count in Counter(hit.word for hit in hits).most_common():
            print(f"{count:5} {word}")
        return
    complaints = [str(hit) for hit in hits] + [f"allowed-words.txt: no place needs: {place.text}" for place in unused]
    if complaints:
        sys.exit("\n".join(complaints))
    print("words: none of those that were replaced")


if __name__ == "__main__":
    main()
