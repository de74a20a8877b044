"""The types of values that are one of a few strings. Loaded on first use: see ``__getattr__`` of the package."""

from __future__ import annotations

import sys
from collections.abc import Iterable
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

RefusalCode: TypeAlias = Literal[
    "SIGNED_OUT",
    "SESSION_EXPIRED",
    "AMBIGUOUS_COOKIE",
    "STEP_UP_REQUIRED",
    "CROSS_SITE",
    "FORBIDDEN",
    "NOT_A_MEMBER",
    "TENANT_NOT_ACTIVE",
    "TENANT_SWITCHED",
    "UNAVAILABLE",
    "SWITCH_UNKNOWN",
]
"""Why a request is refused.

* ``SIGNED_OUT`` (401): there is no valid session, and none can be had without signing in.
* ``SESSION_EXPIRED`` (401): the session is over; a request that sends the refresh token can renew it.
* ``AMBIGUOUS_COOKIE`` (401): two cookies of one name have different values.
* ``STEP_UP_REQUIRED`` (401): the user must step up first (RFC 9470).
* ``CROSS_SITE`` (403): another site caused the request.
* ``FORBIDDEN`` (403): a role or a permission is missing.
* ``NOT_A_MEMBER`` (404, or 403 by option): the tenant is not one of the user's, whether it exists or not.
* ``TENANT_NOT_ACTIVE`` (409): the tenant is one of the user's, and not the active one.
* ``TENANT_SWITCHED`` (303): the tenant was switched, and the page is to be loaded again.
* ``UNAVAILABLE`` (503): the project's keys or the service are out of reach.
* ``SWITCH_UNKNOWN`` (503): it is unknown whether the tenant was switched.
"""

HeaderRule: TypeAlias = Literal["append", "replace", "if_absent"]
"""How a header is added to those of the application: besides them, in their place, or only where there is none."""

OnMismatch: TypeAlias = Literal["refuse", "switch"]
"""What happens when the user is in the tenant of a request, and another tenant is active."""


SameSite: TypeAlias = Literal["Strict", "Lax", "None"]


class CookieAttributes(TypedDict, total=False):
    """What one of the two cookies has of its own, in place of what both have."""

    same_site: SameSite | None
    partitioned: bool | None
    domain: str | None
    path: str | None
    omit: bool | None


class CookieScope(TypedDict, total=False):
    """Where a cookie was set: this host and the path ``/`` where it does not say otherwise."""

    domain: str | None
    path: str | None


class CookieOptions(TypedDict, total=False):
    """How the cookies of both tokens are made; what it leaves out is as :meth:`JWTResponse.set_cookie_headers` has it.

    ``session`` and ``refresh`` hold what one of the cookies has of its own, and ``omit`` sets no cookie for it.
    ``clear_scopes`` are other domains and paths at which cookies of these names are cleared.
    """

    secure: bool | None
    http_only: bool | None
    same_site: SameSite | None
    domain: str | None
    path: str | None
    partitioned: bool | None
    session: CookieAttributes | None
    refresh: CookieAttributes | None
    clear_scopes: list[CookieScope] | None


class Requirement(TypedDict, total=False):
    """What a request needs besides its tenant: the arguments of :meth:`RequestAuthenticator.authenticate`."""

    roles: Iterable[str]
    permissions: Iterable[str]
    any_role: Iterable[str]
    any_permission: Iterable[str]
    required: bool
    step_up: bool
