"""Select a tenant for a signed-in Descope user as one typed, verified, observable step.

:class:`Client` is for threads, :class:`AsyncClient` for asyncio; they have the same operations. A call that fails raises a
:class:`TenantSelectError`, which says whether the service may have acted. An argument of the wrong type raises a
:class:`TypeError`.

Example:
    >>> from tenant_select import Client
    >>> with Client(project_id, base_url=base_url) as client:
    ...     switched = client.select_tenant("acme", refresh_jwt)
    >>> switched.session.active_tenant.tenant_id
    'acme'
"""

from __future__ import annotations

from . import _main_interpreter as _main_interpreter  # before anything native
from ._async_authenticator import AsyncRequestAuthenticator
from ._async_client import AsyncClient
from ._authenticator import RequestAuthenticator
from ._client import Client
from ._native import (
    AuthenticationResult,
    Diagnostics,
    HistoryEntry,
    IDPResponse,
    IncomingRequest,
    JWTResponse,
    Refusal,
    RequestTokens,
    ResponseHeader,
    ResponseMetadata,
    RetryEvent,
    Session,
    SwitchEvent,
    Tenant,
    TenantGrant,
    User,
    UserTenant,
    ValidationResult,
    __version__,
)
from .errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    ClientClosedError,
    CookieTooLargeError,
    InternalError,
    InternalServerError,
    InvalidInputError,
    InvalidResponseError,
    InvalidTokenError,
    KeysUnavailableError,
    NotFoundError,
    NotVerifiedError,
    PermissionDeniedError,
    RateLimitError,
    TenantMismatchError,
    TenantSelectError,
    TokenExpiredError,
    UserMismatchError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._literals import CookieAttributes, CookieOptions, CookieScope, Outcome, RefusalCode

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncClient",
    "AsyncRequestAuthenticator",
    "AuthenticationError",
    "AuthenticationResult",
    "Client",
    "ClientClosedError",
    "CookieAttributes",
    "CookieOptions",
    "CookieScope",
    "CookieTooLargeError",
    "Diagnostics",
    "HistoryEntry",
    "IDPResponse",
    "IncomingRequest",
    "InternalError",
    "InternalServerError",
    "InvalidInputError",
    "InvalidResponseError",
    "InvalidTokenError",
    "JWTResponse",
    "KeysUnavailableError",
    "NotFoundError",
    "NotVerifiedError",
    "Outcome",
    "PermissionDeniedError",
    "RateLimitError",
    "Refusal",
    "RefusalCode",
    "RequestAuthenticator",
    "RequestTokens",
    "ResponseHeader",
    "ResponseMetadata",
    "RetryEvent",
    "Session",
    "SwitchEvent",
    "Tenant",
    "TenantGrant",
    "TenantMismatchError",
    "TenantSelectError",
    "TokenExpiredError",
    "User",
    "UserMismatchError",
    "UserTenant",
    "ValidationResult",
    "__version__",
]


def __getattr__(name: str) -> object:
    if name in ("CookieAttributes", "CookieOptions", "CookieScope", "Outcome", "RefusalCode"):
        from . import _literals  # noqa: PLC0415 - loads `typing`, which takes longer than the rest of this import

        value: object = getattr(_literals, name)
        return value
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
