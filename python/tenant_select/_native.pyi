"""The native module. Private: import what it has from ``tenant_select``. Made by ``generate.py``: do not edit."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar, final

from typing_extensions import Never, Self

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)
_PerCall: TypeAlias = tuple[float | None, int | None, bool | None]

ERROR_ATTRIBUTES: Final[list[str]]
ERROR_CODES: Final[list[str]]
OUTCOMES: Final[list[str]]
__version__: Final[str]

def redact(value: _T) -> _T: ...
def redact_arguments(function: _T, names: tuple[str, ...]) -> _T: ...

@final
class Redacted: ...

@final
class NativeError:
    @property
    def data(self) -> dict[str, Any]: ...
    @property
    def response(self) -> JWTResponse | None: ...

@final
class Call(Generic[_T_co]):
    @property
    def operation(self) -> str: ...
    def now(self) -> _T_co | NativeError | None: ...
    def wait(self) -> _T_co | NativeError: ...
    def start(self, event_loop: Any, wake: Callable[[_T], None], future: _T) -> None: ...
    def result(self) -> _T_co | NativeError: ...
    @property
    def http(self) -> ResponseMetadata | None: ...
    def abort(self) -> None: ...

@final
class Client:
    def __new__(cls, options: dict[str, Any], environment: Mapping[str, str]) -> Client: ...
    def select_tenant(self, tenant_id: str, refresh_jwt: str, options: _PerCall) -> Call[JWTResponse]: ...
    def refresh_session(
        self, refresh_jwt: str, external_token: str | None, expect_tenant: str | None, options: _PerCall
    ) -> Call[JWTResponse]: ...
    def my_tenants(
        self, refresh_jwt: str, ids: Iterable[str] | None, active_only: bool, options: _PerCall
    ) -> Call[list[Tenant]]: ...
    def history(self, refresh_jwt: str, options: _PerCall) -> Call[list[HistoryEntry]]: ...
    def me(self, refresh_jwt: str, options: _PerCall) -> Call[User]: ...
    def logout(self, refresh_jwt: str, options: _PerCall) -> Call[JWTResponse]: ...
    def logout_all(self, refresh_jwt: str, options: _PerCall) -> Call[JWTResponse]: ...
    def validate_session(self, session_jwt: str, audience: str | None, options: _PerCall) -> Call[Session]: ...
    def validate_and_refresh(
        self, session_jwt: str | None, refresh_jwt: str, options: _PerCall
    ) -> Call[ValidationResult]: ...
    def tokens_from_request(self, cookie_header: str | None, authorization: str | None) -> RequestTokens: ...
    def close(self) -> None: ...
    @property
    def project_id(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def closed(self) -> bool: ...

__all__ = [
    "Call",
    "Client",
    "ERROR_ATTRIBUTES",
    "ERROR_CODES",
    "HistoryEntry",
    "IDPResponse",
    "JWTResponse",
    "NativeError",
    "OUTCOMES",
    "Redacted",
    "RequestTokens",
    "ResponseMetadata",
    "Session",
    "Tenant",
    "TenantGrant",
    "User",
    "UserTenant",
    "ValidationResult",
    "__version__",
    "redact",
    "redact_arguments",
]

@final
class JWTResponse:
    """The response to `select_tenant` and `refresh_session`, and (emptied) to `logout` and `logout_all`.

    Printing shows no token; the attributes and `to_dict()` give the real ones. Every list and dict is a new one, so
    changing it changes nothing here.
    """

    __match_args__ = (
        "session_jwt",
        "refresh_jwt",
    )
    def __new__(cls, _: Never, /) -> Self: ...
    @property
    def session_jwt(self) -> str | None:
        """`sessionJwt`: the new session token; None when the service delivers it another way."""
    @property
    def refresh_jwt(self) -> str | None:
        """`refreshJwt`: the new refresh token; None when the old one stays in force."""
    @property
    def cookie_domain(self) -> str | None:
        """`cookieDomain`: `Domain` for the cookies; empty for the host alone."""
    @property
    def cookie_path(self) -> str | None:
        """`cookiePath`: `Path` for the cookies."""
    @property
    def cookie_max_age(self) -> int | None:
        """`cookieMaxAge`: `Max-Age` of the refresh cookie, in seconds."""
    @property
    def cookie_expiration(self) -> int | None:
        """`cookieExpiration`: `Expires` of the refresh cookie, in seconds since 1970."""
    @property
    def user(self) -> User | None:
        """`user`: the user's profile."""
    @property
    def first_seen(self) -> bool | None:
        """`firstSeen`: whether the service sees the user for the first time."""
    @property
    def idp_response(self) -> IDPResponse | None:
        """`idpResponse`: what the identity provider said."""
    @property
    def session_expiration(self) -> int | None:
        """`sessionExpiration`: when the session token ends, in seconds since 1970."""
    @property
    def external_token(self) -> str | None:
        """`externalToken`: token of an external system that the exchange produced."""
    @property
    def claims(self) -> dict[str, Any] | None:
        """`claims`: claims of the session, as the service states them. The verified ones are in `session`."""
    @property
    def tenant_sso_id(self) -> str | None:
        """`tenantSSOID`: the SSO configuration of the tenant."""
    @property
    def trusted_device_jwt(self) -> str | None:
        """`trustedDeviceJwt`: token of a trusted device."""
    @property
    def next_refresh_seconds(self) -> int | None:
        """`nextRefreshSeconds`: the service's hint when to refresh next, in seconds."""
    @property
    def cookie_name(self) -> str | None:
        """`cookieName`: custom name of the refresh cookie."""
    @property
    def session_cookie_name(self) -> str | None:
        """`sessionCookieName`: custom name of the session cookie."""
    @property
    def session_cookie_domain(self) -> str | None:
        """`sessionCookieDomain`: `Domain` for the session cookie."""
    @property
    def unsaved_sso(self) -> bool | None:
        """`unsavedSSO`: whether the tenant's SSO configuration is not saved yet."""
    @property
    def known_device_jwt(self) -> str | None:
        """`knownDeviceJwt`: token of a known device."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this version does not know, as they came."""
    @property
    def session(self) -> Session | None:
        """What the verified session token says; None when verification is switched off or there is no session token."""
    @property
    def http(self) -> ResponseMetadata:
        """How the response came: what a log line or a support ticket needs."""
    def __hash__(self) -> int: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __copy__(self) -> JWTResponse: ...
    def __deepcopy__(self, _memo: Any) -> JWTResponse: ...
    def to_dict(self) -> dict[str, Any]:
        """The model as the wire has it.

        Returns:
            A dict with the wire's names, unknown fields as they came, and nothing that is missing. Tokens
            are real ones.

        Example:
            >>> JWTResponse.from_dict({}).to_dict()
            {}
        """
    @staticmethod
    def from_dict(data: dict[str, Any]) -> JWTResponse:
        """The model that `to_dict()` gave the dict of.

        Args:
            data: A dict with the wire's names.

        Returns:
            The model. It is the caller's data: nothing in it counts as verified, not even what once was.

        Raises:
            InvalidInputError: `data` is not such a dict; the message names the field.

        Example:
            >>> JWTResponse.from_dict({}) == JWTResponse.from_dict({})
            True
        """
    def __reduce__(self) -> Any: ...
    def set_cookie_headers(
        self,
        *,
        secure: bool | None = None,
        http_only: bool | None = None,
        same_site: Literal["Strict", "Lax", "None"] | None = None,
        domain: str | None = None,
        path: str | None = None,
    ) -> list[str]:
        """Complete `Set-Cookie` values that hand the tokens to the browser, or take them away after a sign-out.

        Names, domain, path and ages are the response's (then the client's cookie names, then `DS` and `DSR`). An absent
        or zero age is left out; a token that the response does not have leaves the browser's cookie alone. Send each
        value as a header of its own, with `Cache-Control: no-store`. Source: RFC 6265, section 4.1.

        Args:
            secure: Whether browsers may send the cookies over TLS only. Default True.
            http_only: Whether scripts in the page are kept from the cookies. Default True.
            same_site: `"Strict"` (default), `"Lax"` or `"None"`, which browsers take with `secure` only.
            domain: `Domain` of both cookies in place of the response's; empty for the host alone.
            path: `Path` of both cookies in place of the response's.

        Returns:
            One value for each cookie.

        Raises:
            CookieTooLargeError: Name and value are longer than the 4,096 bytes that browsers keep.
            InvalidResponseError: A name, domain, path or token of the response would break the header's grammar.
            InvalidInputError: An argument would, or `same_site` is `"None"` without `secure`.
            TenantSelectError: The response was taken out of an error and failed its verification: the error says how.

        Example:
            >>> [value.split("=")[0] for value in switched.set_cookie_headers()]
            ['DS', 'DSR']
        """

