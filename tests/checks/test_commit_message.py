"""The hook accepts messages of the project's form and says what is wrong with others."""

from __future__ import annotations

import commit_message
import pytest

BODY = "\n\nThe reason why.\n"


@pytest.mark.parametrize(
    "message",
    [
        "Join a pending key fetch during the cooldown" + BODY,
        "Pass the deadline to the resolver" + BODY,
        "Embed the roots" + BODY,
        "Add " + "x" * 68 + BODY,
        "Merge branch 'main'",
        'Revert "Add a thing"',
        "fixup! Add a thing",
        "Add a thing" + BODY + "# a comment of git\n",
    ],
)
def test_accepted(message: str) -> None:
    assert commit_message.complaints(message) == []


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ("", "the subject is missing"),
        ("Add a thing", "the body, which says why, is missing"),
        ("Add a thing\n\n# only a comment\n", "the body, which says why, is missing"),
        ("Add a thing\nThe reason why.", "an empty line separates subject and body"),
        ("Add " + "x" * 69 + BODY, "the subject has 73 characters, 72 at most"),
        ("Add a thing." + BODY, "the subject has no full stop at its end"),
        ("add a thing" + BODY, "the subject begins with a capital letter, not 'add'"),
        ("Added a thing" + BODY, "the subject is imperative (Add, Fix, Remove), not 'Added'"),
        ("Adds a thing" + BODY, "the subject is imperative (Add, Fix, Remove), not 'Adds'"),
        ("Adding a thing" + BODY, "the subject is imperative (Add, Fix, Remove), not 'Adding'"),
        ("A thing is added" + BODY, "the subject begins with a verb, not 'A'"),
        ("feat: add a thing" + BODY, "the subject has no type in front"),
    ],
)
def test_refused(message: str, complaint: str) -> None:
    assert complaint in commit_message.complaints(message)
