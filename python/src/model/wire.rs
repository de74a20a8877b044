//! The data of the service. The core's documentation names the API page of each model.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use serde::de::DeserializeOwned;
use tenant_select::CookieOptions;

use super::class::{annotation, model, wire_model};
use super::field::Field;
use super::{cookies, datetime, pydantic};
use crate::convert;
use crate::error::{self, OrRaise, Refused};

wire_model! {
    /// The response to `select_tenant` and `refresh_session`, and (without tokens) to `logout` and `logout_all`.
    ///
    /// Printing shows no token; the attributes and `to_dict()` give the real values. Every list and dict is a new object, so
    /// changing it does not change the response.
    JwtResponse(tenant_select::JwtResponse) as "JWTResponse", pickle: refuse,
    positional: ["session_jwt", "refresh_jwt"],
    hash: |model| (tokens(model), model.user.as_ref().map(|user| &user.user_id)),
    pydantic: refuse("return its `session` or `user`, and pass the tokens to the browser with `set_cookie_headers()`"),
    fields: {
        /// `sessionJwt`: the new session token; None when neither the body nor a cookie has one.
        session_jwt as "sessionJwt": "str | None",
        /// `refreshJwt`: the new refresh token; None when the old one stays valid.
        refresh_jwt as "refreshJwt": "str | None",
        /// `cookieDomain`: `Domain` for the cookies; empty means this host only.
        cookie_domain as "cookieDomain": "str | None",
        /// `cookiePath`: `Path` for the cookies.
        cookie_path as "cookiePath": "str | None",
        /// `cookieMaxAge`: `Max-Age` of the refresh cookie, in seconds.
        cookie_max_age as "cookieMaxAge": "int | None",
        /// `cookieExpiration`: `Expires` of the refresh cookie, in seconds since 1970.
        cookie_expiration as "cookieExpiration": "int | None",
        /// `user`: the user's profile.
        user as "user": "User | None",
        /// `firstSeen`: whether the service sees the user for the first time.
        first_seen as "firstSeen": "bool | None",
        /// `idpResponse`: the data of the identity provider.
        idp_response as "idpResponse": "IDPResponse | None",
        /// `sessionExpiration`: when the session token ends, in seconds since 1970.
        session_expiration as "sessionExpiration": "int | None",
        /// `externalToken`: token of an external system that the exchange produced.
        external_token as "externalToken": "str | None",
        /// `claims`: claims of the session, as the service states them. The verified ones are in `session`.
        claims as "claims": "dict[str, Any] | None",
        /// `tenantSSOID`: the SSO configuration of the tenant.
        tenant_sso_id as "tenantSSOID": "str | None",
        /// `trustedDeviceJwt`: token of a trusted device.
        trusted_device_jwt as "trustedDeviceJwt": "str | None",
        /// `nextRefreshSeconds`: the time until the next refresh that the service recommends, in seconds.
        next_refresh_seconds as "nextRefreshSeconds": "int | None",
        /// `cookieName`: custom name of the refresh cookie.
        cookie_name as "cookieName": "str | None",
        /// `sessionCookieName`: custom name of the session cookie.
        session_cookie_name as "sessionCookieName": "str | None",
        /// `sessionCookieDomain`: `Domain` for the session cookie.
        session_cookie_domain as "sessionCookieDomain": "str | None",
        /// `unsavedSSO`: whether the tenant's SSO configuration is not saved yet.
        unsaved_sso as "unsavedSSO": "bool | None",
        /// `knownDeviceJwt`: token of a known device.
        known_device_jwt as "knownDeviceJwt": "str | None",
    },
    getters: {
        /// The verified session; None where `session` raises.
        ///
        /// Example:
        ///     >>> client.logout(refresh_jwt).session_or_none is None
        ///     True
        session_or_none: "Session | None",
        /// Metadata of the HTTP response, for logs and support tickets.
        http: "ResponseMetadata",
        /// When the service advises to refresh next, in seconds since 1970.
        ///
        /// This is `next_refresh_seconds` after the arrival of the response, by this machine's clock. None when that field
        /// is absent or not above 0, and for a response that did not come from a call.
        next_refresh_at: "int | None",
        /// Whether this is a response that the client remembered, and that it returned without a request of its own.
        ///
        /// False for every response that a request brought; `http` is about that request in either case.
        ///
        /// Example:
        ///     >>> switched.reused
        ///     False
        reused: "bool",
    },
    properties: {
        /// The verified session: the user, the active tenant, and what the user may do there.
        ///
        /// A response of `select_tenant` or `refresh_session` has one, because verification is on by default.
        ///
        /// Raises:
        ///     NotVerifiedError: There is none: verification is switched off or failed, this is the response of a sign-out, or
        ///         it was made by `from_dict()`. The message says which. `session_or_none` does not raise.
        ///
        /// Example:
        ///     >>> switched.session.user_id == switched.user.user_id
        ///     True
        session: "Session" = |response, py| Field::to_py(response.verified_session().or_raise(py)?, py),
        /// `next_refresh_at` as a `datetime` in UTC.
        next_refresh_at_datetime: "datetime | None" = |response, py| datetime::optional(py, response.next_refresh_at()),
        /// `session_expiration` as a `datetime` in UTC.
        session_expiration_datetime: "datetime | None" = |response, py| datetime::optional(py, response.session_expiration),
        /// `cookie_expiration` as a `datetime` in UTC.
        cookie_expiration_datetime: "datetime | None" = |response, py| datetime::optional(py, response.cookie_expiration),
    },
    methods: {
        /// Return complete `Set-Cookie` values that set the tokens in the browser, or delete them after a sign-out.
        ///
        /// Names, domain, path and ages are those of the response; names fall back to the client's options, then to `DS` and
        /// `DSR`. An absent or zero age is left out. There is no cookie for a token that the response does not have, so the
        /// browser keeps its own. Send each value as a separate header, with `Cache-Control: no-store`. Source: RFC 6265,
        /// section 4.1.
        ///
        /// Args:
        ///     secure: Whether the cookies are `Secure`, so that browsers send them over TLS only. Default True.
        ///     http_only: Whether the cookies are `HttpOnly`, so that scripts of the page cannot read them. Default True.
        ///     same_site: `"Strict"` (default), `"Lax"` or `"None"`, which requires `secure`.
        ///     domain: `Domain` of both cookies in place of the response's; empty means this host only.
        ///     path: `Path` of both cookies in place of the response's.
        ///     partitioned: Whether the cookies are `Partitioned`, which requires `secure`. Default False.
        ///     session: What the session cookie has of its own: a dict of `same_site`, `domain`, `path`, `partitioned` and
        ///         `omit`, which leaves it out.
        ///     refresh: The same for the refresh cookie. With a narrow path, few requests carry it.
        ///     clear_scopes: Where older versions of the application have set these cookies: dicts of `domain` (default this
        ///         host) and `path` (default `/`). They are cleared, except where a new one is set.
        ///
        /// Returns:
        ///     One value for each cookie.
        ///
        /// Raises:
        ///     CookieTooLargeError: Name and value together are longer than the 4,096 bytes that browsers accept.
        ///     InvalidResponseError: A name, domain, path or token of the response would break the header's grammar.
        ///     InvalidInputError: An argument would break it, or `same_site` is `"None"` without `secure`.
        ///     TenantSelectError: The response was taken from an error and failed verification; this is the same kind of error.
        ///
        /// Example:
        ///     >>> [value.split("=")[0] for value in switched.set_cookie_headers()]
        ///     ['DS', 'DSR']
        #[pyo3(signature = (*, secure=None, http_only=None, same_site=None, domain=None, path=None, partitioned=None, session=None, refresh=None, clear_scopes=None))]
        #[allow(clippy::too_many_arguments, reason = "they are keyword arguments of Python")]
        fn set_cookie_headers(
            &self,
            py: Python<'_>,
            secure: Option<bool>,
            http_only: Option<bool>,
            same_site: Option<&Bound<'_, PyAny>>,
            domain: Option<&Bound<'_, PyAny>>,
            path: Option<&Bound<'_, PyAny>>,
            partitioned: Option<bool>,
            session: Option<&Bound<'_, PyAny>>,
            refresh: Option<&Bound<'_, PyAny>>,
            clear_scopes: Option<&Bound<'_, PyAny>>,
        ) -> PyResult<Vec<String>> {
            let same_site = convert::optional_text("same_site", same_site)?;
            let domain = convert::optional_text("domain", domain)?;
            let path = convert::optional_text("path", path)?;
            let options = CookieOptions::from_parts(secure, http_only, same_site.as_deref(), domain, path)
                .or_raise(py)?
                .partitioned(partitioned.unwrap_or_default())
                .session(cookies::attributes("session", session)?)
                .refresh(cookies::attributes("refresh", refresh)?)
                .clear_scopes(cookies::scopes(clear_scopes)?);
            error::catch_panic(|| self.0.set_cookie_headers(&options)).and_then(|made| made).or_raise(py)
        }
    },
}

