"""The check of replaced words finds them in text, identifiers and file names, and knows the places where they are right."""

from __future__ import annotations

import pytest
import words

RULES = words.read_rules(
    "replay* = retry\nbad weather = service failures\nproof | proven = verification\ntype Settled = call result\n"
    "gate | gates = rate-limit gate, unless rate limit gate, finalization gate\n"
)


def found(text: str, file: str = "a.rs") -> list[str]:
    return [f"{hit.line}:{hit.word}" for hit in words.Finder(RULES).in_text(file, text)]


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("fn replay_unknown()", ["1:replay"]),
        ("TENANT_SELECT_REPLAY", ["1:replay"]),
        ("isReplayed", ["1:replayed"]),
        ("first\n// bad\n// weather", ["2:bad weather"]),
        ("badWeather bad-weather bad_weather", ["1:bad weather"] * 3),
        ("the rate-limit gate and the finalization gate", []),
        ("a gate", ["1:gate"]),
        ("rateLimitGate, RateLimitGates", ["1:gates"]),
        ("pub struct Settled;", ["1:struct Settled"]),
        ("it has settled", []),
        ("waterproof bulletproof", []),
        ("eyJhbGciOiJSUzI1NiIsProofImtpZCI6IjEyMzQ1Njc4OTAi", []),
    ],
)
def test_hits(text: str, hits: list[str]) -> None:
    assert found(text) == hits


def test_allowed_places() -> None:
    hits = [words.Hit("docs/dpop.md", 3, "proof", "verification"), words.Hit("docs/a/b.md", 1, "proof", "verification")]
    places = words.read_places("docs/*.md: proof (RFC 9449)\ncore/**: * (nothing)\n")
    left, unused = words.outside(hits, places)
    assert [hit.file for hit in left] == ["docs/a/b.md"]
    assert [place.text for place in unused] == ["core/**: * (nothing)"]


def test_the_committed_lists_can_be_read() -> None:
    assert words.read_rules((words.HERE / "replaced-words.txt").read_text())
    assert words.read_places((words.HERE / "allowed-words.txt").read_text())
