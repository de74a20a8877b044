"""Each contract case follows the schema, and the schema refuses a case with a mistake."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def laid_over(target: Any, row: Any) -> Any:
    """Return the case that a row defines: null removes a member, and numbers name the elements of a list."""
    if isinstance(target, dict) and isinstance(row, dict):
        merged = {name: laid_over(target.get(name), value) for name, value in row.items()}
        return {name: value for name, value in {**target, **merged}.items() if row.get(name, value) is not None}
    if isinstance(target, list) and isinstance(row, dict):
        return [laid_over(element, row.get(str(index), element)) for index, element in enumerate(target)]
    return row


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Return each file, and each row of a table as a separate case."""
    for path in CASES:
        document = json.loads(path.read_bytes())
        place = str(path.relative_to(TESTS))
        yield place, document
        table = {name: value for name, value in document.items() if name != "rows"}
        for name, row in document.get("rows", {}).items():
            yield f"{place}, row {name}", {**laid_over(table, row), "id": f"{document['id']}.{name}"}


def test_every_case_follows_the_schema() -> None:
    assert CASES
    complaints = [
        f"{place}: at {error.json_path}: {error.message:.200}"
        for place, document in documents()
        for error in VALIDATOR.iter_errors(document)
    ]
    assert not complaints, "\n".join(complaints)


def test_a_correct_case_is_accepted() -> None:
    VALIDATOR.validate(GOOD)


def test_a_correct_table_is_accepted_and_one_without_sentences_is_not() -> None:
    table = {name: value for name, value in GOOD.items() if name != "about"}
    table = {**table, "id": "me.ok", "rows": {"simple": {"about": GOOD["about"]}}}
    VALIDATOR.validate(table)
    mistakes: list[dict[str, Any]] = [
        {"rows": {"simple": {}}},
        {"rows": {}},
        {"id": "me.ok.simple"},
        {"about": GOOD["about"]},
    ]
    for wrong in mistakes:
        assert not VALIDATOR.is_valid({**table, **wrong})


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
