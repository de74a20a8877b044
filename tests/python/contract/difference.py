"""Where two JSON values differ, for people; ``1``, ``1.0`` and ``True`` are three values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

NEAR = 30
"""How far a number that follows from two clocks may be from what is expected: a busy machine takes its time."""


def differences(path: str, expected: Any, actual: Any) -> Iterator[str]:
    """Give every place in which ``actual`` is not ``expected``."""
    if is_near(expected, actual):
        return
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name in expected.keys() - actual.keys():
            yield f"{path}.{name}: missing, expected {short(expected[name])}"
        for name in actual.keys() - expected.keys():
            yield f"{path}.{name}: not expected, but is {short(actual[name])}"
        for name in expected.keys() & actual.keys():
            yield from differences(f"{path}.{name}", expected[name], actual[name])
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for index, (wanted, seen) in enumerate(zip(expected, actual, strict=True)):
            yield from differences(f"{path}[{index}]", wanted, seen)
    elif type(expected) is not type(actual) or expected != actual:
        yield f"{path}: {short(actual)}, expected {short(expected)}"


def is_near(expected: Any, actual: Any) -> bool:
    """Whether the expectation is ``{"$near": number}``, and the number seen is at most ``NEAR`` away."""
    if not (isinstance(expected, dict) and expected.keys() == {"$near"} and type(actual) is int):
        return False
    return bool(abs(expected["$near"] - actual) <= NEAR)


def short(value: Any) -> str:
    """Show a long text, which may be a token, by its ends."""
    text = json.dumps(value, default=repr)
    return text if len(text) <= 200 else f"{text[:60]} … {text[-60:]} ({len(text)} characters)"
