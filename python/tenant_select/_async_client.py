"""The client for asyncio, and the source of the sync one: ``generate.py`` writes ``_client.py`` from this file."""

from __future__ import annotations

from . import _types as t
from ._calls import redacting, run_async
from ._native import HistoryEntry, JWTResponse, Session, Tenant, User, ValidationResult, redact
from ._options import BaseClient


class AsyncClient(BaseClient):
    """A client of one project, for asyncio: its operations are coroutines.

    It keeps connections, the project's keys and the state of the service's rate limit. It keeps no cookies and follows no
    redirects. Any number of threads, tasks and event loops may share one client. A forked child may use the client of its
    parent; the child opens its own connections.

    Example:
        >>> async with AsyncClient(project_id, base_url=base_url) as client:
        ...     switched = await client.select_tenant("acme", refresh_jwt)
        >>> switched.session.active_tenant.tenant_id
        'acme'
    """

    __module__ = "tenant_select"  # the public module, which tracebacks and `help` show
    __slots__ = ()
    _blocks = False

    @redacting("refresh_jwt", "headers")
    async def select_tenant(
        self,
        tenant_id: str,
        refresh_jwt: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
        retry_unknown: bool | None = None,
        headers: t.Mapping[str, str] | None = None,
    ) -> JWTResponse:
        """Make a tenant the user's active tenant and return the new tokens, verified to be for that tenant and that user.

        Identical selections that are pending on one client, with the same retry settings, share one request; each caller
        keeps its own deadline. The request is sent again only when the service cannot have acted, unless
        ``retry_unknown=True`` also allows it after failures of unknown outcome.

        Exchanges of one refresh token run one after the other, in the order of the calls, so the last switch requested is the
        one that stands. A token that was replaced less than ``rotation_grace`` ago stands for its successor: the newest token
        is sent, or the response that brought it is returned when it is for this tenant.

        After a cancellation, or when the deadline passes, an exchange that was sent completes without its caller, and the next
        call with the old token gets the new session. One that was not sent yet is dropped.

        Source: ``POST /v1/auth/tenant/select`` of the Descope API.

        Args:
            tenant_id: The tenant; 1 to 1,024 bytes of UTF-8 without control characters.
            refresh_jwt: The user's refresh token.
            timeout: Deadline of the whole call in seconds, above 0, 3600 at most; None for the client's.
            retries: How often the request may be sent again, 0 to 10; None for the client's.
            retry_unknown: Whether an exchange of unknown outcome may be sent again; None for the client's.
            headers: Headers to send with this call besides the client's, such as ``x-descope-trusted-device-token`` of this
                user. One of the same name takes the place of the client's. Those of the client itself and of HTTP, such as
                ``Authorization``, ``Host`` and ``Cookie``, are refused. Calls with other headers share no request and no
                response. The fetch of the keys does not have them.

        Returns:
            The new tokens. ``session`` is the verified session, ``set_cookie_headers()`` gives the cookies for the
            browser.

        Raises:
            TypeError: An argument has the wrong type. Nothing was sent.
            InvalidInputError: The tenant is empty, the token is not a JWT, an option is out of bounds, or a header is not
                allowed or not valid. Nothing was sent.
            AuthenticationError: The refresh token is expired, revoked or not for this project (401).
            PermissionDeniedError: The service responded with 403.
            NotFoundError: The service responded with 404.
            RateLimitError: The service responded with 429, or an earlier 429 still makes calls wait; see ``retry_after``.
            InternalServerError: The service responded with 5xx.
            APIStatusError: The service responded with another status outside 2xx.
            APIConnectionError: No complete response arrived.
            APITimeoutError: The deadline passed.
            InvalidResponseError: The response does not follow the API; ``path`` names the field.
            TenantMismatchError: The new token is for another tenant. The service acted; ``response`` holds the tokens.
            UserMismatchError: The new token is for another user. The service acted; ``response`` holds the tokens.
            InvalidTokenError: The new token failed verification. The service acted; ``response`` holds the tokens.
            KeysUnavailableError: The project's keys cannot be fetched. The service acted; ``response`` holds the
                unverified tokens.
            ClientClosedError: The client is closed.

        Example:
            >>> switched = await client.select_tenant("acme", refresh_jwt)
            >>> switched.session.active_tenant.tenant_id
            'acme'
        """
        refresh_jwt, headers = redact(refresh_jwt), redact(headers)
        return await run_async(
            self._native.select_tenant(tenant_id, refresh_jwt, (timeout, retries, retry_unknown, headers)),
            self._on_retry,
        )

    @redacting("refresh_jwt", "external_token", "headers")
    async def refresh_session(
        self,
        refresh_jwt: str,
        *,
        external_token: str | None = None,
        expect_tenant: str | None = None,
        follow_switch: bool = False,
        timeout: float | None = None,
        retries: int | None = None,
        retry_unknown: bool | None = None,
        headers: t.Mapping[str, str] | None = None,
    ) -> JWTResponse:
        """Exchange the refresh token for new tokens; the active tenant does not change.

        Identical refreshes that are pending on one client, with the same retry settings, share one request; each caller keeps
        its own deadline.

        Order, completion after a cancellation and ``rotation_grace`` are those of :meth:`select_tenant`: the response that
        replaced the token is returned when its tenant is the one of the token.

        Source: ``POST /v1/auth/refresh`` of the Descope API.

        Args:
            refresh_jwt: The user's refresh token.
            external_token: A token of an external system to exchange together with it.
            expect_tenant: The tenant that must still be active afterwards.
            follow_switch: Whether a token that was replaced by that of another tenant may bring that tenant.
            timeout: Deadline of the whole call in seconds, above 0, 3600 at most; None for the client's.
            retries: How often the request may be sent again, 0 to 10; None for the client's.
            retry_unknown: Whether an exchange of unknown outcome may be sent again; None for the client's.
            headers: Headers to send with this call besides the client's, as in :meth:`select_tenant`.

        Returns:
            The new tokens. Without a new refresh token, the old one stays valid.

        Raises:
            TypeError: An argument has the wrong type. Nothing was sent.
            InvalidInputError: A token or tenant is empty or malformed. Nothing was sent.
            TenantMismatchError: The active tenant is not ``expect_tenant``; or, with the outcome ``not_sent``, the token was
                replaced by that of another tenant meanwhile, unless ``follow_switch`` allows that. ``response`` holds the
                tokens, which are verified.
            TenantSelectError: Any other error of :meth:`select_tenant`.

        Example:
            >>> refreshed = await client.refresh_session(refresh_jwt)
            >>> refreshed.session.user_id == refreshed.user.user_id
            True
        """
        refresh_jwt, external_token, headers = redact(refresh_jwt), redact(external_token), redact(headers)
        return await run_async(
            self._native.refresh_session(
                refresh_jwt, external_token, expect_tenant, follow_switch, (timeout, retries, retry_unknown, headers)
            ),
            self._on_retry,
        )

    @redacting("refresh_jwt", "headers")
    async def my_tenants(
        self,
        refresh_jwt: str,
        *,
        ids: t.Iterable[str] | None = None,
        active_only: bool = False,
        timeout: float | None = None,
        retries: int | None = None,
        retry_unknown: bool | None = None,
        headers: t.Mapping[str, str] | None = None,
    ) -> list[Tenant]:
        """List the tenants that the user belongs to. Sent again after every transient failure.

        Source: ``POST /v1/auth/me/tenants`` of the Descope API.

        Args:
            refresh_jwt: The user's refresh token.
            ids: Only those with these ids; not empty.
            active_only: Only the active one. Excludes ``ids``.
            timeout: Deadline of the whole call in seconds, above 0, 3600 at most; None for the client's.
            retries: How often the request may be sent again, 0 to 10; None for the client's.
            retry_unknown: Whether an exchange of unknown outcome may be sent again; None for the client's.
            headers: Headers to send with this call besides the client's, as in :meth:`select_tenant`.

        Returns:
            The tenants, in the service's order.

        Raises:
            TypeError: An argument has the wrong type. Nothing was sent.
            InvalidInputError: The token is empty or malformed, ``ids`` is empty or has an empty id, or both
                ``ids`` and ``active_only`` are given. Nothing was sent.
            AuthenticationError: The refresh token is expired, revoked or not for this project (401).
            APIStatusError: The service responded with another status outside 2xx; the subclass says which.
            APIConnectionError: No complete response arrived, or not in time (:class:`APITimeoutError`).
            InvalidResponseError: The response does not follow the API; ``path`` names the field.
            ClientClosedError: The client is closed.

        Example:
            >>> sorted(tenant.id for tenant in await client.my_tenants(refresh_jwt))
            ['acme', 'globex']
        """
        refresh_jwt, headers = redact(refresh_jwt), redact(headers)
        return await run_async(
            self._native.my_tenants(refresh_jwt, ids, active_only, (timeout, retries, retry_unknown, headers)),
            self._on_retry,
        )

    @redacting("refresh_jwt", "headers")
    async def history(
        self,
        refresh_jwt: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
        retry_unknown: bool | None = None,
        headers: t.Mapping[str, str] | None = None,
    ) -> list[HistoryEntry]:
        """List where and when the user signed in, and for which tenant. Sent again after every transient failure.

        Source: ``GET /v1/auth/me/history`` of the Descope API.

        Args:
            refresh_jwt: The user's refresh token.
            timeout: Deadline of the whole call in seconds, above 0, 3600 at most; None for the client's.
            retries: How often the request may be sent again, 0 to 10; None for the client's.
            retry_unknown: Whether an exchange of unknown outcome may be sent again; None for the client's.
            headers: Headers to send with this call besides the client's, as in :meth:`select_tenant`.

        Returns:
            The entries, in the service's order.

        Raises:
            TypeError: An argument has the wrong type. Nothing was sent.
            InvalidInputError: The token is empty or malformed. Nothing was sent.
            TenantSelectError: Any other error of :meth:`my_tenants`.

        Example:
            >>> [entry.user_id == user_id for entry in await client.history(refresh_jwt)]
            [True]
        """
        refresh_jwt, headers = redact(refresh_jwt), redact(headers)
        return await run_async(
            self._native.history(refresh_jwt, (timeout, retries, retry_unknown, headers)), self._on_retry
        )

    @redacting("refresh_jwt", "headers")
    async def me(
        self,
        refresh_jwt: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
        retry_unknown: bool | None = None,
        headers: t.Mapping[str, str] | None = None,
    ) -> User:
        """Read the user's profile. Sent again after every transient failure.

        Source: ``GET /v1/auth/me`` of the Descope API.

        Args:
            refresh_jwt: The user's refresh token.
            timeout: Deadline of the whole call in seconds, above 0, 3600 at most; None for the client's.
            retries: How often the request may be sent again, 0 to 10; None for the client's.
            retry_unknown: Whether an exchange of unknown outcome may be sent again; None for the client's.
            headers: Headers to send with this call besides the client's, as in :meth:`select_tenant`.

        Returns:
            The profile.

        Raises:
            TypeError: An argument has the wrong type. Nothing was sent.
            InvalidInputError: The token is empty or malformed. Nothing was sent.
            TenantSelectError: Any other error of :meth:`my_tenants`.

        Example:
            >>> (await client.me(refresh_jwt)).name
            'Ada Lovelace'
        """
        refresh_jwt, headers = redact(refresh_jwt), redact(headers)
        return await run_async(self._native.me(refresh_jwt, (timeout, retries, retry_unknown, headers)), self._on_retry)

    @redacting("refresh_jwt", "headers")
    async def logout(
        self,
        refresh_jwt: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
        retry_unknown: bool | None = None,
        headers: t.Mapping[str, str] | None = None,
    ) -> JWTResponse:
        """Sign the user out of this session.

        Sent again after every transient failure; a 401 after an attempt of unknown outcome means that the attempt succeeded.

        Source: ``POST /v1/auth/logout`` of the Descope API.

        Args:
            refresh_jwt: The user's refresh token, which is no longer valid afterwards.
            timeout: Deadline of the whole call in seconds, above 0, 3600 at most; None for the client's.
            retries: How often the request may be sent again, 0 to 10; None for the client's.
            retry_unknown: Whether an exchange of unknown outcome may be sent again; None for the client's.
            headers: Headers to send with this call besides the client's, as in :meth:`select_tenant`.

        Returns:
            A response without tokens. Its ``set_cookie_headers()`` clear the browser's cookies.

        Raises:
            TypeError: An argument has the wrong type. Nothing was sent.
            InvalidInputError: The token is empty or malformed. Nothing was sent.
            TenantSelectError: Any other error of :meth:`my_tenants`.

        Example:
            >>> gone = await client.logout(refresh_jwt)
            >>> len(gone.set_cookie_headers())
            2
        """
        refresh_jwt, headers = redact(refresh_jwt), redact(headers)
        return await run_async(
            self._native.logout(refresh_jwt, (timeout, retries, retry_unknown, headers)), self._on_retry
        )

    @redacting("refresh_jwt", "headers")
    async def logout_all(
        self,
        refresh_jwt: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
        retry_unknown: bool | None = None,
        headers: t.Mapping[str, str] | None = None,
    ) -> JWTResponse:
        """Sign the user out of every session.

        Sent again after every transient failure. A 401 is always an error, because other sessions may still be valid.

        Source: ``POST /v1/auth/logoutall`` of the Descope API.

        Args:
            refresh_jwt: A refresh token of the user.
            timeout: Deadline of the whole call in seconds, above 0, 3600 at most; None for the client's.
            retries: How often the request may be sent again, 0 to 10; None for the client's.
            retry_unknown: Whether an exchange of unknown outcome may be sent again; None for the client's.
            headers: Headers to send with this call besides the client's, as in :meth:`select_tenant`.

        Returns:
            A response without tokens. Its ``set_cookie_headers()`` clear the browser's cookies.

        Raises:
            TypeError: An argument has the wrong type. Nothing was sent.
            InvalidInputError: The token is empty or malformed. Nothing was sent.
            TenantSelectError: Any other error of :meth:`my_tenants`.

        Example:
            >>> (await client.logout_all(refresh_jwt)).refresh_jwt is None
            True
        """
        refresh_jwt, headers = redact(refresh_jwt), redact(headers)
        return await run_async(
            self._native.logout_all(refresh_jwt, (timeout, retries, retry_unknown, headers)), self._on_retry
        )

    @redacting("session_jwt", "headers")
    async def validate_session(
        self,
        session_jwt: str,
        audience: str | None = None,
        *,
        timeout: float | None = None,
        retries: int | None = None,
        retry_unknown: bool | None = None,
        headers: t.Mapping[str, str] | None = None,
    ) -> Session:
        """Verify a session token locally; the project's keys are fetched when no matching key is cached.

        With ``session_cache``, the signature of a token that comes again is not checked again.

        Source: RFC 7519 for the claims, RFC 8725 for what is refused.

        Args:
            session_jwt: The session token.
            audience: A value that the token's ``aud`` must contain; None for the client's. If both are None, ``aud`` must
                be absent or contain the project.
            timeout: Deadline for fetching keys in seconds, above 0, 3600 at most; None for the client's.
            retries: How often the fetch may be repeated, 0 to 10; None for the client's.
            retry_unknown: Has no effect here; all operations accept the same settings.
            headers: Have no effect here either: the fetch of the keys does not have them.

        Returns:
            The verified session: the user, and what the token grants.

        Raises:
            TypeError: An argument has the wrong type. Nothing was sent.
            InvalidInputError: The token is empty, or an option is out of bounds.
            TokenExpiredError: The token is valid except for its ``exp``.
            InvalidTokenError: The token is invalid in another respect. This includes a refresh token, and a token that is
                bound to a key (``cnf``, RFC 7800), because possession of the key is not checked.
            KeysUnavailableError: The keys cannot be fetched, and no matching key is cached.
            ClientClosedError: The client is closed.

        Example:
            >>> session = await client.validate_session(session_jwt)
            >>> session.active_tenant is not None and session.active_tenant.has_roles(["editor"])
            False
        """
        session_jwt = redact(session_jwt)
        if headers is not None:
            headers = redact(headers)
        options = (timeout, retries, retry_unknown, headers)
        if not self._logs_calls():
            session = self._native.session_in_cache(session_jwt, audience, options)
            if session is not None:
                return session
        return await run_async(
            self._native.validate_session(session_jwt, audience, options),
            self._on_retry,
        )

    @redacting("session_jwt", "refresh_jwt", "headers")
    async def validate_and_refresh(
        self,
        session_jwt: str | None,
        refresh_jwt: str,
        *,
        keep_tenant: bool = True,
        refresh_before: float = 0,
        audience: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
        retry_unknown: bool | None = None,
        headers: t.Mapping[str, str] | None = None,
    ) -> ValidationResult:
        """Verify the session token, and refresh when it is missing, empty or expired, or about to expire.

        Any other failure is raised: a token with an invalid signature does not cause a refresh. The refresh is that of
        :meth:`refresh_session`, after a cancellation too.

        Args:
            session_jwt: The session token of the request, if it has one.
            refresh_jwt: The user's refresh token.
            keep_tenant: Whether the refreshed session has to be for the tenant of the session that expired. A call without a
                session token has no tenant to keep.
            refresh_before: How many seconds before its end a session is refreshed, 0 to 3600.
            audience: The audience that the session token must name; None for the client's. With neither, ``aud`` must be
                absent or contain the project.
            timeout: Deadline of the whole call in seconds, above 0, 3600 at most; None for the client's.
            retries: How often the request may be sent again, 0 to 10; None for the client's.
            retry_unknown: Whether an exchange of unknown outcome may be sent again; None for the client's.
            headers: Headers to send with this call besides the client's, as in :meth:`select_tenant`.

        Returns:
            The session, and the new tokens when it was refreshed. When a refresh before the end of the session failed, the
            session that is still valid, and the error as ``refresh_error``.

        Raises:
            TypeError: An argument has the wrong type. Nothing was sent.
            InvalidInputError: ``refresh_before`` is out of bounds. Nothing was sent.
            TenantMismatchError: The refreshed session is for another tenant, and ``keep_tenant`` is set; ``response`` holds the
                tokens, which are verified.
            TenantSelectError: Any other error of :meth:`validate_session` and :meth:`refresh_session`.

        Example:
            >>> checked = await client.validate_and_refresh(None, refresh_jwt)
            >>> checked.response is not None
            True
            >>> session_jwt = checked.response.session_jwt
            >>> checked = await client.validate_and_refresh(session_jwt, refresh_jwt, refresh_before=60)
            >>> checked.response is None and checked.refresh_error is None
            True
        """
        session_jwt, refresh_jwt, headers = redact(session_jwt), redact(refresh_jwt), redact(headers)
        return await run_async(
            self._native.validate_and_refresh(
                session_jwt,
                refresh_jwt,
                (keep_tenant, refresh_before, audience),
                (timeout, retries, retry_unknown, headers),
            ),
            self._on_retry,
        )

    async def aclose(self) -> None:
        """Close the client; its connections are closed when the last pending call has ended.

        Later calls raise :class:`ClientClosedError`. Pending calls finish, including their retries and the verification of
        their responses. Closing a client twice has no effect.
        """
        self._native.close()

    async def __aenter__(self) -> t.Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: t.TracebackType | None
    ) -> None:
        await self.aclose()
