"""The emulator and its control calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast
from urllib.parse import quote, urlencode

from tenant_select import JWTResponse

from .binary import EmulatorError, emulator_binary
from .server import Server

__all__ = ["Emulator", "EmulatorError", "emulator_binary"]


class Emulator(Server):
    """A server of the API in a process of its own, from ``with`` to its end.

    It listens on a free port of the loopback interface, keeps everything in memory, and goes away with this process,
    however this process ends.

    Args:
        project_id: The project to emulate. Default: the emulator's own.
        seed: A JSON file of users and settings to begin with.
        cases: A directory of contract cases to serve.
        tls: Whether to serve HTTPS and HTTP/2, under an authority of its own: ``ca`` and ``ca_file``.
        generate_keys: Whether to sign with fresh keys instead of the built-in ones.
        allow_hosts: Hosts, without scheme and port, by which control calls may address it besides loopback: names for
            loopback in a hosts file or a container. Control calls for other hosts and from web pages are refused.
        binary: The binary. Default: :func:`emulator_binary`.

    Raises:
        EmulatorError: On entering: there is no binary, or it does not start; the message has what it said.
    """

    def add_user(
        self,
        login_id: str,
        *,
        name: str | None = None,
        email: str | None = None,
        tenants: Mapping[str, Mapping[str, Any]] | None = None,
        roles: Iterable[str] = (),
        permissions: Iterable[str] = (),
        custom_attributes: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Add a user, or replace the one who signs in with the same id.

        Args:
            login_id: What the user signs in with.
            name: Full name.
            email: E-mail address.
            tenants: The tenants of the user: ``{"acme": {"name": "Acme", "roles": ["editor"], "permissions": []}}``.
            roles: Roles at project level.
            permissions: Permissions at project level.
            custom_attributes: Attributes of the user's own.
            **more: Whatever else the emulator takes, under its own names.

        Returns:
            The user, as the API shows it.

        Raises:
            EmulatorError: The emulator refused it.
        """
        user = {
            "loginId": login_id,
            "tenants": dict(tenants or {}),
            "roles": list(roles),
            "permissions": list(permissions),
            **({} if name is None else {"name": name}),
            **({} if email is None else {"email": email}),
            **({} if custom_attributes is None else {"customAttributes": dict(custom_attributes)}),
            **more,
        }
        return cast("dict[str, Any]", self.control("POST", "users", user))

    def remove_user(self, login_id: str) -> None:
        """Remove a user, whose tokens stop counting.

        Args:
            login_id: What the user signs in with.

        Raises:
            EmulatorError: There is no such user.
        """
        self.control("DELETE", f"users/{quote(login_id, safe='')}")

    def revoke_membership(self, login_id: str, tenant_id: str) -> None:
        """Take a user out of a tenant. Tokens that were issued before say nothing of it.

        Args:
            login_id: What the user signs in with.
            tenant_id: The tenant.

        Raises:
            EmulatorError: There is no such user, or the user is not a member of the tenant.
        """
        self.control("DELETE", f"users/{quote(login_id, safe='')}/tenants/{quote(tenant_id, safe='')}")

    def sign_in(self, login_id: str, tenant: str | None = None) -> JWTResponse:
        """Sign a user in, as if through a flow, and give the tokens.

        Args:
            login_id: What the user signs in with.
            tenant: The tenant to begin in. Default: none, or the only one.

        Returns:
            The response of a sign-in, always with both tokens in it. Nothing in it was verified.

        Raises:
            EmulatorError: There is no such user, or the user is not a member of the tenant.
        """
        return JWTResponse.from_dict(self.control("POST", "sign-in", {"loginId": login_id, "tenant": tenant}))

    def token(self, **spec: Any) -> str:
        """Forge a token to order: valid unless told otherwise.

        Args:
            **spec: What it should be, under the emulator's names: ``profile="refresh"``, ``claims={"dct": "acme"}``,
                ``lifetimeSeconds=-1``, ``sign="other_key"`` and so on.

        Returns:
            The compact token.

        Raises:
            EmulatorError: There is no such thing to order.
        """
        return cast("str", self.control("POST", "tokens", {"tokens": {"token": spec}})["token"]["token"])

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Change settings, if any are given, and read them all.

        Args:
            **changes: Settings under the emulator's names, such as ``refreshRotation=True``.

        Returns:
            All settings as they now are.

        Raises:
            EmulatorError: There is no such setting, or no such value of it.
        """
        response = self.control("PATCH", "settings", changes) if changes else self.control("GET", "settings")
        return cast("dict[str, Any]", response)

    def advance_clock(self, seconds: int) -> None:
        """Move the emulator's clock. Clients keep their own.

        Args:
            seconds: How far forward; back with a negative number.

        Raises:
            EmulatorError: That would be before 1970 or after 9797.
        """
        self.control("POST", "clock", {"advanceSeconds": seconds})

    def rotate_keys(self, *, retire: bool = False) -> str:
        """Let a new key sign.

        Args:
            retire: Whether the former keys leave the key set.

        Returns:
            The id of the new key.

        Raises:
            EmulatorError: The emulator is not running.
        """
        return cast("str", self.control("POST", "keys/rotate", {"retire": retire})["kid"])

    def fault(self, path: str, kind: str, *, times: int | None = 1, **details: Any) -> None:
        """Let requests fail.

        Args:
            path: The path that is hit; one that ends in ``*`` means every path that starts so.
            kind: What happens: ``status``, ``delay``, ``reset``, ``close``, ``truncate``, ``garbage``, ``stall`` and
                others of the emulator's.
            times: How many requests are hit; None for every one.
            **details: What the kind needs, under the emulator's names: ``status=503``, ``delayMs=200``.

        Raises:
            EmulatorError: There is no such fault.
        """
        self.control("POST", "faults", {"path": path, "kind": kind, "times": times, **details})

    def clear_faults(self) -> None:
        """Forget the faults that still wait."""
        self.control("DELETE", "faults")

    def requests(self) -> list[dict[str, Any]]:
        """Read the journal: requests that arrived and disconnects, without any token.

        Returns:
            The entries, oldest first, the last 10,000.
        """
        return cast("list[dict[str, Any]]", self.control("GET", "requests"))

    def wait_for(
        self,
        event: Literal["request", "answer", "disconnect"],
        *,
        path: str | None = None,
        count: int = 1,
        after: int = 0,
        timeout: float = 5,
    ) -> list[dict[str, Any]]:
        """Wait for something to be in the journal.

        Args:
            event: A request that arrived, one that was responded to, or a client that left.
            path: Only requests to this path count.
            count: How many there must be.
            after: Only entries after the one with this ``sequence`` count.
            timeout: Seconds to wait, 60 at most.

        Returns:
            The journal.

        Raises:
            EmulatorError: It did not happen in time.
        """
        query = {"waitFor": event, "path": path, "count": count, "after": after, "timeoutMs": round(timeout * 1000)}
        query = {name: value for name, value in query.items() if value is not None}
        return cast("list[dict[str, Any]]", self.control("GET", f"requests?{urlencode(query)}"))

    def clear_requests(self) -> None:
        """Forget the journal."""
        self.control("DELETE", "requests")

    def reset(self) -> None:
        """Go back to how it started: users, sessions, settings, clock, keys and faults."""
        self.control("POST", "reset")