/// What the macro calls by the attribute's name.
trait SessionOrNone {
    fn session_or_none(&self) -> Option<&tenant_select::Session>;
}

impl SessionOrNone for tenant_select::JwtResponse {
    fn session_or_none(&self) -> Option<&tenant_select::Session> {
        self.session()
    }
}

fn tokens(response: &tenant_select::JwtResponse) -> [Option<&str>; 2] {
    [
        response.session_jwt.as_ref().map(tenant_select::SessionJwt::expose),
        response.refresh_jwt.as_ref().map(tenant_select::RefreshJwt::expose),
    ]
}

model! {
    /// Metadata of an HTTP response, for logs and support tickets.
    ResponseMetadata(tenant_select::ResponseMetadata) as "ResponseMetadata",
    positional: ["status", "request_id", "attempts"],
    hash: |model| (model.status, &model.request_id, model.attempts),
    pydantic: allow,
    wire: [
        ("status", "int", "status"),
        ("requestId", "str | None", "request_id"),
        ("cfRay", "str | None", "cf_ray"),
        ("attempts", "int", "attempts"),
        ("clockSkew", "int | None", "clock_skew"),
    ],
    fields: {
        /// The HTTP status.
        status: "int",
        /// The id under which the service knows the request (`x-request-id`, else `cf-ray`).
        request_id: "str | None",
        /// The `cf-ray` header of the edge network.
        cf_ray: "str | None",
        /// The number of requests of the call. Requests on connections that were found closed unused do not count.
        attempts: "int",
        /// By how many seconds the service's clock is ahead of this machine's; negative when it is behind.
        ///
        /// None when the response has no `Date` header that can be read, or came out of a cache (`Age`). The header has whole
        /// seconds and was written before the response arrived, so 1 more or less means nothing. Source: RFC 9110,
        /// section 6.6.1.
        clock_skew: "int | None",
    },
    getters: {},
    properties: {},
    methods: {
        /// Return the metadata as a dict.
        ///
        /// Returns:
        ///     `status`, `requestId`, `cfRay`, `attempts` and `clockSkew`.
        ///
        /// Example:
        ///     >>> switched.http.to_dict()["status"]
        ///     200
        fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            convert::to_py(py, &self.0)
        }

        fn __reduce__<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
            pickling::allow_in_private(slf.as_any())
        }

        #[staticmethod]
        fn _restore(data: &Bound<'_, PyAny>) -> PyResult<Self> {
            from_dict(data).map(Self)
        }
    },
}

