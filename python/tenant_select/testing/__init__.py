"""A local server of the API for your own tests: real HTTP, signed tokens, users, tenants, and faults on demand.

The binary is ``tenant-select-emulator``; ``pip install tenant-select[testing]`` brings it along.

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
    from .emulator import Emulator, EmulatorError, emulator_binary

__all__ = ["Emulator", "EmulatorError", "emulator_binary"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from . import emulator  # noqa: PLC0415 - loads what speaks HTTP, and pytest loads this package wherever it is installed

        value: object = getattr(emulator, name)
        return value
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
