"""The secrets that the scan looks for: made anew for each situation."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from conftest import OTHER_USER, REDIS_PASSWORD, USER, USER_ID

if TYPE_CHECKING:
    from tenant_select.testing import Emulator


class Seeds:
    """Tokens of one user that work, and other secrets that a client is given."""

    def __init__(self, emulator: Emulator) -> None:
        self.refresh = emulator.sign_in(USER, "acme").refresh_jwt or ""
        self.session = emulator.sign_in(USER, "acme").session_jwt or ""
        self.other = emulator.sign_in(OTHER_USER, "acme").session_jwt or ""
        self.expired = emulator.token(
            claims={"sub": USER_ID, "dct": "acme"}, issuedSecondsAgo=7200, lifetimeSeconds=3600
        )
        self.external, self.device, self.key, self.proxy, self.shared, self.wrong = (
            f"{name}-{secrets.token_urlsafe(32)}" for name in ("external", "device", "key", "proxy", "shared", "wrong")
        )
        self.redis = REDIS_PASSWORD

    def all(self) -> set[str]:
        return set(vars(self).values())

    def given(self) -> dict[str, str]:
        """Those that the programs pass to the operations."""
        return {name: getattr(self, name) for name in ("refresh", "session", "expired", "external", "device")}

    def repeated(self) -> dict[str, Any]:
        """The body of a refusal that repeats what it was sent."""
        text = f"no: {self.refresh} {self.external} {self.device} {self.key} {self.refresh[60:100]}"
        return {"errorCode": "E011003", "errorDescription": text, "errorMessage": text, "message": self.session}