@final
class ResponseMetadata:
    """How an response came: what a log line or a support ticket needs."""

    __match_args__ = (
        "status",
        "request_id",
        "attempts",
    )
    def __new__(cls, _: Never, /) -> Self: ...
    @property
    def status(self) -> int:
        """The HTTP status."""
    @property
    def request_id(self) -> str | None:
        """The id under which the service knows the request (`x-request-id`, else `cf-ray`)."""
    @property
    def cf_ray(self) -> str | None:
        """The `cf-ray` header of the edge network."""
    @property
    def attempts(self) -> int:
        """How many requests the call took; pooled connections that turned out dead before a byte was written do not count."""
    def __hash__(self) -> int: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __copy__(self) -> ResponseMetadata: ...
    def __deepcopy__(self, _memo: Any) -> ResponseMetadata: ...
    def to_dict(self) -> dict[str, Any]:
        """The facts as a dict.

        Returns:
            `status`, `requestId`, `cfRay` and `attempts`.

        Example:
            >>> switched.http.to_dict()["status"]
            200
        """
    def __reduce__(self) -> Any: ...

@final
class User:
    """The user's profile: what `me` returns, and the `user` of a `JWTResponse`."""

    __match_args__ = (
        "user_id",
        "name",
        "email",
    )
    def __new__(cls, _: Never, /) -> Self: ...
    @property
    def login_ids(self) -> list[str] | None:
        """`loginIds`: everything the user can sign in with."""
    @property
    def user_id(self) -> str | None:
        """`userId`: the user."""
    @property
    def name(self) -> str | None:
        """`name`: full name."""
    @property
    def email(self) -> str | None:
        """`email`: e-mail address."""
    @property
    def phone(self) -> str | None:
        """`phone`: phone number."""
    @property
    def verified_email(self) -> bool | None:
        """`verifiedEmail`: whether the e-mail address is verified."""
    @property
    def verified_phone(self) -> bool | None:
        """`verifiedPhone`: whether the phone number is verified."""
    @property
    def role_names(self) -> list[str] | None:
        """`roleNames`: roles at project level."""
    @property
    def user_tenants(self) -> list[UserTenant] | None:
        """`userTenants`: the tenants that the user belongs to."""
    @property
    def status(self) -> str | None:
        """`status`: such as `enabled`."""
    @property
    def external_ids(self) -> list[str] | None:
        """`externalIds`: ids in other systems."""
    @property
    def picture(self) -> str | None:
        """`picture`: address of a picture."""
    @property
    def test(self) -> bool | None:
        """`test`: whether this is a test user."""
    @property
    def custom_attributes(self) -> dict[str, Any] | None:
        """`customAttributes`: keys and values of the project's own making."""
    @property
    def created_time(self) -> int | None:
        """`createdTime`, in seconds since 1970."""
    @property
    def totp(self) -> bool | None:
        """`TOTP`: whether the user has set up TOTP."""
    @property
    def saml(self) -> bool | None:
        """`SAML`: whether the user signs in through SAML."""
    @property
    def oauth(self) -> dict[str, bool] | None:
        """`OAuth`: OAuth provider to whether the user has signed in with it."""
    @property
    def webauthn(self) -> bool | None:
        """`webauthn`: whether the user has a passkey."""
    @property
    def password(self) -> bool | None:
        """`password`: whether the user has a password."""
    @property
    def sso_app_ids(self) -> list[str] | None:
        """`ssoAppIds`: applications that the user may sign in to."""
    @property
    def given_name(self) -> str | None:
        """`givenName`: first name."""
    @property
    def middle_name(self) -> str | None:
        """`middleName`: middle name."""
    @property
    def family_name(self) -> str | None:
        """`familyName`: last name."""
    @property
    def editable(self) -> bool | None:
        """`editable`: whether the profile may be changed."""
    @property
    def scim(self) -> bool | None:
        """`SCIM`: whether the user is provisioned through SCIM."""
    @property
    def push(self) -> bool | None:
        """`push`: whether the user has set up push sign-in."""
    @property
    def permissions(self) -> list[str] | None:
        """`permissions`: permissions at project level."""
    @property
    def oidc(self) -> bool | None:
        """`OIDC`: whether the user signs in through OIDC."""
    @property
    def consent_expiration(self) -> int | None:
        """`consentExpiration`, in seconds since 1970."""
    @property
    def recovery_email(self) -> str | None:
        """`recoveryEmail`: e-mail address for recovery."""
    @property
    def verified_recovery_email(self) -> bool | None:
        """`verifiedRecoveryEmail`: whether that address is verified."""
    @property
    def recovery_phone(self) -> str | None:
        """`recoveryPhone`: phone number for recovery."""
    @property
    def verified_recovery_phone(self) -> bool | None:
        """`verifiedRecoveryPhone`: whether that number is verified."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this version does not know, as they came."""
    def __hash__(self) -> int: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __copy__(self) -> User: ...
    def __deepcopy__(self, _memo: Any) -> User: ...
    def to_dict(self) -> dict[str, Any]:
        """The model as the wire has it.

        Returns:
            A dict with the wire's names, unknown fields as they came, and nothing that is missing. Tokens
            are real ones.

        Example:
            >>> User.from_dict({}).to_dict()
            {}
        """
    @staticmethod
    def from_dict(data: dict[str, Any]) -> User:
        """The model that `to_dict()` gave the dict of.

        Args:
            data: A dict with the wire's names.

        Returns:
            The model. It is the caller's data: nothing in it counts as verified, not even what once was.

        Raises:
            InvalidInputError: `data` is not such a dict; the message names the field.

        Example:
            >>> User.from_dict({}) == User.from_dict({})
            True
        """
    def __reduce__(self) -> Any: ...

