"""Programs that tests run in processes of their own: what they end with is what is tested."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

HERE = Path(__file__).parent
SOAK = os.environ.get("TENANT_SELECT_SOAK") == "1"
"""Whether to go on for as long as it takes to be sure, instead of for as long as a change is worth."""


def count(usual: int, soak: int) -> int:
    """Give how often something is to be done."""
    return soak if SOAK else usual


def start(emulator: Emulator, name: str, *arguments: object, refresh_jwt: str = "") -> subprocess.Popen[str]:
    """Start a program with a client of the emulator in its environment."""
    environment = {**os.environ, **emulator.environment, "REFRESH_JWT": refresh_jwt, "PYTHONFAULTHANDLER": "1"}
    command = [sys.executable, "-X", "dev", str(HERE / f"{name}.py"), *map(str, arguments)]
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run(emulator: Emulator, name: str, *arguments: object, refresh_jwt: str = "", seconds: float = 60) -> str:
    """Run a program to its end, which must be a clean one, and give what it printed."""
    with start(emulator, name, *arguments, refresh_jwt=refresh_jwt) as program:
        try:
            out, err = program.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            program.kill()
            out, err = program.communicate()
            raise AssertionError(f"{name} did not end within {seconds} s: {out}{err}") from None
    assert (program.returncode, err) == (0, ""), f"{name} ended with {program.returncode}: {out}{err}"
    return out
