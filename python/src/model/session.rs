//! The verified session, and other small results.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::class::{annotation, model};
use super::field::Field;
use super::granting::granting_model;
use super::wire::{JwtResponse, from_dict, pickling};
use super::{datetime, pydantic};
use crate::convert;
use crate::error::{self, OrRaise};

granting_model! {
    /// The claims of a session token whose signature, time, issuer and kind have been checked.
    ///
    /// The methods for roles and permissions use the project level here, and one tenant on a `TenantGrant`. Names are compared
    /// as a whole, never as substrings.
    Session(tenant_select::Session) as "Session",
    level: "at project level", example: "session", granted: "False", listed: ["[]", "[]"],
    positional: ["user_id", "active_tenant"],
    hash: |model| (model.user_id(), model.issued_at(), model.expires_at()),
    wire: [
        ("userId", "str", "user_id"),
        ("projectId", "str", "project_id"),
        ("issuedAt", "int | None", "issued_at"),
        ("expiresAt", "int", "expires_at"),
        ("activeTenant", "str | None", "active_tenant"),
        ("tenants", "dict[str, TenantGrant]", "tenants"),
        ("claims", "dict[str, Any]", "claims"),
    ],
    getters: {
        /// The user: the claim `dsub` when a template overrides `sub`, else `sub`.
        user_id: "str",
        /// The project that issued the token.
        project_id: "str",
        /// `iat`, in seconds since 1970.
        issued_at: "int | None",
        /// `exp`, in seconds since 1970.
        expires_at: "int",
        /// The active tenant, which the claim `dct` names.
        ///
        /// The grant is read from `tenants` when the token has that claim, and is None when the claim does not name the tenant.
        /// Without a `tenants` claim it is read from the root of the token.
        active_tenant: "TenantGrant | None",
        /// The grants of the token's `tenants` claim, by tenant id; empty when the token has no such claim.
        tenants: "dict[str, TenantGrant]",
        /// Roles at project level.
        roles: "list[str]",
        /// Permissions at project level.
        permissions: "list[str]",
        /// The claim `amr`: how the user signed in, such as `["pwd", "mfa"]`.
        ///
        /// Empty when the token does not say it; one string counts as a list of one. Source: RFC 8176.
        ///
        /// Example:
        ///     >>> "mfa" in session.amr
        ///     False
        amr: "list[str]",
        /// Whether the user has stepped up: signed in once more for what needs a recent or a stronger sign-in.
        ///
        /// True only when the claim `su` is `true`.
        ///
        /// Example:
        ///     >>> session.stepped_up
        ///     False
        stepped_up: "bool",
        /// The claim `rexp`: when the refresh token ends, in seconds since 1970.
        ///
        /// None when the token does not say it as an RFC 3339 timestamp or as a number of seconds since 1970.
        ///
        /// Example:
        ///     >>> session.refresh_expires_at > session.expires_at
        ///     True
        refresh_expires_at: "int | None",
        /// A key for caches of what this user sees in the active tenant: `project:tenant:user`.
        ///
        /// Without an active tenant it is `project::user`. It is made of ids alone and is the same for every session of this
        /// user in this tenant, so that no cache gives the data of one tenant to another. In the ids of the tenant and the
        /// user, `%` is written as `%25` and `:` as `%3A`, so that two scopes are never equal.
        ///
        /// Example:
        ///     >>> session.cache_scope == f"{session.project_id}:acme:{session.user_id}"
        ///     True
        cache_scope: "str",
        /// Every claim of the token.
        claims: "dict[str, Any]",
    },
    properties: {
        /// `issued_at` as a `datetime` in UTC.
        issued_at_datetime: "datetime | None" = |session, py| datetime::optional(py, session.issued_at()),
        /// `expires_at` as a `datetime` in UTC.
        ///
        /// Example:
        ///     >>> session.expires_at_datetime.timestamp() == session.expires_at
        ///     True
        expires_at_datetime: "datetime" = |session, py| datetime::of(py, session.expires_at()),
        /// `refresh_expires_at` as a `datetime` in UTC.
        refresh_expires_at_datetime: "datetime | None" = |session, py| datetime::optional(py, session.refresh_expires_at()),
    },
    methods: {
        /// Return the session as a dict.
        ///
        /// Returns:
        ///     `userId`, `projectId`, `issuedAt`, `expiresAt`, `activeTenant` (its id), `tenants` and `claims`, from which the
        ///     other attributes follow.
        ///
        /// Example:
        ///     >>> session.to_dict()["activeTenant"]
        ///     'acme'
        fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            convert::to_py(py, &self.0)
        }
    },
}

