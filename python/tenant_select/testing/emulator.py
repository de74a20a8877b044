"""The emulator and its control calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast
from urllib.parse import quote, urlencode

from tenant_select import JWTResponse
from tenant_select import _types as t

from .binary import EmulatorError, emulator_binary
from .server import Server
from .types import Counters, EmulatorMembership, EmulatorSettings, FaultDetails, FaultKind, JournalEntry, TokenSpec

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
        tenants: Mapping[str, EmulatorMembership] | None = None,
        roles: Iterable[str] = (),
        permissions: Iterable[str] = (),
        custom_attributes: Mapping[str, Any] | None = None,
        user_id: str | None = None,
        given_name: str | None = None,
        middle_name: str | None = None,
        family_name: str | None = None,
        verified_email: bool | None = None,
        phone: str | None = None,
        verified_phone: bool | None = None,
        picture: str | None = None,
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
            user_id: The ``sub`` of the user's tokens. Default: made up.
            given_name: First name.
            middle_name: Middle name.
            family_name: Last name.
            verified_email: Whether the e-mail address is verified. Default: whether there is one.
            phone: Phone number.
            verified_phone: Whether the phone number is verified.
            picture: Address of a picture.

        Returns:
            The user, as the API shows it.

        Raises:
            EmulatorError: The emulator refused it.
        """
        user: dict[str, Any] = {
            "loginId": login_id,
            "tenants": dict(tenants or {}),
            "roles": list(roles),
            "permissions": list(permissions),
        }
        optional = {
            "name": name,
            "email": email,
            "customAttributes": None if custom_attributes is None else dict(custom_attributes),
            "userId": user_id,
            "givenName": given_name,
            "middleName": middle_name,
            "familyName": family_name,
            "verifiedEmail": verified_email,
            "phone": phone,
            "verifiedPhone": verified_phone,
            "picture": picture,
        }
        user.update({field: value for field, value in optional.items() if value is not None})
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

    def sign_in(self, login_id: str, tenant: str | None = None, *, step_up: bool = False) -> JWTResponse:
        """Sign a user in, as if through a flow, and give the tokens.

        Args:
            login_id: What the user signs in with.
            tenant: The tenant to begin in. Default: none, or the only one.
            step_up: Whether the user gives a second factor: session tokens then carry ``su`` for
                ``stepUpLifetimeSeconds``.

        Returns:
            The response of a sign-in, always with both tokens in it. Nothing in it was verified.

        Raises:
            EmulatorError: There is no such user, or the user is not a member of the tenant.
        """
        wanted = {"loginId": login_id, "tenant": tenant, "stepUp": step_up}
        return JWTResponse.from_dict(self.control("POST", "sign-in", wanted))

    def token(self, **spec: t.Unpack[TokenSpec]) -> str:
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

    def settings(self, **changes: t.Unpack[EmulatorSettings]) -> EmulatorSettings:
        """Change settings, if any are given, and read them all.

        Args:
            **changes: Settings under the emulator's names, such as ``refreshRotation=True``.

        Returns:
            All settings as they now are.

        Raises:
            EmulatorError: There is no such setting, or no such value of it.
        """
        response = self.control("PATCH", "settings", changes) if changes else self.control("GET", "settings")
        return cast("EmulatorSettings", response)

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

    def fault(self, path: str, kind: FaultKind, *, times: int | None = 1, **details: t.Unpack[FaultDetails]) -> None:
        """Let requests fail.

        Args:
            path: The path that is hit; one that ends in ``*`` means every path that starts so.
            kind: What happens: ``status``, ``delay``, ``reset``, ``close``, ``truncate``, ``garbage``, ``stall`` and
                others of the emulator's.
            times: How many requests are hit; None for every one.
            **details: What the kind needs, under the emulator's names: ``status=503``, ``delayMs=200``; and which share of
                the requests is hit: ``probability=0.02, seed=7``.

        Raises:
            EmulatorError: There is no such fault.
        """
        self.control("POST", "faults", {"path": path, "kind": kind, "times": times, **details})

    def clear_faults(self) -> None:
        """Forget the faults that still wait."""
        self.control("DELETE", "faults")

    def requests(self) -> list[JournalEntry]:
        """Read the journal: requests that arrived and disconnects, without any token.

        Returns:
            The entries, oldest first, the last 10,000.
        """
        return cast("list[JournalEntry]", self.control("GET", "requests"))

    def wait_for(
        self,
        event: Literal["request", "response", "disconnect"],
        *,
        path: str | None = None,
        count: int = 1,
        after: int = 0,
        timeout: float = 5,
    ) -> list[JournalEntry]:
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
        return cast("list[JournalEntry]", self.control("GET", f"requests?{urlencode(query)}"))

    def counters(self) -> Counters:
        """Read how often what happened, also when the journal has forgotten it.

        Returns:
            The counts since the start or the last reset.
        """
        return cast("Counters", self.control("GET", "counters"))

    def clear_requests(self) -> None:
        """Forget the journal."""
        self.control("DELETE", "requests")

    def reset(self) -> None:
        """Go back to how it started: users, sessions, settings, clock, keys and faults."""
        self.control("POST", "reset")