@final
class UserTenant:
    """A tenant of a user, and what the user may do there."""

    __match_args__ = (
        "tenant_id",
        "role_names",
        "permissions",
    )
    def __new__(cls, _: Never, /) -> Self: ...
    @property
    def tenant_id(self) -> str | None:
        """`tenantId`: the tenant."""
    @property
    def role_names(self) -> list[str] | None:
        """`roleNames`: roles in this tenant."""
    @property
    def tenant_name(self) -> str | None:
        """`tenantName`: its name."""
    @property
    def permissions(self) -> list[str] | None:
        """`permissions`: permissions in this tenant."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this version does not know, as they came."""
    def __hash__(self) -> int: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __copy__(self) -> UserTenant: ...
    def __deepcopy__(self, _memo: Any) -> UserTenant: ...
    def to_dict(self) -> dict[str, Any]:
        """The model as the wire has it.

        Returns:
            A dict with the wire's names, unknown fields as they came, and nothing that is missing. Tokens
            are real ones.

        Example:
            >>> UserTenant.from_dict({}).to_dict()
            {}
        """
    @staticmethod
    def from_dict(data: dict[str, Any]) -> UserTenant:
        """The model that `to_dict()` gave the dict of.

        Args:
            data: A dict with the wire's names.

        Returns:
            The model. It is the caller's data: nothing in it counts as verified, not even what once was.

        Raises:
            InvalidInputError: `data` is not such a dict; the message names the field.

        Example:
            >>> UserTenant.from_dict({}) == UserTenant.from_dict({})
            True
        """
    def __reduce__(self) -> Any: ...

