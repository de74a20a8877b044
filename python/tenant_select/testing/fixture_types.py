"""The types of what the fixtures give. Apart from the fixtures, so that they are there without pytest."""

from __future__ import annotations

from typing import Protocol

from tenant_select import _types as t  # noqa: TC002
from tenant_select import testing  # noqa: TC002

__all__ = ["Clock", "TokenFactory"]


class TokenFactory(Protocol):
    """What :func:`tenant_select_token` gives: a call for each token."""

    def __call__(self, tenant: str | None = None, **spec: t.Unpack[testing.TokenSpec]) -> str:
        """Give a compact token."""
        ...


class Clock:
    """The emulator's clock, which decides what is in the tokens that it issues. Clients keep the machine's."""

    def __init__(self, emulator: testing.Emulator) -> None:
        self._emulator = emulator

    def advance(self, seconds: int) -> None:
        """Move the clock.

        Args:
            seconds: How far; back with a negative number. Tokens that are signed an hour back have expired today.
        """
        self._emulator.advance_clock(seconds)
