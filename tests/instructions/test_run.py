"""The limits can be exceeded, and the message says by how much and what to do."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from run import HERE, LIMITS, compare, updated

if TYPE_CHECKING:
    from pathlib import Path


def limits(instructions: int) -> dict[str, Any]:
    return {"Rust": {"version": "1.0.0", "calls": {"me": {"instructions": instructions, "tolerance": 0.03}}}}


@pytest.mark.parametrize("instructions", [970, 1000, 1029])
def test_a_count_within_the_tolerance_is_accepted(instructions: int) -> None:
    assert compare(limits(1000), {"Rust": {"me": instructions}}) == []


def test_a_count_over_the_tolerance_is_refused() -> None:
    [problem] = compare(limits(1000), {"Rust": {"me": 1031}})
    assert "1,031 instructions, 3.1% more than the 1,000" in problem
    assert "make instructions" in problem


def test_a_call_without_a_limit_or_without_a_count_is_refused() -> None:
    problems = compare(limits(1000), {"Rust": {"history": 1}})
    assert sorted(problems) == [
        "Rust: history has no limit; add it with `make instructions`",
        "Rust: me was not measured",
    ]


def test_an_update_keeps_the_tolerance() -> None:
    before = limits(1000)
    before["Rust"]["calls"]["me"]["tolerance"] = 0.2
    calls = updated(before, {"Rust": {"me": 5}}, {"Rust": "1.0.1"})["Rust"]["calls"]
    assert calls == {"me": {"instructions": 5, "tolerance": 0.2}}


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="needs valgrind")
def test_a_lowered_limit_fails_the_run(tmp_path: Path) -> None:
    lowered = json.loads(LIMITS.read_text())
    call = lowered["Rust"]["calls"]["validate_session, session_cache"]
    call["instructions"] = int(call["instructions"] * 0.9)
    path = tmp_path / "limits.json"
    path.write_text(json.dumps(lowered))
    ended = subprocess.run(
        [sys.executable, HERE / "run.py", "--limits", path, "Rust"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1, ended.stdout
    assert "one call of validate_session, session_cache takes" in ended.stderr
    assert "validate_session takes" not in ended.stderr