@final
class IDPResponse:
    """What the identity provider said when the user signed in through SSO.

    The raw SAML and OIDC responses may hold tokens of the provider, so printing does not show them.
    """

    __match_args__ = ("idp_groups",)
    def __new__(cls, _: Never, /) -> Self: ...
    @property
    def saml_response(self) -> str | None:
        """`samlResponse`: the provider's raw SAML response."""
    @property
    def saml_generated_user(self) -> str | None:
        """`samlGeneratedUser`: user made of it."""
    @property
    def saml_generated_roles(self) -> str | None:
        """`samlGeneratedRoles`: roles made of it."""
    @property
    def oidc_response(self) -> str | None:
        """`oidcResponse`: the provider's raw OIDC response."""
    @property
    def oidc_generated_user(self) -> str | None:
        """`oidcGeneratedUser`: user made of it."""
    @property
    def oidc_generated_roles(self) -> str | None:
        """`oidcGeneratedRoles`: roles made of it."""
    @property
    def idp_groups(self) -> list[str] | None:
        """`idpGroups`: groups of the user at the provider."""
    @property
    def idp_saml_attributes(self) -> Any:
        """`idpSAMLAttributes`: an object; the API page also shows `false`, so any JSON is kept."""
    @property
    def idp_oidc_claims(self) -> dict[str, Any] | None:
        """`idpOIDCClaims`: claims of the provider."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this version does not know, as they came."""
    def __hash__(self) -> int: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __copy__(self) -> IDPResponse: ...
    def __deepcopy__(self, _memo: Any) -> IDPResponse: ...
    def to_dict(self) -> dict[str, Any]:
        """The model as the wire has it.

        Returns:
            A dict with the wire's names, unknown fields as they came, and nothing that is missing. Tokens
            are real ones.

        Example:
            >>> IDPResponse.from_dict({}).to_dict()
            {}
        """
    @staticmethod
    def from_dict(data: dict[str, Any]) -> IDPResponse:
        """The model that `to_dict()` gave the dict of.

        Args:
            data: A dict with the wire's names.

        Returns:
            The model. It is the caller's data: nothing in it counts as verified, not even what once was.

        Raises:
            InvalidInputError: `data` is not such a dict; the message names the field.

        Example:
            >>> IDPResponse.from_dict({}) == IDPResponse.from_dict({})
            True
        """
    def __reduce__(self) -> Any: ...

