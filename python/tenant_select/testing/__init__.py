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

from .emulator import Emulator, EmulatorError, emulator_binary

__all__ = ["Emulator", "EmulatorError", "emulator_binary"]
