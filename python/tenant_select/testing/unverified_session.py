"""A session for unit tests, without a server and without a token."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from tenant_select import Session  # noqa: TC002 - `typing.get_type_hints` evaluates it here
from tenant_select._native import session_for_tests

__all__ = ["SessionGrant", "session"]


class SessionGrant(TypedDict, total=False):
    """What the user may do in one tenant of a session for tests."""

    roles: Iterable[str]
    permissions: Iterable[str]


def session(
    user_id: str | None = None,
    *,
    project_id: str | None = None,
    active_tenant: str | None = None,
    tenants: Mapping[str, SessionGrant] | None = None,
    roles: Iterable[str] | None = None,
    permissions: Iterable[str] | None = None,
    claims: Mapping[str, Any] | None = None,
    issued_at: float | None = None,
    expires_at: float | None = None,
) -> Session:
    """Make a session for a unit test. **Nothing in it is verified**: use it in tests alone, never to let a request in.

    It has the claims that a token of the service would have, and is read from them by the rules for tokens. So a session whose
    ``active_tenant`` is not among its ``tenants`` has no active tenant, and without ``tenants`` the active tenant has the
    ``roles`` and ``permissions`` of the root. Its claim ``iss`` is ``tenant-select/testing``, which no verified token has.

    Args:
        user_id: The user; default ``U2test``.
        project_id: The project; default ``P2test``.
        active_tenant: The active tenant (``dct``); default none.
        tenants: Roles and permissions by tenant id; default no claim ``tenants``.
        roles: Roles at project level; default none.
        permissions: Permissions at project level; default none.
        claims: More claims. They replace those that the other arguments make.
        issued_at: ``iat``, in seconds since 1970; default now.
        expires_at: ``exp``, in seconds since 1970; default in ten minutes. A time in the past makes a session that has ended.

    Returns:
        The session.

    Raises:
        TypeError: Names are one str instead of an iterable of str.
        InvalidInputError: An argument has the wrong type, or the claims name no user; ``argument`` names it.

    Example:
        >>> from tenant_select.testing import session
        >>> ada = session("U1", active_tenant="acme", tenants={"acme": {"roles": ["editor"]}, "globex": {}})
        >>> ada.active_tenant.has_roles(["editor"])
        True
        >>> sorted(ada.tenants)
        ['acme', 'globex']
    """
    wanted: dict[str, Any] = {
        "user_id": user_id,
        "project_id": project_id,
        "active_tenant": active_tenant,
        "tenants": None if tenants is None else {tenant: _grant(grant) for tenant, grant in tenants.items()},
        "roles": None if roles is None else _names("roles", roles),
        "permissions": None if permissions is None else _names("permissions", permissions),
        "claims": None if claims is None else dict(claims),
        "issued_at": issued_at,
        "expires_at": expires_at,
    }
    return session_for_tests(wanted)


def _grant(grant: SessionGrant) -> dict[str, Any]:
    """Return the grant as data. A member that a grant does not have is refused by the core."""
    return {name: _names(name, names) for name, names in grant.items()}


def _names(argument: str, names: Any) -> list[Any]:
    if isinstance(names, str):
        message = f"{argument} must be an iterable of str, not one str"
        raise TypeError(message)
    return list(names)
