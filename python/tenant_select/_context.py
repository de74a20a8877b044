"""One request in an adapter for asyncio, and the source of the sync one: ``generate.py`` writes ``_context.py`` from this file."""

from __future__ import annotations

from . import _types as t
from ._authenticator import RequestAuthenticator
from ._context_base import BaseRequestContext
from ._native import AuthenticationResult, IncomingRequest


class RequestContext(BaseRequestContext):
    """One request in an adapter: decides about it, and keeps what its response must have.

    Each of its methods raises :class:`RequestRefused` when the request is refused; the adapter turns it into the response. The
    headers of every result go into the response, whichever it is, and code that runs later sees the new cookies.
    """

    __slots__ = ("_authenticator",)

    def __init__(
        self,
        authenticator: RequestAuthenticator,
        request: IncomingRequest,
        on_refusal: t.OnRefusal | None = None,
        show_cookies: t.Callable[[str], object] | None = None,
    ) -> None:
        super().__init__(request, on_refusal, show_cookies)
        self._authenticator = authenticator

    def authenticate(self, tenant: str | None = None, **requirement: t.Unpack[t.Requirement]) -> AuthenticationResult:
        """Decide about the request.

        Args:
            tenant: The tenant that the request is for; None for that of the session.
            **requirement: What else the request needs, as for :meth:`RequestAuthenticator.authenticate`.

        Returns:
            The session and the grant.

        Raises:
            RequestRefused: The request must not go on.
            TenantSelectError: The errors of :meth:`RequestAuthenticator.authenticate`.
        """
        result = self._authenticator.authenticate(self.request, tenant=tenant, **requirement)
        return self._record(result)

    def switch(self, tenant: str) -> AuthenticationResult:
        """Make a tenant the user's active tenant; the response sets the new cookies.

        Args:
            tenant: The tenant.

        Returns:
            The session and the grant in it.

        Raises:
            RequestRefused: The tenant was not switched.
            TenantSelectError: The errors of :meth:`RequestAuthenticator.switch`.
        """
        result = self._authenticator.switch(self.request, tenant)
        return self._record(result)

    def sign_out(self) -> AuthenticationResult:
        """Sign the user out of this session; the response clears the cookies.

        Returns:
            A result without a session.

        Raises:
            RequestRefused: The user was not signed out.
            TenantSelectError: The errors of :meth:`RequestAuthenticator.sign_out`.
        """
        result = self._authenticator.sign_out(self.request)
        return self._record(result)
