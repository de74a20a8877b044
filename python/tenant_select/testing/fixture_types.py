"""The types of the fixtures' values. They are separate from the fixtures, so that they can be imported without pytest."""

from __future__ import annotations

from typing import Protocol

from tenant_select import _types as t  # noqa: TC002
from tenant_select import testing  # noqa: TC002

__all__ = ["Clock", "TokenFactory"]


class TokenFactory(Protocol):
    """The function that the fixture :func:`tenant_select_token` returns."""

    def __call__(self, tenant: str | None = None, **spec: t.Unpack[testing.TokenSpec]) -> str:
        """Return a compact token."""
        ...


class Clock:
    """The emulator's clock, which sets the times in the tokens that it issues. Clients use the machine's clock."""

    def __init__(self, emulator: testing.Emulator) -> None:
        self._emulator = emulator

    def advance(self, seconds: int) -> None:
        """Move the clock.

        Args:
            seconds: Seconds to move forward; a negative number moves it back, for example to issue tokens that have expired.
        """
        self._emulator.advance_clock(seconds)
