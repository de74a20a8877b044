"""Names that only annotations use. Each name is loaded on first use.

Annotations are strings until ``typing.get_type_hints`` evaluates them in the module of the annotated object, where they refer to
this module. So ``import tenant_select`` does not load ``typing``, which would take longer than the rest of the package.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable as Callable
    from collections.abc import Iterable as Iterable
    from collections.abc import Mapping as Mapping
    from datetime import datetime as datetime
    from os import PathLike as PathLike
    from types import TracebackType as TracebackType
    from typing import Any as Any
    from typing import ClassVar as ClassVar
    from typing import NoReturn as NoReturn
    from typing import TypeVar

    from typing_extensions import Self as Self
    from typing_extensions import Unpack as Unpack

    from ._literals import CookieOptions as CookieOptions
    from ._literals import HeaderRule as HeaderRule
    from ._literals import OnMismatch as OnMismatch
    from ._literals import Outcome as Outcome
    from ._literals import RefusalCode as RefusalCode
    from ._literals import Requirement as Requirement
    from ._native import IncomingRequest, Refusal
    from ._native import RetryEvent as RetryEvent
    from ._native import SwitchEvent as SwitchEvent

    OnRefusal = Callable[[IncomingRequest, Refusal], str | None]
    Present = TypeVar("Present")
else:
    MODULES = {
        "Callable": "collections.abc",
        "Iterable": "collections.abc",
        "Mapping": "collections.abc",
        "datetime": "datetime",
        "PathLike": "os",
        "TracebackType": "types",
        "Any": "typing",
        "ClassVar": "typing",
        "NoReturn": "typing",
        "CookieOptions": "tenant_select._literals",
        "HeaderRule": "tenant_select._literals",
        "OnMismatch": "tenant_select._literals",
        "Outcome": "tenant_select._literals",
        "RefusalCode": "tenant_select._literals",
        "Requirement": "tenant_select._literals",
        "RetryEvent": "tenant_select._native",
        "Self": "tenant_select._literals",
        "SwitchEvent": "tenant_select._native",
        "Unpack": "tenant_select._literals",
    }
    """The module of each name."""

    def __getattr__(name: str) -> object:
        if name not in MODULES:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        from importlib import import_module  # noqa: PLC0415 - as above

        return getattr(import_module(MODULES[name]), name)
