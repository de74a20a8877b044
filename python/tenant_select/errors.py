"""What goes wrong, as exceptions.

Whatever goes wrong with a call derives from :class:`TenantSelectError`. Where a builtin class means the same, it is a second
base: an :class:`APITimeoutError` is also a :class:`TimeoutError`. Decide by class and by the attributes, above all by
:attr:`~TenantSelectError.outcome` and :attr:`~TenantSelectError.retryable`; the text is for people and may change.

What is wrong with the program itself stays Python's own: a :class:`TypeError` for an argument that is not of its type, a
:class:`RuntimeError` for an ``AsyncClient`` without a running asyncio loop or a ``Client`` that eventlet or a callback of gevent's
hub makes wait, an :class:`ImportError` in a sub-interpreter. The
testing kit has an ``EmulatorError`` of its own.

No exception shows a token, neither in its text nor in its attributes, except in
:attr:`~TenantSelectError.response`, which exists for that.
"""

from __future__ import annotations

from . import _types as t
from ._native import JWTResponse, NativeError

TYPE_CHECKING = False  # as `typing` has it, whose import would cost more than that of this whole package
if TYPE_CHECKING:
    from typing import TypeVar

    from ._literals import Outcome

    E = TypeVar("E", bound="TenantSelectError")

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "ClientClosedError",
    "CookieTooLargeError",
    "InternalError",
    "InternalServerError",
    "InvalidInputError",
    "InvalidResponseError",
    "InvalidTokenError",
    "KeysUnavailableError",
    "NotFoundError",
    "NotVerifiedError",
    "Outcome",
    "PermissionDeniedError",
    "RateLimitError",
    "TenantMismatchError",
    "TenantSelectError",
    "TokenExpiredError",
    "UnderlyingError",
    "UserMismatchError",
]


def __getattr__(name: str) -> object:
    if name == "Outcome":
        from ._literals import Outcome  # noqa: PLC0415 - loads `typing`

        return Outcome
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class TenantSelectError(Exception):
    """The root of everything that goes wrong with a call.

    Survives copying and pickling; only what comes out of a pickle lacks the ``response``, which can hold tokens.

    Attributes:
        code: The stable upper-case code of the kind of error, such as ``RATE_LIMITED``.
        operation: The method of the client that failed, such as ``select_tenant``, or None.
        outcome: Whether the service may have acted: ``not_sent``, ``not_processed``, ``rejected``, ``unknown`` or
            ``applied``.
        retryable: Whether the same call may be repeated.
        attempts: How many requests were sent.
        status: The HTTP status, or None.
        error_code: The service's own code, such as ``E011003``, or None.
        error_description: The service's description, or None.
        error_message: The service's message, or None.
        retry_after: How many seconds the service requests to wait, or None.
        request_id: The id under which the service knows the request, or None.
        argument: The argument or option that was refused, or None.
        path: Where in the JSON body the trouble is, or None.
        response: The response of an exchange that was applied before something failed, or None.

    Example:
        >>> from tenant_select import Client, TenantSelectError
        >>> try:
        ...     Client("not a project id")
        ... except TenantSelectError as error:
        ...     print(error.code, error.outcome, error.argument)
        INVALID_INPUT not_sent project_id
    """

    code: t.ClassVar[str] = "INTERNAL"
    """The stable upper-case code of the kind of error, the same in every language."""

    operation: str | None
    """The method of the client that was called, such as ``select_tenant``; None for what is no operation, such as making a
    client or cookies. An error of ``validate_and_refresh`` has that name also when the refresh in it failed."""

    outcome: t.Outcome
    """Whether the service may have acted on the call."""

    retryable: bool
    """Whether the same call may be repeated: the cause can pass, and repeating cannot do anything twice."""

    attempts: int
    """How many requests were sent for the call; 0 when none left this process."""

    status: int | None
    """The HTTP status, when a response arrived."""

    error_code: str | None
    """The service's own code, such as ``E011003``, verbatim."""

    error_description: str | None
    """The service's ``errorDescription``."""

    error_message: str | None
    """The service's ``errorMessage``."""

    retry_after: float | None
    """How many seconds the service requests to wait."""

    request_id: str | None
    """The id under which the service knows the request."""

    argument: str | None
    """The argument or option that was refused."""

    path: str | None
    """Where in the JSON body the trouble is, such as ``user.createdTime``."""

    response: JWTResponse | None
    """The response of an exchange that the service applied before something else failed, so that no token is lost."""

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        outcome: t.Outcome = "not_sent",
        retryable: bool = False,
        attempts: int = 0,
        status: int | None = None,
        error_code: str | None = None,
        error_description: str | None = None,
        error_message: str | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
        argument: str | None = None,
        path: str | None = None,
        response: JWTResponse | None = None,
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.outcome = outcome
        self.retryable = retryable
        self.attempts = attempts
        self.status = status
        self.error_code = error_code
        self.error_description = error_description
        self.error_message = error_message
        self.retry_after = retry_after
        self.request_id = request_id
        self.argument = argument
        self.path = path
        self.response = response

    def __copy__(self) -> t.Self:
        # Unlike a pickle, a copy stays in this process: it keeps the response.
        return _restore(type(self), self.args, self.__dict__)

    def __deepcopy__(self, memo: dict[int, t.Any]) -> t.Self:
        from copy import deepcopy  # noqa: PLC0415 - loaded by the one who calls this

        again = _restore(type(self), deepcopy(self.args, memo), {})
        memo[id(self)] = again
        again.__dict__.update(deepcopy(self.__dict__, memo))
        return again

    def __reduce__(self) -> tuple[t.Any, ...]:
        return _restore, (type(self), self.args, {**self.__dict__, "response": None})


