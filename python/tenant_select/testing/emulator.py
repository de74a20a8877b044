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
    """A server of the API in a separate process, started and stopped by ``with``.

    It listens on a free port of the loopback interface, keeps its state in memory, and ends when this process ends, also
    after a crash.

    Args:
        project_id: The project id. Default: that of the emulator.
        seed: A JSON file with the initial users and settings.
        cases: A directory of contract cases to serve.
        tls: Whether to serve HTTPS and HTTP/2, with its own certificate authority: ``ca`` and ``ca_file``.
        generate_keys: Whether to sign with fresh keys instead of the built-in ones.
        allow_hosts: Host names or addresses, without scheme and port, that control calls may use besides loopback, such as
            names in a hosts file or a container. Control calls to other hosts and from web pages are refused.
        binary: The binary. Default: :func:`emulator_binary`.

    Raises:
        EmulatorError: On entering, when there is no binary or it does not start; the message includes its output.
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
        """Add a user, or replace the user with the same login id.

        Args:
            login_id: The id with which the user signs in.
            name: Full name.
            email: E-mail address.
            tenants: The tenants of the user: ``{"acme": {"name": "Acme", "roles": ["editor"], "permissions": []}}``.
            roles: Roles at project level.
            permissions: Permissions at project level.
            custom_attributes: Custom attributes; any JSON values.
            user_id: The ``sub`` of the user's tokens. Default: generated.
            given_name: First name.
            middle_name: Middle name.
            family_name: Last name.
            verified_email: Whether the e-mail address is verified. Default: True if ``email`` is given.
            phone: Phone number.
            verified_phone: Whether the phone number is verified.
            picture: Address of a picture.

        Returns:
            The user, as the API returns it.

        Raises:
            EmulatorError: The emulator refused an argument.
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
        """Remove a user. The user's tokens are then refused.

        Args:
            login_id: The id with which the user signs in.

        Raises:
            EmulatorError: There is no such user.
        """
        self.control("DELETE", f"users/{quote(login_id, safe='')}")

    def revoke_membership(self, login_id: str, tenant_id: str) -> None:
        """Remove a user from a tenant. Tokens that were issued before still list the tenant.

        Args:
            login_id: The id with which the user signs in.
            tenant_id: The tenant.

        Raises:
            EmulatorError: There is no such user, or the user is not a member of the tenant.
        """
        self.control("DELETE", f"users/{quote(login_id, safe='')}/tenants/{quote(tenant_id, safe='')}")

    def sign_in(self, login_id: str, tenant: str | None = None, *, step_up: bool = False) -> JWTResponse:
        """Sign a user in, as a flow does, and return the tokens.

        Args:
            login_id: The id with which the user signs in.
            tenant: The active tenant. Default: none, or the only tenant of the user.
            step_up: Whether the user gives a second factor: session tokens then carry ``su`` for
                ``stepUpLifetimeSeconds``.

        Returns:
            The response of a sign-in, always with both tokens. It is not verified.

        Raises:
            EmulatorError: There is no such user, or the user is not a member of the tenant.
        """
        wanted = {"loginId": login_id, "tenant": tenant, "stepUp": step_up}
        return JWTResponse.from_dict(self.control("POST", "sign-in", wanted))

    def token(self, **spec: t.Unpack[TokenSpec]) -> str:
        """Make a token, valid or not. Without arguments it is a valid session token.

        Args:
            **spec: How it differs from that, with the emulator's names: ``profile="refresh"``, ``claims={"dct": "acme"}``,
                ``lifetimeSeconds=-1``, ``sign="other_key"`` and so on.

        Returns:
            The compact token.

        Raises:
            EmulatorError: A member of ``spec`` is unknown or invalid.
        """
        return cast("str", self.control("POST", "tokens", {"tokens": {"token": spec}})["token"]["token"])

    def settings(self, **changes: t.Unpack[EmulatorSettings]) -> EmulatorSettings:
        """Change settings, if any are given, and return all of them.

        Args:
            **changes: Settings with the emulator's names, such as ``refreshRotation=True``.

        Returns:
            All settings after the change.

        Raises:
            EmulatorError: A setting is unknown or its value is invalid.
        """
        response = self.control("PATCH", "settings", changes) if changes else self.control("GET", "settings")
        return cast("EmulatorSettings", response)

    def advance_clock(self, seconds: int) -> None:
        """Move the emulator's clock. Clients still use the machine's clock.

        Args:
            seconds: Seconds to move forward; a negative number moves it back.

        Raises:
            EmulatorError: The time would be before 1970 or after 9797.
        """
        self.control("POST", "clock", {"advanceSeconds": seconds})

    def rotate_keys(self, *, retire: bool = False) -> str:
        """Create a new signing key.

        Args:
            retire: Whether to remove the former keys from the key set.

        Returns:
            The id of the new key.

        Raises:
            EmulatorError: The emulator is not running.
        """
        return cast("str", self.control("POST", "keys/rotate", {"retire": retire})["kid"])

    def fault(self, path: str, kind: FaultKind, *, times: int | None = 1, **details: t.Unpack[FaultDetails]) -> None:
        """Add a fault to requests.

        Args:
            path: The path of the requests; a path that ends in ``*`` is a prefix.
            kind: The kind of fault: ``status``, ``delay``, ``reset``, ``close``, ``truncate``, ``garbage``, ``stall`` and
                others, see the emulator's documentation.
            times: The number of requests it applies to; None for all.
            **details: The members of the kind, with the emulator's names: ``status=503``, ``delayMs=200``; and the share
                of the requests it applies to: ``probability=0.02, seed=7``.

        Raises:
            EmulatorError: The kind or a detail is unknown or invalid.
        """
        self.control("POST", "faults", {"path": path, "kind": kind, "times": times, **details})

    def clear_faults(self) -> None:
        """Remove all faults."""
        self.control("DELETE", "faults")

    def requests(self) -> list[JournalEntry]:
        """Read the journal: received requests and disconnects, without tokens.

        Returns:
            The last 10,000 entries, oldest first.
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
        """Wait until the journal contains an event.

        Args:
            event: ``request`` (a request arrived), ``response`` (it has a response) or ``disconnect`` (a client closed its
                connection).
            path: Only requests to this path count.
            count: The number of events to wait for.
            after: Only entries after the one with this ``sequence`` count.
            timeout: Seconds to wait, 60 at most.

        Returns:
            The journal.

        Raises:
            EmulatorError: The time passed before the event.
        """
        query = {"waitFor": event, "path": path, "count": count, "after": after, "timeoutMs": round(timeout * 1000)}
        query = {name: value for name, value in query.items() if value is not None}
        return cast("list[JournalEntry]", self.control("GET", f"requests?{urlencode(query)}"))

    def counters(self) -> Counters:
        """Return the numbers of events, including those that the journal no longer lists.

        Returns:
            The counts since the start or the last reset.
        """
        return cast("Counters", self.control("GET", "counters"))

    def clear_requests(self) -> None:
        """Empty the journal."""
        self.control("DELETE", "requests")

    def reset(self) -> None:
        """Restore the initial state: users, sessions, settings, clock, keys and faults."""
        self.control("POST", "reset")
