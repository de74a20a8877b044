"""The variables that clients read."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIXES = ("DESCOPE_", "TENANT_SELECT_")
OTHERS = {"TENANT_SELECT_EMULATOR", "TENANT_SELECT_SOAK"}
"""Those that say which emulator is started and how long tests go on."""


def of_clients(names: Iterable[str]) -> list[str]:
    """Give the names of those that are a client's, whether this version of it reads them or not."""
    return [name for name in names if name.startswith(PREFIXES) and name not in OTHERS]