class InvalidInputError(TenantSelectError, ValueError):
    """An argument or option was refused before anything was sent; ``argument`` names it."""

    code = "INVALID_INPUT"


class ClientClosedError(TenantSelectError):
    """The client was used after it was closed, or while the interpreter was shutting down."""

    code = "CLIENT_CLOSED"


class APIConnectionError(TenantSelectError, ConnectionError):
    """No complete response arrived: DNS, connect, TLS, reset, or half a body."""

    code = "CONNECTION"


class APITimeoutError(APIConnectionError, TimeoutError):
    """The deadline of the call passed."""

    code = "TIMEOUT"


class InvalidResponseError(TenantSelectError):
    """A success that is not what the API promises; ``path`` names the JSON field where that is known."""

    code = "INVALID_RESPONSE"


class APIStatusError(TenantSelectError):
    """The service responded with a status that is no success and has no class of its own below, redirects included."""

    code = "API"


class AuthenticationError(APIStatusError):
    """The service responded with 401: the token is expired, revoked or not for this project."""

    code = "AUTHENTICATION"


class PermissionDeniedError(APIStatusError):
    """The service responded with 403."""

    code = "PERMISSION_DENIED"


class NotFoundError(APIStatusError):
    """The service responded with 404."""

    code = "NOT_FOUND"


class RateLimitError(APIStatusError):
    """The service responded with 429, or this client still waits out an earlier 429; see ``retry_after``."""

    code = "RATE_LIMITED"


class InternalServerError(APIStatusError):
    """The service responded with 5xx."""

    code = "SERVER"


class InvalidTokenError(TenantSelectError):
    """A token failed local verification."""

    code = "INVALID_TOKEN"


class TokenExpiredError(InvalidTokenError):
    """A token is good in every respect but its ``exp``."""

    code = "TOKEN_EXPIRED"


class KeysUnavailableError(TenantSelectError):
    """The project's keys are out of reach and nothing usable is cached."""

    code = "KEYS_UNAVAILABLE"


class TenantMismatchError(TenantSelectError):
    """The token returned is not for the requested tenant; ``response`` holds it."""

    code = "TENANT_MISMATCH"


class UserMismatchError(TenantSelectError):
    """The token returned is not for the user whose token was presented; ``response`` holds it."""

    code = "USER_MISMATCH"


class NotVerifiedError(TenantSelectError, AttributeError):
    """``session`` was read of a response without a verified session; the message says why there is none.

    It is also an :class:`AttributeError`, so that ``hasattr`` and patterns of ``match`` see an absent attribute.
    """

    code = "NOT_VERIFIED"


class CookieTooLargeError(TenantSelectError):
    """A cookie would exceed the 4,096 bytes that browsers keep."""

    code = "COOKIE_TOO_LARGE"


class InternalError(TenantSelectError):
    """A fault of this package. Please report it."""

    code = "INTERNAL"


class UnderlyingError(Exception):
    """What lay beneath an error, as ``__cause__``: a message of the network or of the operating system."""


BY_CODE: dict[str, type[TenantSelectError]] = {
    cls.code: cls
    for cls in (
        InvalidInputError,
        ClientClosedError,
        APIConnectionError,
        APITimeoutError,
        InvalidResponseError,
        AuthenticationError,
        PermissionDeniedError,
        NotFoundError,
        RateLimitError,
        InternalServerError,
        APIStatusError,
        InvalidTokenError,
        TokenExpiredError,
        KeysUnavailableError,
        TenantMismatchError,
        UserMismatchError,
        NotVerifiedError,
        CookieTooLargeError,
        InternalError,
    )
}
"""The class for each code. The only table of both."""


def from_native(native: NativeError) -> TenantSelectError:
    """Make the exception for an error of the core."""
    details = native.data
    code, message, causes = details.pop("code"), details.pop("message"), details.pop("causes")
    error = BY_CODE[code](message, **details, response=native.response)
    below: BaseException = error
    for text in causes:
        below.__cause__ = UnderlyingError(text)
        below = below.__cause__
    return error


def _restore(cls: type[E], args: tuple[t.Any, ...], state: dict[str, t.Any]) -> E:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error
