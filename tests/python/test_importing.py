"""Importing the package loads its own code, and no module that many programs never need."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

SMOKE_TEST = Path(__file__).resolve().parents[2] / "python" / "packaging" / "smoke_test.py"
PROGRAM: str = runpy.run_path(str(SMOKE_TEST))["IMPORT"]
"""Every wheel that is built runs it too."""


def said_of(program: str) -> str:
    """Run the program in an interpreter of its own and give its complaint."""
    return subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False).stderr


def test_it_starts_no_thread_opens_no_file_and_loads_no_large_module() -> None:
    said_of("import tenant_select")  # which may have to write its bytecode
    assert said_of(PROGRAM) == ""


@pytest.mark.parametrize(
    ("besides", "complaint"),
    [
        ("import asyncio", "'asyncio'"),
        ("open('/dev/null')", "opened ['/dev/null']"),
        ("import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()", "2 threads"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted where the system lists them")
def test_the_check_detects_a_violation(besides: str, complaint: str) -> None:
    assert complaint in said_of(PROGRAM.replace("import tenant_select", f"import tenant_select; {besides}"))