@final
class Tenant:
    """A tenant that the user belongs to, as `my_tenants` lists it."""

    __match_args__ = (
        "id",
        "name",
    )
    def __new__(cls, _: Never, /) -> Self: ...
    @property
    def id(self) -> str | None:
        """`id`: the tenant."""
    @property
    def name(self) -> str | None:
        """`name`: full name."""
    @property
    def self_provisioning_domains(self) -> list[str] | None:
        """`selfProvisioningDomains`: domains whose users join by themselves."""
    @property
    def custom_attributes(self) -> dict[str, Any] | None:
        """`customAttributes`: keys and values of the project's own making."""
    @property
    def auth_type(self) -> str | None:
        """`authType`: how its users sign in."""
    @property
    def domains(self) -> list[str] | None:
        """`domains`: domains of the tenant."""
    @property
    def created_time(self) -> int | None:
        """`createdTime`, in seconds since 1970."""
    @property
    def disabled(self) -> bool | None:
        """`disabled`: whether the tenant is switched off."""
    @property
    def enforce_sso(self) -> bool | None:
        """`enforceSSO`: whether its users must sign in through SSO."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this version does not know, as they came."""
    def __hash__(self) -> int: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __copy__(self) -> Tenant: ...
    def __deepcopy__(self, _memo: Any) -> Tenant: ...
    def to_dict(self) -> dict[str, Any]:
        """The model as the wire has it.

        Returns:
            A dict with the wire's names, unknown fields as they came, and nothing that is missing. Tokens
            are real ones.

        Example:
            >>> Tenant.from_dict({}).to_dict()
            {}
        """
    @staticmethod
    def from_dict(data: dict[str, Any]) -> Tenant:
        """The model that `to_dict()` gave the dict of.

        Args:
            data: A dict with the wire's names.

        Returns:
            The model. It is the caller's data: nothing in it counts as verified, not even what once was.

        Raises:
            InvalidInputError: `data` is not such a dict; the message names the field.

        Example:
            >>> Tenant.from_dict({}) == Tenant.from_dict({})
            True
        """
    def __reduce__(self) -> Any: ...

