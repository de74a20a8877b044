"""Every contract case with both clients."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from conftest import RUN
from contract.names import case_ids
from contract.runner import perform_async, perform_sync, run_case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenant_select.testing import Emulator

CLIENTS: dict[str, Callable[[dict[str, Any], str], Any]] = {"sync": perform_sync, "async": perform_async}


@pytest.fixture(scope="module")
def outcomes(
    tenant_select_emulator_process: Emulator, request: pytest.FixtureRequest
) -> Iterator[dict[Any, Future[list[str]]]]:
    """The cases that were chosen, several at a time: most of them spend their time waiting for something to go wrong."""
    items: list[Any] = list(request.session.items)
    chosen = [item.callspec.params for item in items if getattr(item, "originalname", "") == "test_case"]
    with ThreadPoolExecutor(8) as pool:
        yield {
            (case["case_id"], case["kind"]): pool.submit(
                run_case, tenant_select_emulator_process, case["case_id"], CLIENTS[case["kind"]]
            )
            for case in chosen
        }


@pytest.mark.parametrize("kind", CLIENTS)
@pytest.mark.parametrize("case_id", case_ids())
def test_case(outcomes: dict[Any, Future[list[str]]], case_id: str, kind: str) -> None:
    problems = outcomes[case_id, kind].result()
    RUN[kind].add(case_id)
    assert not problems, "\n".join(problems)
