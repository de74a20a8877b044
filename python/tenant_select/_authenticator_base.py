"""What both request authenticators share: their making and representation."""

from __future__ import annotations

from . import _types as t
from ._native import Authenticator as NativeAuthenticator
from ._options import BaseClient


class BaseAuthenticator:
    """What :class:`RequestAuthenticator` and :class:`AsyncRequestAuthenticator` share."""

    __slots__ = ("__weakref__", "_client", "_native", "_on_retry")
    _client_class: t.ClassVar[type[BaseClient]]
    """The client whose calls wait as those of the authenticator do."""

    def __init__(
        self,
        client: BaseClient,
        *,
        on_mismatch: t.OnMismatch | None = None,
        not_member_status: int | None = None,
        trusted_origins: t.Iterable[str] | None = None,
        public_origin: str | None = None,
        refresh: bool | None = None,
        refresh_before: float | None = None,
        cookies: t.CookieOptions | None = None,
    ) -> None:
        """Check the options. Nothing is sent.

        Args:
            client: The client that verifies, refreshes and switches; its options are those of the calls. A
                :class:`Client`, or an :class:`AsyncClient` for an :class:`AsyncRequestAuthenticator`.
            on_mismatch: What happens when the user is in the tenant of the request, and another tenant is active:
                ``"refuse"`` with 409 (default), or ``"switch"``, which switches to the tenant of a page that the user opens
                and has it loaded again, once (303).
            not_member_status: The status for a tenant that is not one of the user's: 404 (default) or 403. Neither tells
                whether the tenant exists.
            trusted_origins: Other origins that may cause requests that change something, such as
                ``https://partner.example``. Default: none.
            public_origin: The origin of the application in the browser, such as ``https://app.example``: for servers behind
                a proxy that changes ``Host``. Default: ``Origin`` is compared with ``Host``.
            refresh: Whether :meth:`authenticate` refreshes sessions, and switches pages. With False it sends no token
                anywhere and sets no cookie. Default True.
            refresh_before: How many seconds before its end a session is refreshed, 0 to 3600. When that fails, the session
                is used to its end. Default 0.
            cookies: How cookies are made, as a dict; see :class:`CookieOptions`.

        Raises:
            TypeError: An option is not of its type, or ``client`` is the other kind of client.
            InvalidInputError: An option is refused, or the client does not verify; ``argument`` names it.
        """
        if not isinstance(client, self._client_class):
            message = f"{type(self).__name__} needs a client of the class {self._client_class.__name__}"
            raise TypeError(message)
        self._client = client
        options: dict[str, t.Any] = {
            "on_mismatch": on_mismatch,
            "not_member_status": not_member_status,
            "trusted_origins": trusted_origins,
            "public_origin": public_origin,
            "refresh": refresh,
            "refresh_before": refresh_before,
        }
        # Both are made together with the client, and are no one else's business.
        self._on_retry = client._on_retry  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        native = client._native  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        self._native = NativeAuthenticator(native, options, cookies)

    @property
    def client(self) -> BaseClient:
        """The client that was given."""
        return self._client

    def __repr__(self) -> str:
        return f"<{type(self).__name__} with {getattr(self, '_client', None)!r}>"

    def __reduce__(self) -> t.NoReturn:
        message = f"{type(self).__name__} holds a client and cannot be pickled; make one in each process"
        raise TypeError(message)
