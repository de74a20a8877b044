"""What both clients share: their making, properties and representation."""

from __future__ import annotations

import sys

from . import _log
from . import _types as t
from ._constructor import Constructor
from ._native import Client as NativeClient
from ._native import Diagnostics, RequestTokens, redact


class BaseClient(Constructor):
    """What :class:`Client` and :class:`AsyncClient` share."""

    __slots__ = ("__weakref__", "_logs_calls", "_native", "_on_retry")
    _blocks = False
    """Whether its operations wait in the thread or greenlet that makes them."""

    def _make(
        self,
        options: dict[str, t.Any],
        environment: t.Mapping[str, str],
        on_retry: t.Callable[[t.RetryEvent], object] | None,
        on_switch: t.Callable[[t.SwitchEvent], object] | None,
    ) -> None:
        for name, observer in (("on_retry", on_retry), ("on_switch", on_switch)):
            if observer is not None and not callable(observer):
                message = f"{name} must be callable, not {type(observer).__name__}"
                raise TypeError(message)
        self._on_retry = on_retry
        if "gevent.monkey" in sys.modules or "eventlet.patcher" in sys.modules:
            from ._green import refuse_eventlet  # noqa: PLC0415

            if self._blocks:
                refuse_eventlet()
        self._logs_calls = _log.call_check()
        self._native = NativeClient(options, environment, on_switch)

    @property
    def project_id(self) -> str:
        """The project."""
        return self._native.project_id

    @property
    def base_url(self) -> str:
        """Where the API is."""
        return self._native.base_url

    @property
    def closed(self) -> bool:
        """Whether the client was closed."""
        return self._native.closed

    def diagnostics(self) -> Diagnostics:
        """Give counters of what the client remembers, for metrics; all 0 once it is closed.

        Returns:
            The counters at this moment. Clients of one process that share a base URL, a project and the setting of ``verify``
            share those of refresh tokens; a forked child starts with its own.

        Example:
            >>> from tenant_select import Client
            >>> Client("P2abcdefghijklmnopqrstuvwxyz").diagnostics().evicted_tokens
            0
        """
        return self._native.diagnostics()

    def tokens_from_request(self, cookie_header: str | None = None, authorization: str | None = None) -> RequestTokens:
        """Take the tokens out of an incoming request. Nothing is verified and nothing is sent.

        Source: RFC 6265, section 5.4, for the cookies; RFC 6750, section 2.1, for the bearer.

        Args:
            cookie_header: The value of the request's ``Cookie`` header, read under the client's cookie names. Where a
                cookie comes twice the first one counts.
            authorization: The value of its ``Authorization`` header. A session token in ``Bearer …`` wins over the
                cookie, because browsers send a cookie on their own.

        Returns:
            The tokens found; None for each that is not there.

        Raises:
            TypeError: An argument is neither a str nor None.

        Example:
            >>> from tenant_select import Client
            >>> client = Client("P2abcdefghijklmnopqrstuvwxyz")
            >>> client.tokens_from_request("theme=dark; DS=a.b.c; DSR=d.e.f").refresh_jwt
            'd.e.f'
        """
        cookie_header, authorization = redact(cookie_header), redact(authorization)
        return self._native.tokens_from_request(cookie_header, authorization)

    def __repr__(self) -> str:
        name = type(self).__name__
        if not hasattr(self, "_native"):
            # A debugger or crash reporter shows a client whose options were refused.
            return f"<{name} that was not made>"
        state = " (closed)" if self.closed else ""
        return f"<{name} of {self.project_id} at {self.base_url}{state}>"

    def __reduce__(self) -> t.NoReturn:
        message = (
            f"{type(self).__name__} holds connections and cannot be pickled; make one in each process "
            "(a forked child may go on using its parent's)"
        )
        raise TypeError(message)