wire_model! {
    /// The user's profile: what `me` returns, and the `user` of a `JWTResponse`.
    User(tenant_select::User) as "User", pickle: allow,
    positional: ["user_id", "name", "email"],
    hash: |model| (&model.user_id, &model.login_ids),
    pydantic: allow,
    fields: {
        /// `loginIds`: everything the user can sign in with.
        login_ids as "loginIds": "list[str] | None",
        /// `userId`: the user.
        user_id as "userId": "str | None",
        /// `name`: full name.
        name as "name": "str | None",
        /// `email`: e-mail address.
        email as "email": "str | None",
        /// `phone`: phone number.
        phone as "phone": "str | None",
        /// `verifiedEmail`: whether the e-mail address is verified.
        verified_email as "verifiedEmail": "bool | None",
        /// `verifiedPhone`: whether the phone number is verified.
        verified_phone as "verifiedPhone": "bool | None",
        /// `roleNames`: roles at project level.
        role_names as "roleNames": "list[str] | None",
        /// `userTenants`: the tenants that the user belongs to.
        user_tenants as "userTenants": "list[UserTenant] | None",
        /// `status`: such as `enabled`.
        status as "status": "str | None",
        /// `externalIds`: ids in other systems.
        external_ids as "externalIds": "list[str] | None",
        /// `picture`: address of a picture.
        picture as "picture": "str | None",
        /// `test`: whether this is a test user.
        test as "test": "bool | None",
        /// `customAttributes`: keys and values that the project defines.
        custom_attributes as "customAttributes": "dict[str, Any] | None",
        /// `createdTime`, in seconds since 1970.
        created_time as "createdTime": "int | None",
        /// `TOTP`: whether the user has set up TOTP.
        totp as "TOTP": "bool | None",
        /// `SAML`: whether the user signs in through SAML.
        saml as "SAML": "bool | None",
        /// `OAuth`: for each OAuth provider, whether the user has signed in with it.
        oauth as "OAuth": "dict[str, bool] | None",
        /// `webauthn`: whether the user has a passkey.
        webauthn as "webauthn": "bool | None",
        /// `password`: whether the user has a password.
        password as "password": "bool | None",
        /// `ssoAppIds`: applications that the user may sign in to.
        sso_app_ids as "ssoAppIds": "list[str] | None",
        /// `givenName`: first name.
        given_name as "givenName": "str | None",
        /// `middleName`: middle name.
        middle_name as "middleName": "str | None",
        /// `familyName`: last name.
        family_name as "familyName": "str | None",
        /// `editable`: whether the profile may be changed.
        editable as "editable": "bool | None",
        /// `SCIM`: whether the user is provisioned through SCIM.
        scim as "SCIM": "bool | None",
        /// `push`: whether the user has set up push sign-in.
        push as "push": "bool | None",
        /// `permissions`: permissions at project level.
        permissions as "permissions": "list[str] | None",
        /// `OIDC`: whether the user signs in through OIDC.
        oidc as "OIDC": "bool | None",
        /// `consentExpiration`, in seconds since 1970.
        consent_expiration as "consentExpiration": "int | None",
        /// `recoveryEmail`: e-mail address for recovery.
        recovery_email as "recoveryEmail": "str | None",
        /// `verifiedRecoveryEmail`: whether that address is verified.
        verified_recovery_email as "verifiedRecoveryEmail": "bool | None",
        /// `recoveryPhone`: phone number for recovery.
        recovery_phone as "recoveryPhone": "str | None",
        /// `verifiedRecoveryPhone`: whether that number is verified.
        verified_recovery_phone as "verifiedRecoveryPhone": "bool | None",
    },
    getters: {},
    properties: {
        /// `created_time` as a `datetime` in UTC.
        created_time_datetime: "datetime | None" = |user, py| datetime::optional(py, user.created_time),
        /// `consent_expiration` as a `datetime` in UTC.
        consent_expiration_datetime: "datetime | None" = |user, py| datetime::optional(py, user.consent_expiration),
    },
    methods: {},
}

