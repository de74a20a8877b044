"""The types of values that are one of a few strings. Loaded on first use: see ``__getattr__`` of the package."""

from __future__ import annotations

import sys
from typing import Literal, TypeAlias, TypeVar

if sys.version_info >= (3, 11):
    from typing import Self, Unpack
else:
    # What `typing.get_type_hints` gives there; type checkers read the one of `typing_extensions`.
    Self = TypeVar("Self")

    class Unpack:
        """The same: ``Unpack[Options]`` is ``Options`` there."""

        def __class_getitem__(cls, options: object) -> object:
            return options


Outcome: TypeAlias = Literal["not_sent", "not_processed", "rejected", "unknown", "applied"]
"""May the service have acted on the call that failed?

* ``not_sent``: nothing left this process, or nothing that the service could have read.
* ``not_processed``: the request arrived somewhere, and the service certainly did not act upon it.
* ``rejected``: the service looked at the request and refused it.
* ``unknown``: the service may or may not have acted.
* ``applied``: the service acted; something after that failed.
"""
