"""A local server of the API for your own tests: real HTTP, signed tokens, users, tenants, and faults on demand.

For a unit test that needs no server, :func:`session` makes a session without a token.

The binary is ``tenant-select-emulator``; ``pip install tenant-select[testing]`` installs it.

Example:
    >>> from tenant_select.testing import Emulator
    >>> with Emulator() as emulator:
    ...     _ = emulator.add_user("ada@example.com", tenants={"acme": {"roles": ["editor"]}, "globex": {}})
    ...     signed_in = emulator.sign_in("ada@example.com")
    ...     with emulator.client() as client:
    ...         switched = client.select_tenant("acme", signed_in.refresh_jwt)
    >>> switched.session.active_tenant.roles
    ['editor']
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .client_options import ClientOptions
    from .emulator import Emulator, EmulatorError, emulator_binary
    from .fixture_types import Clock, TokenFactory
    from .types import (
        AuthorizationEntry,
        Counters,
        DisconnectEntry,
        EmulatorMembership,
        EmulatorSettings,
        FaultDetails,
        FaultKind,
        IssuedEntry,
        JournalEntry,
        RateLimit,
        RefreshTokenEntry,
        Refusal,
        RequestEntry,
        TenantSettings,
        TokenSpec,
    )
    from .unverified_session import SessionGrant, session

__all__ = [
    "AuthorizationEntry",
    "ClientOptions",
    "Clock",
    "Counters",
    "DisconnectEntry",
    "Emulator",
    "EmulatorError",
    "EmulatorMembership",
    "EmulatorSettings",
    "FaultDetails",
    "FaultKind",
    "IssuedEntry",
    "JournalEntry",
    "RateLimit",
    "RefreshTokenEntry",
    "Refusal",
    "RequestEntry",
    "SessionGrant",
    "TenantSettings",
    "TokenFactory",
    "TokenSpec",
    "emulator_binary",
    "session",
]


_MODULES = {
    "ClientOptions": "client_options",
    "Emulator": "emulator",
    "EmulatorError": "emulator",
    "emulator_binary": "emulator",
    "Clock": "fixture_types",
    "TokenFactory": "fixture_types",
    "SessionGrant": "unverified_session",
    "session": "unverified_session",
}
"""The module of each name; all others are in ``types``."""


def __getattr__(name: str) -> object:
    if name in __all__:
        # Loaded on first use: pytest loads this package whenever it is installed, and `emulator` loads an HTTP library.
        from importlib import import_module  # noqa: PLC0415

        value: object = getattr(import_module(f".{_MODULES.get(name, 'types')}", __name__), name)
        return value
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