@final
class HistoryEntry:
    """One sign-in or tenant selection of the user, as `history` lists it."""

    __match_args__ = (
        "user_id",
        "login_time",
        "selected_tenant",
    )
    def __new__(cls, _: Never, /) -> Self: ...
    @property
    def user_id(self) -> str | None:
        """`userId`: the user."""
    @property
    def login_time(self) -> int | None:
        """`loginTime`, in seconds since 1970."""
    @property
    def city(self) -> str | None:
        """`city` that the address belongs to."""
    @property
    def country(self) -> str | None:
        """`country` that the address belongs to."""
    @property
    def ip(self) -> str | None:
        """`ip` address."""
    @property
    def selected_tenant(self) -> str | None:
        """`selectedTenant`: the tenant that was active from then on."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this version does not know, as they came."""
    def __hash__(self) -> int: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __copy__(self) -> HistoryEntry: ...
    def __deepcopy__(self, _memo: Any) -> HistoryEntry: ...
    def to_dict(self) -> dict[str, Any]:
        """The model as the wire has it.

        Returns:
            A dict with the wire's names, unknown fields as they came, and nothing that is missing. Tokens
            are real ones.

        Example:
            >>> HistoryEntry.from_dict({}).to_dict()
            {}
        """
    @staticmethod
    def from_dict(data: dict[str, Any]) -> HistoryEntry:
        """The model that `to_dict()` gave the dict of.

        Args:
            data: A dict with the wire's names.

        Returns:
            The model. It is the caller's data: nothing in it counts as verified, not even what once was.

        Raises:
            InvalidInputError: `data` is not such a dict; the message names the field.

        Example:
            >>> HistoryEntry.from_dict({}) == HistoryEntry.from_dict({})
            True
        """
    def __reduce__(self) -> Any: ...

@final
class Session:
    """The claims of a session token whose signature, time, issuer and kind have been checked.

    The four questions `has_roles`, `has_permissions`, `matched_roles` and `matched_permissions` are about the project
    level here, and about one tenant on a `TenantGrant`. Names are compared whole, never as substrings.
    """

    __match_args__ = (
        "user_id",
        "active_tenant",
    )
    def __new__(cls, _: Never, /) -> Self: ...
    @property
    def user_id(self) -> str:
        """The user: the claim `dsub` when a template overrides `sub`, else `sub`."""
    @property
    def project_id(self) -> str:
        """The project that issued the token."""
    @property
    def issued_at(self) -> int | None:
        """`iat`, in seconds since 1970."""
    @property
    def expires_at(self) -> int:
        """`exp`, in seconds since 1970."""
    @property
    def active_tenant(self) -> TenantGrant | None:
        """The grant of the active tenant, which the claim `dct` names.

        From `tenants` when the token has that claim, and None when the claim does not name the tenant; from the root of
        the token when it has no `tenants` at all.
        """
    @property
    def tenants(self) -> dict[str, TenantGrant]:
        """What the token's `tenants` claim grants, by tenant id; empty when the token has no such claim."""
    @property
    def roles(self) -> list[str]:
        """Roles at project level."""
    @property
    def permissions(self) -> list[str]:
        """Permissions at project level."""
    @property
    def claims(self) -> dict[str, Any]:
        """Every claim of the token."""
    def __hash__(self) -> int: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __copy__(self) -> Session: ...
    def __deepcopy__(self, _memo: Any) -> Session: ...
    def has_roles(self, roles: Iterable[str]) -> bool:
        """Whether every one of `roles` is granted at project level. Names are compared whole.

        Args:
            roles: The names to look for.

        Returns:
            True when all of them are, and when the list is empty.

        Raises:
            TypeError: `roles` is no iterable of str; one str is none.

        Example:
            >>> session.has_roles(["editor"])
            False
        """
    def has_permissions(self, permissions: Iterable[str]) -> bool:
        """Whether every one of `permissions` is granted at project level. Names are compared whole.

        Args:
            permissions: The names to look for.

        Returns:
            True when all of them are, and when the list is empty.

        Raises:
            TypeError: `permissions` is no iterable of str; one str is none.

        Example:
            >>> session.has_permissions(["documents.write"])
            False
        """
    def matched_roles(self, roles: Iterable[str]) -> list[str]:
        """Which of `roles` are granted at project level. Names are compared whole.

        Args:
            roles: The names to look for.

        Returns:
            Those that are, in the order given.

        Raises:
            TypeError: `roles` is no iterable of str; one str is none.

        Example:
            >>> session.matched_roles(["editor"])
            []
        """
    def matched_permissions(self, permissions: Iterable[str]) -> list[str]:
        """Which of `permissions` are granted at project level. Names are compared whole.

        Args:
            permissions: The names to look for.

        Returns:
            Those that are, in the order given.

        Raises:
            TypeError: `permissions` is no iterable of str; one str is none.

        Example:
            >>> session.matched_permissions(["documents.write"])
            []
        """
    def __reduce__(self) -> Any: ...
    def to_dict(self) -> dict[str, Any]:
        """The session as one dict.

        Returns:
            `userId`, `projectId`, `issuedAt`, `expiresAt`, `activeTenant` (its id), `tenants` and `claims`.

        Example:
            >>> session.to_dict()["activeTenant"]
            'acme'
        """

