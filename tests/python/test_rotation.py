"""Many callers with one refresh token that rotates: what `tests/rotation` measures, with fewer callers."""

from __future__ import annotations

import os
import subprocess
import sys

from conftest import ROOT

NUMBERS = ("25", "100")


def test_every_caller_is_served_and_the_user_stays_signed_in() -> None:
    program = [sys.executable, str(ROOT / "tests" / "rotation" / "callers.py"), *NUMBERS]
    ended = subprocess.run(program, env=os.environ, capture_output=True, text=True, timeout=300, check=False)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout + ended.stderr
    rows = ended.stdout.splitlines()[1:]
    assert len(rows) == len(NUMBERS) * 4 * 2