wire_model! {
    /// A tenant of a user, and what the user may do there.
    UserTenant(tenant_select::UserTenant) as "UserTenant", pickle: allow,
    positional: ["tenant_id", "role_names", "permissions"],
    hash: |model| (&model.tenant_id, &model.role_names),
    pydantic: allow,
    fields: {
        /// `tenantId`: the tenant.
        tenant_id as "tenantId": "str | None",
        /// `roleNames`: roles in this tenant.
        role_names as "roleNames": "list[str] | None",
        /// `tenantName`: its name.
        tenant_name as "tenantName": "str | None",
        /// `permissions`: permissions in this tenant.
        permissions as "permissions": "list[str] | None",
    },
    getters: {},
    properties: {},
    methods: {},
}

wire_model! {
    /// The data of the identity provider for a sign-in through SSO.
    ///
    /// The raw SAML and OIDC responses may hold tokens of the provider, so printing does not show them.
    IdpResponse(tenant_select::IdpResponse) as "IDPResponse", pickle: refuse,
    positional: ["idp_groups"],
    hash: |model| (&model.idp_groups, &model.saml_generated_user, &model.oidc_generated_user),
    pydantic: refuse("return its `idp_groups`, or a model of your own"),
    fields: {
        /// `samlResponse`: the provider's raw SAML response.
        saml_response as "samlResponse": "str | None",
        /// `samlGeneratedUser`: the user derived from it.
        saml_generated_user as "samlGeneratedUser": "str | None",
        /// `samlGeneratedRoles`: the roles derived from it.
        saml_generated_roles as "samlGeneratedRoles": "str | None",
        /// `oidcResponse`: the provider's raw OIDC response.
        oidc_response as "oidcResponse": "str | None",
        /// `oidcGeneratedUser`: the user derived from it.
        oidc_generated_user as "oidcGeneratedUser": "str | None",
        /// `oidcGeneratedRoles`: the roles derived from it.
        oidc_generated_roles as "oidcGeneratedRoles": "str | None",
        /// `idpGroups`: groups of the user at the provider.
        idp_groups as "idpGroups": "list[str] | None",
        /// `idpSAMLAttributes`: an object; the API page also shows `false`, so any JSON is kept.
        idp_saml_attributes as "idpSAMLAttributes": "Any",
        /// `idpOIDCClaims`: claims of the provider.
        idp_oidc_claims as "idpOIDCClaims": "dict[str, Any] | None",
    },
    getters: {},
    properties: {},
    methods: {},
}

