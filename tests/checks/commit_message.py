"""Checks messages of commits: ``commit_message.py FILE`` as a commit-msg hook, ``commit_message.py --range A..B`` for commits that exist.

The subject is imperative and has at most 72 characters, and a body says why. That the first word is an imperative is only checked as far
as its form shows it: a capital letter, and no ending that an imperative does not have.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

LONGEST = 72
# Git makes these itself, or they disappear before they are pushed.
GENERATED = re.compile(r"^(Merge |Revert \"|fixup! |squash! |amend! )")
# Verbs whose plain form ends like a past tense, a gerund or a third person.
PLAIN_FORMS = frozenset(
    [
        "embed",
        "feed",
        "need",
        "seed",
        "speed",
        "shed",
        "exceed",
        "proceed",
        "succeed",
        "bring",
        "string",
        "ring",
        "pass",
        "address",
        "process",
        "access",
        "discuss",
        "dismiss",
        "express",
        "compress",
        "suppress",
        "press",
        "focus",
        "bypass",
        "miss",
        "guess",
        "assess",
        "toss",
        "cross",
    ]
)
# First words that are none: articles, pronouns, and how other conventions begin.
NOT_VERBS = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "these",
        "those",
        "it",
        "its",
        "we",
        "i",
        "some",
        "every",
        "no",
        "all",
        "both",
        "what",
        "when",
        "where",
        "who",
        "how",
        "why",
        "new",
    ]
)
CONVENTIONAL = re.compile(r"^(feat|fix|chore|docs|style|refactor|perf|test|build|ci)(\([^)]*\))?!?:")


def form_of_first_word(word: str) -> str | None:
    """Say what is wrong with the first word of a subject."""
    lower = word.lower()
    if not word[:1].isupper():
        return f"begins with a capital letter, not {word!r}"
    if lower in PLAIN_FORMS:
        return None
    if lower in NOT_VERBS:
        return f"begins with a verb, not {word!r}"
    if lower.endswith(("ed", "ing")) or (lower.endswith("s") and not lower.endswith("ss")):
        return f"is imperative (Add, Fix, Remove), not {word!r}"
    return None


def complaints(message: str) -> list[str]:
    """Say what is wrong with a message."""
    lines = [line.rstrip() for line in message.splitlines() if not line.startswith("#")]
    while lines and not lines[-1]:
        del lines[-1]
    subject = lines[0] if lines else ""
    if GENERATED.match(subject):
        return []
    found = []
    if not subject:
        return ["the subject is missing"]
    if len(subject) > LONGEST:
        found.append(f"the subject has {len(subject)} characters, {LONGEST} at most")
    if subject.endswith("."):
        found.append("the subject has no full stop at its end")
    if CONVENTIONAL.match(subject):
        found.append("the subject has no type in front")
    elif wrong := form_of_first_word(re.split(r"[\s:,]", subject)[0]):
        found.append(f"the subject {wrong}")
    if len(lines) > 1 and lines[1]:
        found.append("an empty line separates subject and body")
    if not any(lines[1:]):
        found.append("the body, which says why, is missing")
    return found


def messages(commits: str) -> dict[str, str]:
    """Return the messages of a range of commits."""
    command = ["git", "log", "-z", "--format=%h%n%B", commits, "--"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = {}
    for entry in filter(None, listed.split("\0")):
        name, _, message = entry.partition("\n")
        found[name] = message
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("file", nargs="?", type=Path, help="the file with the message, as git gives it to a hook")
    which.add_argument("--range", dest="commits", help="commits to look at, such as origin/main..HEAD")
    arguments = parser.parse_args()
    given = messages(arguments.commits) if arguments.commits else {"the message": arguments.file.read_text()}
    wrong = [f"{name}: {complaint}" for name, message in given.items() for complaint in complaints(message)]
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
