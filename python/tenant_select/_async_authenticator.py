"""The request authenticator for asyncio, and the source of the sync one: ``generate.py`` writes ``_authenticator.py`` from it."""

from __future__ import annotations

from . import _types as t
from ._async_client import AsyncClient
from ._authenticator_base import BaseAuthenticator
from ._calls import run_async
from ._native import AuthenticationResult, IncomingRequest


class AsyncRequestAuthenticator(BaseAuthenticator):
    """Decides about incoming requests, for asyncio: who is it, may it go on, and what must its response have.

    It finds the session of the user, refreshes it, holds it against what the request needs, and knows no web framework:
    the modules ``tenant_select.asgi``, ``.wsgi``, ``.fastapi``, ``.django`` and ``.flask`` connect it with one.

    A session is taken from ``Authorization: Bearer``, or from the cookies when there is none, and verified locally; a
    request with a valid session sends nothing anywhere. No cookie is cleared but in :meth:`sign_out`: the browser may hold
    newer tokens than the request. Any number of threads, tasks and event loops may share one authenticator, and a forked
    child may use its parent's.

    Example:
        >>> async with AsyncClient(project_id, base_url=base_url) as client:
        ...     authenticator = AsyncRequestAuthenticator(client, public_origin="https://app.example")
        ...     result = await authenticator.authenticate(request, tenant="acme", permissions=["documents.write"])
        >>> result.refusal is None and result.grant.tenant_id
        'acme'
    """

    __module__ = "tenant_select"  # the public module, which tracebacks and `help` show
    __slots__ = ()
    _client_class = AsyncClient

    async def authenticate(
        self,
        request: IncomingRequest,
        *,
        tenant: str | None = None,
        roles: t.Iterable[str] = (),
        permissions: t.Iterable[str] = (),
        any_role: t.Iterable[str] = (),
        any_permission: t.Iterable[str] = (),
        required: bool = True,
        step_up: bool = False,
    ) -> AuthenticationResult:
        """Decide about one request.

        An expired session is refreshed when the request sends a refresh token, and so is one whose token is missing or
        invalid, because a retired key must not sign a user out. Before a refresh token is sent anywhere it is verified
        locally, and one that the service refused is refused for 60 seconds without another call. A bearer is never refreshed,
        and a request that opens a WebSocket neither.

        A request with cookies that another site caused is refused when its method changes something or it opens a
        WebSocket. A CORS preflight passes: without a session, without a refusal and without headers.

        Source: RFC 6750 and RFC 9470 for the challenges, RFC 9457 for the problem document.

        Args:
            request: The request.
            tenant: The tenant that the request is for, 1 to 1,024 bytes of UTF-8. It has to be the active one. Without it,
                the tenant of the session is the one, whichever that is, and a refresh keeps it.
            roles: Roles that the user must have, all of them: in the tenant, or at project level without one.
            permissions: Permissions that the user must have, all of them.
            any_role: Roles of which the user must have at least one; an empty list requires none.
            any_permission: Permissions of which the user must have at least one; an empty list requires none.
            required: Whether there must be a session. With False, a request without a valid one is anonymous; roles,
                permissions and a step-up cannot be required then.
            step_up: Whether the user must have stepped up (:attr:`Session.stepped_up`).

        Returns:
            The session, or why the request is refused, and the headers for the response. What is wrong with the request or
            with the service is a refusal, not an exception.

        Raises:
            TypeError: An argument has the wrong type. Nothing was sent.
            InvalidInputError: The requirement has a mistake; ``argument`` names it.
            ClientClosedError: The client is closed.
            CookieTooLargeError: The session was refreshed, and a browser would drop its cookies; ``response`` holds the tokens.
            InvalidResponseError: The session was refreshed, and no cookies can be made of the tokens in ``response``.

        Example:
            >>> result = await authenticator.authenticate(request, tenant="acme")
            >>> result.session.user_id == user_id
            True
            >>> result = await authenticator.authenticate(request, tenant="initech")
            >>> result.refusal
            Refusal(status=404, code='NOT_A_MEMBER')
        """
        needed = (tenant, roles, permissions, any_role, any_permission, required, step_up)
        return await run_async(self._native.authenticate(request, needed), self._on_retry)

    async def switch(self, request: IncomingRequest, tenant: str) -> AuthenticationResult:
        """Make a tenant the user's active tenant, with the refresh token of the request, and give the session in it.

        The request is one that changes something, whatever its method: it must not be caused by another site. Only cookies
        hold a refresh token, so a request with a bearer cannot switch. Refusals are those of :meth:`authenticate`,
        ``SWITCH_UNKNOWN`` when it is unknown whether the service acted (the client's ``retry_unknown`` decides whether it is
        sent again), ``NOT_A_MEMBER`` when the service refuses the tenant, and ``TENANT_NOT_ACTIVE`` when it made another one
        active, with the cookies for that one.

        Args:
            request: The request.
            tenant: The tenant; 1 to 1,024 bytes of UTF-8 without control characters.

        Returns:
            The session in the tenant, and the new cookies; or why the request is refused.

        Raises:
            TypeError: An argument has the wrong type. Nothing was sent.
            InvalidInputError: The tenant is empty or too long. Nothing was sent.
            TenantSelectError: Any other error of :meth:`authenticate`.

        Example:
            >>> result = await authenticator.switch(request, "globex")
            >>> result.session.active_tenant.tenant_id
            'globex'
            >>> [header.name for header in result.headers]
            ['set-cookie', 'set-cookie', 'cache-control', 'vary']
        """
        return await run_async(self._native.switch(request, tenant), self._on_retry)

    async def sign_out(self, request: IncomingRequest) -> AuthenticationResult:
        """Sign the user out of this session, and clear both cookies.

        The request is one that changes something, whatever its method: it must not be caused by another site. A request
        without a refresh token, or with one that is not valid, sends nothing, and its cookies are cleared all the same. When it
        is not known whether the service ended the session, the request is refused with ``UNAVAILABLE`` and the cookies stay, so
        that the user can try again. A request with a bearer has no session of cookies to end, and is refused.

        Args:
            request: The request.

        Returns:
            The cleared cookies; or why the request is refused.

        Raises:
            TypeError: An argument has the wrong type. Nothing was sent.
            TenantSelectError: Any other error of :meth:`authenticate`.

        Example:
            >>> result = await authenticator.sign_out(request)
            >>> result.session is None and result.refusal is None
            True
        """
        return await run_async(self._native.sign_out(request), self._on_retry)