wire_model! {
    /// A tenant that the user belongs to, as `my_tenants` lists it.
    Tenant(tenant_select::Tenant) as "Tenant", pickle: allow,
    positional: ["id", "name"],
    hash: |model| (&model.id, &model.name),
    pydantic: allow,
    fields: {
        /// `id`: the tenant.
        id as "id": "str | None",
        /// `name`: full name.
        name as "name": "str | None",
        /// `selfProvisioningDomains`: domains whose users may join without an invitation.
        self_provisioning_domains as "selfProvisioningDomains": "list[str] | None",
        /// `customAttributes`: keys and values that the project defines.
        custom_attributes as "customAttributes": "dict[str, Any] | None",
        /// `authType`: how its users sign in.
        auth_type as "authType": "str | None",
        /// `domains`: domains of the tenant.
        domains as "domains": "list[str] | None",
        /// `createdTime`, in seconds since 1970.
        created_time as "createdTime": "int | None",
        /// `disabled`: whether the tenant is switched off.
        disabled as "disabled": "bool | None",
        /// `enforceSSO`: whether its users must sign in through SSO.
        enforce_sso as "enforceSSO": "bool | None",
    },
    getters: {},
    properties: {
        /// `created_time` as a `datetime` in UTC.
        created_time_datetime: "datetime | None" = |tenant, py| datetime::optional(py, tenant.created_time),
    },
    methods: {},
}

wire_model! {
    /// One sign-in or tenant selection of the user, as `history` lists it.
    HistoryEntry(tenant_select::HistoryEntry) as "HistoryEntry", pickle: allow,
    positional: ["user_id", "login_time", "selected_tenant"],
    hash: |model| (&model.user_id, model.login_time, &model.selected_tenant),
    pydantic: allow,
    fields: {
        /// `userId`: the user.
        user_id as "userId": "str | None",
        /// `loginTime`, in seconds since 1970.
        login_time as "loginTime": "int | None",
        /// `city` that the address belongs to.
        city as "city": "str | None",
        /// `country` that the address belongs to.
        country as "country": "str | None",
        /// `ip` address.
        ip as "ip": "str | None",
        /// `selectedTenant`: the tenant that was active after this event.
        selected_tenant as "selectedTenant": "str | None",
    },
    getters: {},
    properties: {
        /// `login_time` as a `datetime` in UTC.
        login_time_datetime: "datetime | None" = |entry, py| datetime::optional(py, entry.login_time),
    },
    methods: {},
}

macro_rules! nested {
    ($($core:ident => $class:ident),+ $(,)?) => {$(
        impl Field for Option<tenant_select::$core> {
            fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                self.clone().map($class).into_pyobject(py)
            }
        }
    )+};
}

nested! { User => User, IdpResponse => IdpResponse }

impl Field for Option<Vec<tenant_select::UserTenant>> {
    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let tenants = self.as_ref().map(|tenants| tenants.iter().cloned().map(UserTenant).collect::<Vec<_>>());
        tenants.into_pyobject(py)
    }
}

impl Field for &tenant_select::ResponseMetadata {
    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(ResponseMetadata((*self).clone()).into_pyobject(py)?.into_any())
    }
}

pub(super) fn from_dict<T: DeserializeOwned>(data: &Bound<'_, PyAny>) -> PyResult<T> {
    let text = convert::json_text("data", data)?;
    // The reason may quote a value, which may be a token.
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&text)).map_err(|error| {
        Refused::argument("data", &format!("is not what to_dict() gives, at `{}`", error.path())).into()
    })
}

pub(super) mod pickling {
    use super::*;

    pub(super) fn allow<'py>(model: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let restore = model.get_type().getattr(intern!(model.py(), "from_dict"))?;
        from(&restore, model)
    }

    /// A model that stands for verified data has no public `from_dict()`; unpickling uses a private function.
    pub(in super::super) fn allow_in_private<'py>(model: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let restore = model.get_type().getattr(intern!(model.py(), "_restore"))?;
        from(&restore, model)
    }

    fn from<'py>(restore: &Bound<'py, PyAny>, model: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = model.py();
        let data = model.call_method0(intern!(py, "to_dict"))?;
        Ok((restore, (data,)).into_pyobject(py)?.into_any())
    }

    pub(super) fn refuse<'py>(model: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let name = model.get_type().name()?;
        Err(PyTypeError::new_err(format!(
            "{name} can hold tokens and is not pickled by accident; pickle its to_dict() where that is meant, and restore it \
             with {name}.from_dict()"
        )))
    }
}