@final
class TenantGrant:
    """What the user may do in one tenant."""

    __match_args__ = (
        "tenant_id",
        "roles",
        "permissions",
    )
    def __new__(cls, _: Never, /) -> Self: ...
    @property
    def tenant_id(self) -> str:
        """The tenant."""
    @property
    def roles(self) -> list[str]:
        """Roles in this tenant."""
    @property
    def permissions(self) -> list[str]:
        """Permissions in this tenant."""
    def __hash__(self) -> int: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __copy__(self) -> TenantGrant: ...
    def __deepcopy__(self, _memo: Any) -> TenantGrant: ...
    def has_roles(self, roles: Iterable[str]) -> bool:
        """Whether every one of `roles` is granted in this tenant. Names are compared whole.

        Args:
            roles: The names to look for.

        Returns:
            True when all of them are, and when the list is empty.

        Raises:
            TypeError: `roles` is no iterable of str; one str is none.

        Example:
            >>> grant.has_roles(["editor"])
            True
        """
    def has_permissions(self, permissions: Iterable[str]) -> bool:
        """Whether every one of `permissions` is granted in this tenant. Names are compared whole.

        Args:
            permissions: The names to look for.

        Returns:
            True when all of them are, and when the list is empty.

        Raises:
            TypeError: `permissions` is no iterable of str; one str is none.

        Example:
            >>> grant.has_permissions(["documents.write"])
            True
        """
    def matched_roles(self, roles: Iterable[str]) -> list[str]:
        """Which of `roles` are granted in this tenant. Names are compared whole.

        Args:
            roles: The names to look for.

        Returns:
            Those that are, in the order given.

        Raises:
            TypeError: `roles` is no iterable of str; one str is none.

        Example:
            >>> grant.matched_roles(["editor"])
            ['editor']
        """
    def matched_permissions(self, permissions: Iterable[str]) -> list[str]:
        """Which of `permissions` are granted in this tenant. Names are compared whole.

        Args:
            permissions: The names to look for.

        Returns:
            Those that are, in the order given.

        Raises:
            TypeError: `permissions` is no iterable of str; one str is none.

        Example:
            >>> grant.matched_permissions(["documents.write"])
            ['documents.write']
        """
    def __reduce__(self) -> Any: ...
    def to_dict(self) -> dict[str, Any]:
        """The grant as a dict.

        Returns:
            `tenantId`, `roles` and `permissions`.

        Example:
            >>> grant.to_dict()["roles"]
            ['editor']
        """

@final
class ValidationResult:
    """What `validate_and_refresh` found."""

    __match_args__ = (
        "session",
        "response",
    )
    def __new__(cls, _: Never, /) -> Self: ...
    @property
    def session(self) -> Session:
        """The session: of the token presented, or of the one that replaced it."""
    @property
    def response(self) -> JWTResponse | None:
        """The new tokens, when a refresh was needed."""
    def __hash__(self) -> int: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __copy__(self) -> ValidationResult: ...
    def __deepcopy__(self, _memo: Any) -> ValidationResult: ...
    def __reduce__(self) -> Any: ...

@final
class RequestTokens:
    """The tokens of an incoming request. Printing does not show them; the attributes are the real ones."""

    __match_args__ = (
        "session_jwt",
        "refresh_jwt",
    )
    def __new__(cls, _: Never, /) -> Self: ...
    @property
    def session_jwt(self) -> str | None:
        """The session token: of `Authorization: Bearer`, else of the session cookie."""
    @property
    def refresh_jwt(self) -> str | None:
        """The refresh token, of the refresh cookie."""
    def __hash__(self) -> int: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __copy__(self) -> RequestTokens: ...
    def __deepcopy__(self, _memo: Any) -> RequestTokens: ...
    def __reduce__(self) -> Any: ...
