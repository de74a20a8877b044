"""Every contract case with both clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conftest import RUN
from contract.names import case_ids
from contract.runner import perform_async, perform_sync, run_case

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenant_select.testing import Emulator

CLIENTS: dict[str, Callable[[dict[str, Any], str], Any]] = {"sync": perform_sync, "async": perform_async}


@pytest.mark.parametrize("kind", CLIENTS)
@pytest.mark.parametrize("case_id", case_ids())
def test_case(emulator_process: Emulator, case_id: str, kind: str) -> None:
    RUN[kind].add(case_id)
    problems = run_case(emulator_process, case_id, CLIENTS[kind])
    assert not problems, "\n".join(problems)
