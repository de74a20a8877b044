"""Each contract case follows the schema, and the schema refuses a case with a mistake."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

TESTS = Path(__file__).resolve().parents[1]
VALIDATOR = jsonschema.Draft202012Validator(
    json.loads((TESTS / "cases.schema.json").read_bytes()),
    format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
)
CASES = sorted((TESTS / "cases").rglob("*.json"))

GOOD: dict[str, Any] = {
    "id": "me.ok.simple",
    "about": "A sentence that says what is pinned.",
    "client": {"projectId": "P1"},
    "operation": "me",
    "arguments": {"refreshJwt": "x"},
    "exchanges": [],
    "expect": {"value": {}},
}
EXCHANGE = {"request": {"method": "GET", "path": "/x"}, "response": {}}


def test_every_case_follows_the_schema() -> None:
    assert CASES
    complaints = [
        f"{path.relative_to(TESTS)}: at {error.json_path}: {error.message:.200}"
        for path in CASES
        for error in VALIDATOR.iter_errors(json.loads(path.read_bytes()))
    ]
    assert not complaints, "\n".join(complaints)


def test_a_correct_case_is_accepted() -> None:
    VALIDATOR.validate(GOOD)


@pytest.mark.parametrize(
    ("parent", "name", "value"),
    [
        (None, "id", "me.ok"),
        (None, "about", "no sentence"),
        (None, "notes", "x"),
        (None, "operation", "delete_everything"),
        (None, "tokens", {"t": {"profile": "sesion"}}),
        (None, "tokens", {"t": {"mutate": "flip"}}),
        (None, "tokens", {"projectId": {}}),
        ("client", "timeout", 1),
        ("client", "retries", "2"),
        ("arguments", "tenantId", "T1"),
        ("arguments", "refreshJwt", None),
        (None, "call", {"timeoutMs": 5}),
        (None, "exchanges", [{"request": {"method": "GET", "path": "/x"}}]),
        (None, "exchanges", [{**EXCHANGE, "request": {"method": "GET", "path": "x"}}]),
        (None, "exchanges", [{**EXCHANGE, "response": {"body": 1, "text": "1"}}]),
        (None, "exchanges", [{**EXCHANGE, "request": {"method": "GET", "path": "/x", "headers": {"A": "b"}}}]),
        ("expect", "error", {"code": "API", "outcome": "rejected", "retryable": False, "attempts": 1}),
        (None, "expect", {}),
        (None, "expect", {"error": {"code": "API", "outcome": "rejected", "attempts": 1}}),
        (None, "expect", {"error": {"code": "NONE", "outcome": "rejected", "retryable": False, "attempts": 1}}),
        (None, "expect", {"value": 1, "clearingCookies": []}),
        (None, "expect", {"value": 1, "http": {"status": 200}}),
    ],
)
def test_a_case_with_a_mistake_is_refused(parent: str | None, name: str, value: object) -> None:
    case = copy.deepcopy(GOOD)
    (case if parent is None else case[parent])[name] = value
    assert not VALIDATOR.is_valid(case)
