"""The types of the emulator's arguments and results, with the emulator's names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict

__all__ = [
    "AuthorizationEntry",
    "Counters",
    "DisconnectEntry",
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
    "TenantSettings",
    "TokenSpec",
]


class EmulatorMembership(TypedDict, total=False):
    """The membership of a user in one tenant."""

    name: str
    roles: Sequence[str]
    permissions: Sequence[str]
    customAttributes: Mapping[str, Any]


FaultKind: TypeAlias = Literal[
    "status",
    "delay",
    "reset",
    "close",
    "truncate",
    "garbage",
    "stall",
    "slow",
    "close_idle",
    "close_on_next",
    "goaway",
    "goaway_graceful",
    "refused_stream",
]
"""The kind of a fault."""


class FaultDetails(TypedDict, total=False):
    """The details of a fault.

    ``method``, ``skip``, ``probability`` and ``seed`` select the requests; ``status``, ``headers``, ``body`` and ``base64``
    set the response; ``delayMs``, ``chunkBytes`` and ``intervalMs`` set its speed; ``afterBytes`` how much of the body is
    sent; ``apply`` whether the call is carried out although it gets no response; ``reset`` whether the connection is reset
    instead of closed.
    """

    method: str
    skip: int
    probability: float
    seed: int
    status: int
    headers: Mapping[str, str | Sequence[str]]
    body: Any
    base64: str
    delayMs: int
    afterBytes: int
    chunked: bool
    chunkBytes: int
    intervalMs: int
    apply: bool
    reset: bool


class TokenSpec(TypedDict, total=False):
    """A custom token: a valid session token except for the members that are given.

    ``profile``, ``claims`` and ``header`` set its content, ``alg``, ``key``, ``kid`` and ``sign`` how it is signed,
    ``issuedSecondsAgo`` and ``lifetimeSeconds`` when it is valid. The others alter the token.
    """

    profile: Literal["session", "refresh", "empty"]
    claims: Mapping[str, Any]
    header: Mapping[str, Any]
    alg: str
    key: str
    kid: str
    issuedSecondsAgo: int
    lifetimeSeconds: int
    sign: Literal["own", "other_key", "none", "hmac_public_key", "hmac_jwk", "random", "zeros", "asn1"]
    tamper: Mapping[str, Any]
    mutate: str | Sequence[str]
    size: int
    nesting: int
    embedJwk: bool
    rawClaims: Mapping[str, str]
    rawHeader: Mapping[str, str]
    duplicateClaims: Mapping[str, Any]
    duplicateHeader: Mapping[str, Any]
    claimsText: str
    headerText: str
    text: str


class _RateLimitWindow(TypedDict):
    limit: int
    windowSeconds: int


class RateLimit(_RateLimitWindow, total=False):
    """A fixed window over all clients."""

    retryAfter: Literal["seconds", "date", "none"]
    pathPrefix: str


class Refusal(TypedDict, total=False):
    """Status and code of a refusal."""

    status: int
    errorCode: str


class TenantSettings(TypedDict, total=False):
    """What a tenant sets for sessions in it; None means the project's."""

    sessionLifetimeSeconds: int | None
    refreshLifetimeSeconds: int | None
    inactivitySeconds: int | None
    stepUpLifetimeSeconds: int | None
    enforceSSO: bool


class EmulatorSettings(TypedDict, total=False):
    """How the emulated project behaves."""

    tokenDelivery: Literal["body", "cookies", "refresh_cookie", "session_cookie"]
    sessionCookieName: str
    refreshCookieName: str
    cookieDomain: str
    cookiePath: str
    sessionCookieDomain: str
    sessionCookiePath: str
    cookieSameSite: Literal["Strict", "Lax", "None"]
    sessionCookieSameSite: Literal["Strict", "Lax", "None"] | None
    cookieMaxAgeSeconds: int | None
    sessionCookieMaxAgeSeconds: int | None
    sessionLifetimeSeconds: int
    refreshLifetimeSeconds: int
    inactivitySeconds: int | None
    selectCountsAsActivity: bool
    stepUpLifetimeSeconds: int
    refreshKeepsStepUp: bool
    selectKeepsStepUp: bool
    tenantSettings: Mapping[str, TenantSettings]
    refreshRotation: bool
    reuseDetection: bool
    rotationGraceSeconds: int
    selectSupersedes: bool
    refreshReturnsToken: bool
    jwtTemplate: Literal["default", "current_tenant", "none"]
    emptyClaimPolicy: Literal["delete", "nil", "none"]
    excludePermissionClaim: bool
    overrideSubjectClaim: str | None
    automaticDct: bool
    includeJti: bool
    issuer: str
    enforceIssuer: bool
    audience: str | Sequence[str] | None
    customClaims: Mapping[str, Any]
    omitCustomClaimsFromDSR: bool
    signingAlgorithm: Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
    publishedAlgorithms: Sequence[str]
    keysCacheControl: str | None
    responseClaims: Literal["empty", "session"]
    nextRefreshSeconds: int | None
    emptyTenant: Literal["refuse", "clear"]
    tokenPrecedence: Literal["bearer", "cookie"]
    historyOrder: Literal["newest_first", "oldest_first"]
    authManagementKey: str | None
    rateLimit: RateLimit | None
    delayMs: int
    delayJitterMs: int
    errors: Mapping[str, Refusal]


class AuthorizationEntry(TypedDict):
    """A bearer in the journal: the number of its parts, and a fingerprint."""

    parts: int
    fingerprint: str


class IssuedEntry(TypedDict):
    """What a selection or a refresh issued: the tenant of the tokens, and the new refresh token if there is one."""

    tenant: str | None
    number: int | None
    fingerprint: str | None


class RefreshTokenEntry(TypedDict):
    """The refresh token that a call presented, and what became of it.

    ``signIn`` and ``number`` count from 1: sign-ins since the last reset, and the refresh tokens of one sign-in. ``revoked``
    is true when the sign-in ended because this superseded token was used again.
    """

    fingerprint: str
    signIn: int | None
    number: int | None
    status: Literal["current", "grace", "superseded", "logged_out", "inactive", "unknown"]
    revoked: bool
    issued: IssuedEntry | None


class Counters(TypedDict):
    """The numbers of events since the start or the last reset.

    ``revocations`` are sign-ins that ended because a superseded refresh token was used again.
    """

    signIns: int
    refreshes: int
    selections: int
    graceUses: int
    reuses: int
    revocations: int
    logouts: int
    faults: int


class RequestEntry(TypedDict):
    """A received request."""

    event: Literal["request"]
    sequence: int
    time: str
    connection: int
    protocol: str
    method: str
    path: str
    query: dict[str, Any]
    headers: dict[str, Any]
    authorization: AuthorizationEntry | None
    bodyKeys: list[str] | None
    refreshToken: RefreshTokenEntry | None
    status: int | None
    fault: str | None


class DisconnectEntry(TypedDict):
    """A client that closed its connection."""

    event: Literal["disconnect"]
    sequence: int
    time: str
    connection: int
    duringRequest: bool


JournalEntry: TypeAlias = RequestEntry | DisconnectEntry
"""An entry of the emulator's journal; ``event`` is its kind. It contains no token."""
