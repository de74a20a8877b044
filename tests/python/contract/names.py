"""The table of names, by which models and options of the cases are found in Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[2]
CASES = TESTS / "cases"
NAMES: dict[str, Any] = json.loads((TESTS / "names.json").read_text())

OPTIONS: dict[str, str] = {row["case"]: row["python"] for row in NAMES["options"]}
OPERATIONS: dict[str, str] = {row["case"]: row["python"] for row in NAMES["operations"]}
CASE_OPERATIONS: dict[str, str] = {row["python"]: row["case"] for row in NAMES["operations"]}
MODELS: dict[str, list[dict[str, str]]] = {row["python"]: row["fields"] for row in NAMES["models"]}

PER_CALL = {"timeoutSeconds": "timeout", "retries": "retries", "retryUnknown": "retry_unknown", "headers": "headers"}

OF_AUTHENTICATOR = {"refreshBeforeSeconds": "refresh_before"}


def snake(name: str) -> str:
    """Return the Python name of an argument."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def camel(name: str | None) -> str | None:
    """Return the name that cases have for an argument or option."""
    if name is None:
        return None
    for case, python in {**OPTIONS, **PER_CALL, **OF_AUTHENTICATOR}.items():
        if python == name:
            return case
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def case_ids() -> list[str]:
    """Return the ids of all cases: the path of each file in the folder with dots, and for a table that of each row."""
    ids = []
    for path in CASES.rglob("*.json"):
        parts = path.relative_to(CASES).with_suffix("").parts
        rows = json.loads(path.read_bytes()).get("rows")
        ids += [".".join(parts)] if rows is None else [".".join((*parts, row)) for row in rows]
    return sorted(ids)
