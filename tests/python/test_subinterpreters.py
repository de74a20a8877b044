"""A sub-interpreter cannot import the package; the error names the reason, and the main interpreter is not affected."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

import pytest

from programs import run

if TYPE_CHECKING:
    from tenant_select.testing import Emulator

MODULE = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
pytestmark = pytest.mark.skipif(importlib.util.find_spec(MODULE) is None, reason=f"this Python has no {MODULE}")


def test_importing_is_refused_and_the_process_goes_on(emulator: Emulator, refresh_jwt: str) -> None:
    said = run(emulator, "subinterpreter", refresh_jwt=refresh_jwt).splitlines()
    # Twice before the main interpreter imports it, and twice after.
    assert len(said) == 4
    for line in said:
        assert line.startswith("refused: ")
        assert "does not support loading in subinterpreters" in line
