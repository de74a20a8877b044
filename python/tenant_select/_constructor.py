"""The constructor of both clients. Generated from the core's table of options by ``generate.py``: do not edit."""

from __future__ import annotations

import os

from . import _types as t
from ._native import redact


class Constructor:
    """The base of both clients: one argument for each option of the core."""

    __slots__ = ()

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
        rotation: bool | None = None,
        rotation_grace: int | None = None,
        shared_state: str | None = None,
        shared_state_key: str | None = None,
        leeway: int | None = None,
        audience: str | None = None,
        verify: bool | None = None,
        max_token_bytes: int | None = None,
        session_cache: int | None = None,
        session_cookie_name: str | None = None,
        refresh_cookie_name: str | None = None,
        headers: t.Mapping[str, str] | None = None,
        proxy: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        allow_http: bool | None = None,
        sdk_name: str | None = None,
        environment: t.Mapping[str, str] | None = None,
        on_retry: t.Callable[[t.RetryEvent], object] | None = None,
        on_switch: t.Callable[[t.SwitchEvent], object] | None = None,
    ) -> None:
        """Check the options. Nothing is sent.

        Every option that is None falls back to its environment variable, which all but ``allow_http`` have, and then to
        its default. Nothing else of the process's environment is read.

        Args:
            project_id: The project, such as ``P2abcdefghijklmnopqrstuvwxyz``. Required. Variable:
                ``DESCOPE_PROJECT_ID``.
            base_url: Where the API is; a path prefix is kept. Default: the region that the project id names, else
                ``https://api.descope.com``. Variables: ``DESCOPE_BASE_URI`` or ``DESCOPE_BASE_URL``.
            auth_management_key: The key that a project without public access to its authentication methods
                requires, appended to every bearer. Default: none. Variable: ``DESCOPE_AUTH_MANAGEMENT_KEY``.
            public_key: A JWK or a JWK set, as JSON, to verify with instead of fetching keys: works offline.
                Default: keys are fetched. Variable: ``DESCOPE_PUBLIC_KEY``.
            timeout: One deadline over everything a call does: DNS, connect, TLS, all attempts and bodies. In
                seconds: above 0, 3,600 at most; default 10. A call can have its own. Variable:
                ``TENANT_SELECT_TIMEOUT``.
            connect_timeout: How long one attempt may take to connect, TLS included. In seconds: above 0, 3,600 at
                most; default 3. Variable: ``TENANT_SELECT_CONNECT_TIMEOUT``.
            retries: How often a call may be sent again after its first attempt. 0 to 10; default 2. A call can have
                its own. Variable: ``TENANT_SELECT_RETRIES``.
            retry_unknown: Whether an exchange whose outcome is unknown may be sent again: for projects that do not
                rotate refresh tokens. Default False. A call can have its own. Variable:
                ``TENANT_SELECT_RETRY_UNKNOWN``.
            rotation: Whether the project may rotate refresh tokens. With false, no successor of a refresh token is
                remembered, and calls present the tokens that they are given. Default True. Variable:
                ``TENANT_SELECT_ROTATION``.
            rotation_grace: How long a call that presents a refresh token which was just replaced gets the response
                or the token that replaced it. 0 switches this off; exchanges of one token still run in order. In whole
                seconds: 0 to 60; default 10. Variable: ``TENANT_SELECT_ROTATION_GRACE``.
            shared_state: A Redis through which the processes and hosts of a service share the order of exchanges
                and what replaced a refresh token: ``redis://`` or, with TLS, ``rediss://``. No token can be read there.
                When it is out of reach, calls go on without it. Default: none, and each process knows of its own
                exchanges alone. Variable: ``TENANT_SELECT_SHARED_STATE``.
            shared_state_key: A secret of the service, 16 characters or more, that goes into the keys of
                ``shared_state``. All processes need the same one. Default: none. Variable:
                ``TENANT_SELECT_SHARED_STATE_KEY``.
            leeway: How far clocks may disagree when ``exp`` and ``nbf`` are checked. In whole seconds: 0 to 300;
                default 5. Variable: ``TENANT_SELECT_LEEWAY``.
            audience: The audience that ``validate_session`` requires when the call names none. Default: none, and
                ``aud`` is absent or contains the project. Variable: ``TENANT_SELECT_AUDIENCE``.
            verify: Whether the tokens that an exchange returns are verified, and are for the user and the tenant of
                the call. Default True. Variable: ``TENANT_SELECT_VERIFY``.
            max_token_bytes: The longest session token that ``validate_session`` looks at, in bytes. Raise it for
                users with hundreds of tenants. 1,024 to 65,536; default 16,384. Variable:
                ``TENANT_SELECT_MAX_TOKEN_BYTES``.
            session_cache: How many verified session tokens are kept at most, so that ``validate_session`` does not
                check their signatures again. Expiry, audience and keys are checked each time. A token takes about ten
                times its length in memory; 0 keeps none. 0 to 100,000; default 0. Variable:
                ``TENANT_SELECT_SESSION_CACHE``.
            session_cookie_name: The project's name for the session cookie. Default: ``DS``. Variable:
                ``TENANT_SELECT_SESSION_COOKIE_NAME``.
            refresh_cookie_name: The project's name for the refresh cookie, another than that of the session cookie.
                Default: ``DSR``. Variable: ``TENANT_SELECT_REFRESH_COOKIE_NAME``.
            headers: Headers to send with every request; the client's own, such as ``Authorization``, ``Host`` and
                ``Cookie``, are refused. Default: none. Variable: ``TENANT_SELECT_HEADERS`` (a JSON object).
            proxy: A proxy for every request: ``http://``, ``https://``, ``socks5h://``, ``socks5://``,
                ``socks4a://`` or ``socks4://``. Default: the usual variables (``HTTPS_PROXY``, ``HTTP_PROXY``,
                ``ALL_PROXY``, ``NO_PROXY``), which never apply to loopback. Variable: ``TENANT_SELECT_PROXY``.
            ca_file: A PEM file of certificates to trust besides the platform's, read and checked when the client is
                made. ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` replace the platform's certificates, as in OpenSSL; on
                Windows and macOS they add to them. Default: ``REQUESTS_CA_BUNDLE`` (a file or a directory) and
                ``NODE_EXTRA_CA_CERTS``, where they are set. Variable: ``TENANT_SELECT_CA_FILE``.
            allow_http: Whether ``http://`` to a host that is not loopback (``localhost``, ``127.0.0.0/8``,
                ``[::1]``, no name below ``localhost``) is allowed. Tokens are then sent unencrypted. Default False. Has
                no variable.
            sdk_name: What the client calls itself in ``x-descope-sdk-name``. Default: ``tenant-select-`` with the
                name of the language. Variable: ``TENANT_SELECT_SDK_NAME``.
            environment: Where the variables are read, once and here. Default :data:`os.environ`; ``{}`` reads none.
            on_retry: Called with a :class:`RetryEvent` before each wait for another attempt, for logs and metrics: in the
                thread or task that waits for the call, which it must not block. What it raises is logged, and what it
                returns is ignored. Where identical exchanges are one request, the call that began it has the retries. A
                fetch of the keys has none.
            on_switch: Called with a :class:`SwitchEvent` for each switch of a tenant when it has ended, for audit logs: in the
                thread, task or greenlet that waits for it, which it must not block. What it raises is logged, and what it
                returns is ignored. A switch whose caller has left is reported in the event loop that the client was used in
                last, or in a thread of its own.

        Raises:
            TypeError: There is no such option, or its value is not of its type; ``on_retry`` or ``on_switch`` is
                not callable.
            InvalidInputError: An option is missing or refused; ``argument`` names it.
            RuntimeError: A :class:`Client` is made where eventlet has patched the standard library.
        """
        auth_management_key, shared_state, shared_state_key, headers, proxy = (
            redact(auth_management_key),
            redact(shared_state),
            redact(shared_state_key),
            redact(headers),
            redact(proxy),
        )
        try:
            environment = redact(dict(os.environ if environment is None else environment))
        except BaseException:
            # Reading it is the caller's code: where that fails, this frame is part of the traceback.
            environment = redact(environment)
            raise
        self._make(
            {
                "project_id": project_id,
                "base_url": base_url,
                "auth_management_key": auth_management_key,
                "public_key": public_key,
                "timeout": timeout,
                "connect_timeout": connect_timeout,
                "retries": retries,
                "retry_unknown": retry_unknown,
                "rotation": rotation,
                "rotation_grace": rotation_grace,
                "shared_state": shared_state,
                "shared_state_key": shared_state_key,
                "leeway": leeway,
                "audience": audience,
                "verify": verify,
                "max_token_bytes": max_token_bytes,
                "session_cache": session_cache,
                "session_cookie_name": session_cookie_name,
                "refresh_cookie_name": refresh_cookie_name,
                "headers": headers,
                "proxy": proxy,
                "ca_file": None if ca_file is None else os.fspath(ca_file),
                "allow_http": allow_http,
                "sdk_name": sdk_name,
            },
            environment,
            on_retry,
            on_switch,
        )

    def _make(
        self,
        options: dict[str, t.Any],
        environment: t.Mapping[str, str],
        on_retry: t.Callable[[t.RetryEvent], object] | None,
        on_switch: t.Callable[[t.SwitchEvent], object] | None,
    ) -> None:
        """Make the client, of options by their names."""
        raise NotImplementedError
