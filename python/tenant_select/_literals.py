"""The types of values that are one of a few strings. Loaded on first use: see ``__getattr__`` of the package."""

from __future__ import annotations

import sys
from typing import Literal, TypeAlias, TypedDict, TypeVar

if sys.version_info >= (3, 11):
    from typing import Self, Unpack
else:
    # Used by `typing.get_type_hints` only; type checkers read those of `typing_extensions`.
    Self = TypeVar("Self")

    class Unpack:
        """Used by `typing.get_type_hints` only: ``Unpack[Options]`` is ``Options``."""

        def __class_getitem__(cls, options: object) -> object:
            return options


Outcome: TypeAlias = Literal["not_sent", "not_processed", "rejected", "unknown", "applied"]
"""Whether the service may have acted on the failed call.

* ``not_sent``: nothing was sent, or nothing that the service could have read.
* ``not_processed``: the request was refused before it was processed, so the service did not act.
* ``rejected``: the service processed the request and refused it.
* ``unknown``: the service may or may not have acted.
* ``applied``: the service acted; a later step failed.
"""


class CookieAttributes(TypedDict, total=False):
    """What one cookie of ``set_cookie_headers`` has of its own, in place of what both have."""

    same_site: Literal["Strict", "Lax", "None"]
    partitioned: bool
    domain: str
    path: str
    omit: bool


class CookieScope(TypedDict, total=False):
    """Where a cookie was set: ``domain`` (default this host) and ``path`` (default ``/``)."""

    domain: str
    path: str
