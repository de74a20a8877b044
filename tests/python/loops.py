"""Every kind of event loop that asyncio's calls can be awaited on."""

from __future__ import annotations

import asyncio
import warnings
from typing import TYPE_CHECKING, Any

import anyio
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Main = Callable[[], Coroutine[Any, Any, Any]]


def run_uvloop(main: Main) -> Any:
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not made for this platform")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return uvloop.run(main())


async def eagerly(main: Main) -> Any:
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined]
    return await asyncio.create_task(main())


LOOPS: dict[str, Callable[[Main], Any]] = {
    "asyncio": lambda main: asyncio.run(main()),
    "asyncio in debug mode": lambda main: asyncio.run(main(), debug=True),
    "uvloop": run_uvloop,
    "anyio on asyncio": anyio.run,
}
if hasattr(asyncio, "eager_task_factory"):
    LOOPS["asyncio with eager tasks"] = lambda main: asyncio.run(eagerly(main))
"""Runs an async function to its end on a loop of its own."""
