"""The environment variables that clients read."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIXES = ("DESCOPE_", "TENANT_SELECT_")
OTHERS = {"TENANT_SELECT_EMULATOR", "TENANT_SELECT_SOAK"}
"""Variables of the testing kit and the test suites."""


def of_clients(names: Iterable[str]) -> list[str]:
    """Return the names that belong to clients, including those that this version does not read."""
    return [name for name in names if name.startswith(PREFIXES) and name not in OTHERS]
