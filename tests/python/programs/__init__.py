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

MAY_FORK = "ignore:This process (pid=:DeprecationWarning"
"""Newer versions warn of forking with threads about, which is what some of these programs are about."""


def count(usual: int, soak: int) -> int:
    """Return how often something is to be done."""
    return soak if SOAK else usual


def start(
    emulator: Emulator, name: str, *arguments: object, refresh_jwt: str = "", refresh_jwts: str = ""
) -> subprocess.Popen[str]:
    """Start a program with a client of the emulator in its environment, and one token or one for each process."""
    # Not at the top: some programs have something to do before the package is imported.
    from tenant_select.testing.environment import of_clients  # noqa: PLC0415

    # Nothing of the developer's, here neither: a test may have set something for itself.
    environment = {name: value for name, value in os.environ.items() if name not in of_clients(os.environ)}
    environment |= {**emulator.environment, "PYTHONFAULTHANDLER": "1"}
    environment |= {"REFRESH_JWT": refresh_jwt, "REFRESH_JWTS": refresh_jwts}
    command = [sys.executable, "-X", "dev", "-W", MAY_FORK, "-m", f"programs.{name}", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=HERE.parent, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def run(
    emulator: Emulator,
    name: str,
    *arguments: object,
    refresh_jwt: str = "",
    refresh_jwts: str = "",
    seconds: float = 60,
) -> str:
    """Run a program to its end, which must be a clean one, and give what it printed."""
    with start(emulator, name, *arguments, refresh_jwt=refresh_jwt, refresh_jwts=refresh_jwts) as program:
        try:
            out, err = program.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            program.kill()
            out, err = program.communicate()
            raise AssertionError(f"{name} did not end within {seconds} s: {out}{err}") from None
    assert (program.returncode, err) == (0, ""), f"{name} ended with {program.returncode}: {out}{err}"
    return out
