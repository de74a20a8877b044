"""Operations repeated in batches, each in turn, so that a slow phase of the machine affects all of them."""

from __future__ import annotations

import time
import timeit
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from load import Plan

BATCH = 128


class Batches:
    """Nanoseconds per operation, one figure per batch, of the batches that began after the warm-up."""

    def __init__(self, plan: Plan, size: int = BATCH) -> None:
        self.size = size
        self._from: float = time.perf_counter() + plan["warmUpSeconds"]
        self._until: float = self._from + plan["seconds"]
        self._operations: dict[str, list[float]] = {}

    def go_on(self) -> bool:
        """Whether there is time for another batch of each."""
        return time.perf_counter() < self._until

    def note(self, name: str, seconds: float) -> None:
        """A batch of an operation took this long."""
        if time.perf_counter() - seconds >= self._from:
            self._operations.setdefault(name, []).append(seconds * 1e9 / self.size)

    def result(self) -> dict[str, Any]:
        """What the driver reports."""
        return {"operations": self._operations}


def batches(plan: Plan, statements: dict[str, tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """The statements with their names, repeated; ``timeit`` excludes the cost of the loop and pauses the garbage collector."""
    timers = {name: timeit.Timer(statement, globals=names) for name, (statement, names) in statements.items()}
    taken = Batches(plan)
    while taken.go_on():
        for name, timer in timers.items():
            taken.note(name, timer.timeit(BATCH))
    return taken.result()
