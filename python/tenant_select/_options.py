"""What both clients share: their options, properties and representation."""

from __future__ import annotations

import os
import sys

from . import _types as t
from ._native import Client as NativeClient
from ._native import RequestTokens, redact


class BaseClient:
    """What :class:`Client` and :class:`AsyncClient` share."""

    __slots__ = ("__weakref__", "_native")
    _blocks = False
    """Whether its operations wait in the thread or greenlet that makes them."""

    def __init__(
        self,
        project_id: str | None = None,
        *,
        base_url: str | None = None,
        auth_management_key: str | None = None,
        public_key: str | None = None,
        timeout: float | None = None,
        connect_timeout: float | None = None,
        retries: int | None = None,
        retry_unknown: bool | None = None,
        leeway: int | None = None,
        audience: str | None = None,
        verify: bool | None = None,
        max_token_bytes: int | None = None,
        session_cookie_name: str | None = None,
        refresh_cookie_name: str | None = None,
        headers: t.Mapping[str, str] | None = None,
        proxy: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        allow_http: bool | None = None,
        sdk_name: str | None = None,
        environment: t.Mapping[str, str] | None = None,
    ) -> None:
        """Check the options. Nothing is sent.

        Every option that is None falls back to its environment variable, which all but ``allow_http`` have, and then to its
        default. Nothing else of the process's environment is read.

        Args:
            project_id: The project, such as ``P2abcdefghijklmnopqrstuvwxyz``. Required; ``DESCOPE_PROJECT_ID``.
            base_url: Where the API is; a path prefix is kept. Default: the region that the project id names, else
                ``https://api.descope.com``. ``DESCOPE_BASE_URI`` or ``DESCOPE_BASE_URL``.
            auth_management_key: The key that a project without public access to its authentication methods requires.
                ``DESCOPE_AUTH_MANAGEMENT_KEY``.
            public_key: A JWK or a JWK set, as JSON, to verify with instead of fetching keys. ``DESCOPE_PUBLIC_KEY``.
            timeout: One deadline in seconds over everything a call does: DNS, connect, TLS, all attempts and bodies. Above 0,
                3600 at most; default 10. ``TENANT_SELECT_TIMEOUT``.
            connect_timeout: How many seconds one attempt may take to connect, TLS included. Above 0, 3600 at most; default 3.
                ``TENANT_SELECT_CONNECT_TIMEOUT``.
            retries: How often a call may be sent again after its first attempt. 0 to 10; default 2.
                ``TENANT_SELECT_RETRIES``.
            retry_unknown: Whether an exchange whose outcome is unknown may be sent again: for projects that do not rotate
                refresh tokens. Default False. ``TENANT_SELECT_RETRY_UNKNOWN``.
            leeway: By how many whole seconds clocks may disagree when ``exp`` and ``nbf`` are checked. 0 to 300; default 5.
                ``TENANT_SELECT_LEEWAY``.
            audience: The audience that ``validate_session`` requires when the call names none. ``TENANT_SELECT_AUDIENCE``.
            verify: Whether the tokens that an exchange returns are verified, their tenant and user included. Default True.
                ``TENANT_SELECT_VERIFY``.
            max_token_bytes: The longest session token that ``validate_session`` looks at. 1,024 to 65,536; default 16,384.
                ``TENANT_SELECT_MAX_TOKEN_BYTES``.
            session_cookie_name: The project's name for the session cookie. Default ``DS``.
                ``TENANT_SELECT_SESSION_COOKIE_NAME``.
            refresh_cookie_name: The project's name for the refresh cookie, another than the session's. Default ``DSR``.
                ``TENANT_SELECT_REFRESH_COOKIE_NAME``.
            headers: Headers to send with every request; ``Authorization``, ``Host`` and ``Cookie`` are refused.
                ``TENANT_SELECT_HEADERS`` (a JSON object).
            proxy: A proxy for every request: ``http://``, ``https://``, ``socks5h://``, ``socks5://``, ``socks4a://`` or
                ``socks4://``. Default: the usual variables, which never apply to loopback. ``TENANT_SELECT_PROXY``.
            ca_file: A PEM file of certificates to trust besides the platform's, read and checked here. Default:
                ``REQUESTS_CA_BUNDLE`` (a file or a directory) and ``NODE_EXTRA_CA_CERTS``. ``TENANT_SELECT_CA_FILE``.
                ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` take the place of the platform's certificates, as in OpenSSL; on
                Windows and macOS they add to them.
            allow_http: Whether ``http://`` to a host that is not loopback (``localhost``, ``127.0.0.1``, ``[::1]``) is
                allowed. Default False; has no variable.
            sdk_name: What the client calls itself in ``x-descope-sdk-name``. ``TENANT_SELECT_SDK_NAME``.
            environment: Where the variables are read, once and here. Default :data:`os.environ`; ``{}`` reads none.

        Raises:
            TypeError: There is no such option, or its value is not of its type.
            InvalidInputError: An option is missing or refused; ``argument`` names it.
            RuntimeError: A :class:`Client` is made where eventlet has patched the standard library.
        """
        auth_management_key, headers, proxy = redact(auth_management_key), redact(headers), redact(proxy)
        try:
            environment = redact(dict(os.environ if environment is None else environment))
        except BaseException:
            # Reading it is the caller's code: where that fails, this frame is part of the traceback.
            environment = redact(environment)
            raise
        if "gevent.monkey" in sys.modules or "eventlet.patcher" in sys.modules:
            from ._green import refuse_eventlet  # noqa: PLC0415

            if self._blocks:
                refuse_eventlet()
        # Importing this package costs half without `logging`. A call must find it there: a fork in the midst of an import
        # leaves a lock behind that no thread of the child releases.
        from . import _log  # noqa: F401, PLC0415  # pyright: ignore[reportUnusedImport]

        self._native = NativeClient(
            {
                "project_id": project_id,
                "base_url": base_url,
                "auth_management_key": auth_management_key,
                "public_key": public_key,
                "timeout": timeout,
                "connect_timeout": connect_timeout,
                "retries": retries,
                "retry_unknown": retry_unknown,
                "leeway": leeway,
                "audience": audience,
                "verify": verify,
                "max_token_bytes": max_token_bytes,
                "session_cookie_name": session_cookie_name,
                "refresh_cookie_name": refresh_cookie_name,
                "headers": headers,
                "proxy": proxy,
                "ca_file": None if ca_file is None else os.fspath(ca_file),
                "allow_http": allow_http,
                "sdk_name": sdk_name,
            },
            environment,
        )

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