granting_model! {
    /// What the user may do in one tenant.
    TenantGrant(tenant_select::TenantGrant) as "TenantGrant",
    level: "in this tenant", example: "grant", granted: "True", listed: ["['editor']", "['documents.write']"],
    positional: ["tenant_id", "roles", "permissions"],
    hash: |model| (model.tenant_id(), model.roles(), model.permissions()),
    wire: [
        ("tenantId", "str", "tenant_id"),
        ("roles", "list[str]", "roles"),
        ("permissions", "list[str]", "permissions"),
    ],
    getters: {
        /// The tenant id.
        tenant_id: "str",
        /// Roles in this tenant.
        roles: "list[str]",
        /// Permissions in this tenant.
        permissions: "list[str]",
    },
    properties: {},
    methods: {
        /// Return the grant as a dict.
        ///
        /// Returns:
        ///     `tenantId`, `roles` and `permissions`.
        ///
        /// Example:
        ///     >>> grant.to_dict()["roles"]
        ///     ['editor']
        fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            convert::to_py(py, &self.0)
        }
    },
}

/// The session of `tenant_select.testing.session`.
#[pyfunction]
pub(crate) fn session_for_tests(wanted: &Bound<'_, PyAny>) -> PyResult<Session> {
    let json = convert::json_text("claims", wanted)?;
    tenant_select::Session::for_tests(&json).map(Session).or_raise(wanted.py())
}

/// The result of the core, which has no equality for its error.
#[derive(Clone)]
pub(crate) struct Validation {
    session: tenant_select::Session,
    response: Option<tenant_select::JwtResponse>,
    refresh_error: Option<tenant_select::Error>,
}

impl From<tenant_select::ValidationResult> for Validation {
    fn from(result: tenant_select::ValidationResult) -> Self {
        Self { session: result.session, response: result.response, refresh_error: result.refresh_error }
    }
}

impl PartialEq for Validation {
    fn eq(&self, other: &Self) -> bool {
        let said = |validation: &Self| validation.refresh_error.as_ref().map(ToString::to_string);
        self.session == other.session && self.response == other.response && said(self) == said(other)
    }
}

model! {
    /// The result of `validate_and_refresh`.
    ValidationResult(Validation) as "ValidationResult",
    positional: ["session", "response"],
    hash: |model| (model.session.user_id(), model.session.expires_at(), model.response.is_some()),
    pydantic: refuse("return its `session`, and pass the tokens of its `response` to the browser with `set_cookie_headers()`"),
    wire: [],
    fields: {
        /// The session of the presented token, or of the token that replaced it.
        session: "Session",
        /// The new tokens, when the session was refreshed.
        response: "JWTResponse | None",
        /// Why the session was not refreshed before its end, as `refresh_before` has it; None when that did not fail.
        ///
        /// The session is still valid.
        refresh_error: "TenantSelectError | None",
    },
    getters: {},
    properties: {},
    methods: {
        fn __reduce__(&self) -> PyResult<()> {
            Err(PyTypeError::new_err("ValidationResult can hold tokens and is not pickled; pickle its session, or response.to_dict()"))
        }
    },
}

model! {
    /// The tokens of an incoming request. Printing does not show them; the attributes have the real values.
    RequestTokens(tenant_select::RequestTokens) as "RequestTokens",
    positional: ["session_jwt", "refresh_jwt"],
    hash: |model| {
        let session_jwt = model.session_jwt.as_ref().map(tenant_select::SessionJwt::expose);
        (session_jwt, model.refresh_jwt.as_ref().map(tenant_select::RefreshJwt::expose))
    },
    pydantic: refuse("where a token is meant, use a field of type `SecretStr`"),
    wire: [],
    fields: {
        /// The session token, from `Authorization: Bearer`, else from the session cookie.
        session_jwt: "str | None",
        /// The refresh token, from the refresh cookie.
        refresh_jwt: "str | None",
    },
    getters: {},
    properties: {},
    methods: {
        fn __reduce__(&self) -> PyResult<()> {
            Err(PyTypeError::new_err("RequestTokens holds tokens and is not pickled; pass its attributes where that is meant"))
        }
    },
}

impl Field for tenant_select::Session {
    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(Session(self.clone()).into_pyobject(py)?.into_any())
    }
}

impl Field for Option<&tenant_select::Session> {
    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.cloned().map(Session).into_pyobject(py)
    }
}

impl Field for Option<&tenant_select::TenantGrant> {
    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.cloned().map(TenantGrant).into_pyobject(py)
    }
}

impl Field for &BTreeMap<String, tenant_select::TenantGrant> {
    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let grants = PyDict::new(py);
        for (tenant_id, grant) in *self {
            grants.set_item(tenant_id, TenantGrant(grant.clone()).into_pyobject(py)?)?;
        }
        Ok(grants.into_any())
    }
}

impl Field for Option<tenant_select::Error> {
    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let exception = self.clone().map(|error| error::raise(py, error).into_value(py));
        Ok(exception.into_pyobject(py)?)
    }
}

impl Field for Option<tenant_select::JwtResponse> {
    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.clone().map(JwtResponse).into_pyobject(py)
    }
}
