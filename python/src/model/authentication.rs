//! What the request authenticator found, and how a request is refused.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::session::{Session, TenantGrant};
use super::wire::JwtResponse;
use crate::convert;
use crate::error;

/// What `RequestAuthenticator` found about a request.
///
/// The handler runs unless there is a `refusal`. `apply_headers` belongs to every response to the request: the
/// handler's, the refusing one, and that of an error, because the new cookies hold tokens that exist nowhere else.
#[pyclass(frozen, module = "tenant_select", name = "AuthenticationResult")]
pub(crate) struct AuthenticationResult {
    core: tenant_select::AuthenticationResult,
    session: PyOnceLock<Option<Py<Session>>>,
}

impl AuthenticationResult {
    pub(crate) fn new(core: tenant_select::AuthenticationResult) -> Self {
        Self { core, session: PyOnceLock::new() }
    }
}

#[pymethods]
impl AuthenticationResult {
    #[classattr]
    fn __match_args__(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        PyTuple::new(py, ["session", "refusal"])
    }

    #[classattr]
    fn __annotations__(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        annotations(
            py,
            &[
                ("session", "Session | None"),
                ("grant", "TenantGrant | None"),
                ("refusal", "Refusal | None"),
                ("headers", "list[ResponseHeader]"),
                ("cookie_header", "str | None"),
                ("response", "JWTResponse | None"),
                ("error", "TenantSelectError | None"),
            ],
        )
    }

    /// The verified session. None for a refused request, an anonymous one, and after a sign-out.
    #[getter]
    fn session(&self, py: Python<'_>) -> PyResult<Option<Py<Session>>> {
        let made = || self.core.session().map(|session| Py::new(py, Session(session.clone()))).transpose();
        let session = self.session.get_or_try_init(py, made)?;
        Ok(session.as_ref().map(|session| session.clone_ref(py)))
    }

    /// The grant of the tenant that the request is for. None without a session, and when no tenant was named.
    #[getter]
    fn grant(&self) -> Option<TenantGrant> {
        self.core.grant().cloned().map(TenantGrant)
    }

    /// Why the request must not reach its handler, and the response in its place; None when it may.
    #[getter]
    fn refusal(&self) -> Option<Refusal> {
        self.core.refusal().cloned().map(Refusal)
    }

    /// The headers for every response to the request, and what becomes of the application's own of the same name.
    ///
    /// `set-cookie` for each new or cleared cookie, `cache-control` (`no-store` with a cookie or a refusal, else `private`
    /// where the application has set none), and `vary`. Empty for a CORS preflight. `apply_headers` follows the rules.
    #[getter]
    fn headers(&self) -> Vec<ResponseHeader> {
        self.core.headers().map(ResponseHeader::from).collect()
    }

    /// The `Cookie` header that later code of the same request must see in the place of its own.
    ///
    /// None when no cookie was set or cleared. With the old tokens, that code would refresh again or find the user signed in.
    #[getter]
    fn cookie_header(&self) -> Option<&str> {
        self.core.cookie_header().map(tenant_select::Secret::expose)
    }

    /// The response of the refresh, the switch or the sign-out, when there was one.
    #[getter]
    fn response(&self) -> Option<JwtResponse> {
        self.core.response().cloned().map(JwtResponse)
    }

    /// The error behind a refusal or a failed refresh, for logs; None when no call and no verification failed.
    #[getter]
    fn error(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.core.error().cloned().map(|error| error::raise(py, error).into_value(py).into_any())
    }

    /// Add the headers of this result to those of a response, by their rules.
    ///
    /// Args:
    ///     headers: The response's headers so far, as pairs of name and value; a name may come several times.
    ///
    /// Returns:
    ///     All headers of the response, as pairs of name and value.
    ///
    /// Raises:
    ///     TypeError: `headers` are not pairs of str.
    ///     InvalidInputError: A header holds a lone surrogate.
    ///
    /// Example:
    ///     >>> result.apply_headers([("content-type", "text/html")])[1:]
    ///     [('cache-control', 'private'), ('vary', 'Cookie, Authorization')]
    fn apply_headers(&self, headers: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
        let mut headers = convert::pairs("headers", headers)?;
        self.core.apply_headers(&mut headers);
        Ok(headers)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut parts = Vec::new();
        if let Some(session) = self.session(py)? {
            parts.push(format!("session={}", session.bind(py).repr()?));
        }
        if let Some(grant) = self.grant() {
            parts.push(format!("grant={}", Bound::new(py, grant)?.repr()?));
        }
        if let Some(refusal) = self.refusal() {
            parts.push(format!("refusal={}", refusal.__repr__()));
        }
        let headers: Vec<_> = self.core.headers().map(|header| ResponseHeader::from(header).__repr__()).collect();
        parts.push(format!("headers=[{}]", headers.join(", ")));
        if self.core.cookie_header().is_some() {
            parts.push("cookie_header=[redacted]".to_owned());
        }
        if let Some(response) = self.response() {
            parts.push(format!("response={}", Bound::new(py, response)?.repr()?));
        }
        if let Some(error) = self.error(py) {
            parts.push(format!("error={}", error.bind(py).repr()?));
        }
        Ok(format!("AuthenticationResult({})", parts.join(", ")))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("AuthenticationResult can hold tokens and is not pickled; pickle its session"))
    }
}

/// A request that must not reach its handler, and the response in the handler's place.
///
/// Its response has `status`, the `headers` here besides those of the result, and `body`.
#[pyclass(frozen, eq, hash, module = "tenant_select", name = "Refusal")]
#[derive(Clone, PartialEq)]
pub(crate) struct Refusal(tenant_select::Refusal);

impl std::hash::Hash for Refusal {
    fn hash<H: std::hash::Hasher>(&self, hasher: &mut H) {
        (self.0.status(), self.0.code()).hash(hasher);
    }
}

#[pymethods]
impl Refusal {
    #[classattr]
    fn __match_args__(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        PyTuple::new(py, ["status", "code"])
    }

    #[classattr]
    fn __annotations__(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        annotations(
            py,
            &[
                ("status", "int"),
                ("code", "_types.RefusalCode"),
                ("detail", "str"),
                ("headers", "list[tuple[str, str]]"),
                ("problem", "dict[str, _types.Any] | None"),
                ("body", "str"),
            ],
        )
    }

    /// The HTTP status of the response: 303, 401, 403, 404, 409 or 503.
    #[getter]
    fn status(&self) -> u16 {
        self.0.status()
    }

    /// Why the request is refused, such as `SIGNED_OUT`.
    #[getter]
    fn code(&self) -> &'static str {
        self.0.code().as_str()
    }

    /// What to tell a person, in one or two English sentences. It names no tenant.
    #[getter]
    fn detail(&self) -> &'static str {
        self.0.detail()
    }

    /// The headers of the refusing response alone, with names in lower case.
    ///
    /// `www-authenticate` with 401 (RFC 6750, section 3, and RFC 9470, section 3), `retry-after` with `UNAVAILABLE`,
    /// `location` with 303, and `content-type` where there is a body. Those of the result come on top.
    #[getter]
    fn headers(&self) -> Vec<(&'static str, String)> {
        self.0.headers()
    }

    /// The problem document (RFC 9457): `type`, `title`, `status`, `detail`, `code`, and perhaps `activeTenant`.
    ///
    /// `activeTenant` is there with `TENANT_NOT_ACTIVE` alone. None for 303.
    #[getter]
    fn problem<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let problem = self.0.problem().and_then(|text| serde_json::from_str::<tenant_select::Object>(&text).ok());
        problem.map(|problem| convert::to_py(py, &problem)).transpose()
    }

    /// The body of the response: the problem document as JSON, or nothing with 303.
    #[getter]
    fn body(&self) -> String {
        self.0.problem().unwrap_or_default()
    }

    fn __repr__(&self) -> String {
        format!("Refusal(status={}, code='{}')", self.0.status(), self.0.code())
    }
}

/// One header for a response, and what becomes of the application's own of that name.
#[pyclass(frozen, eq, hash, module = "tenant_select", name = "ResponseHeader")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct ResponseHeader {
    name: &'static str,
    value: String,
    rule: &'static str,
    shown: String,
}

impl From<tenant_select::ResponseHeader<'_>> for ResponseHeader {
    fn from(header: tenant_select::ResponseHeader<'_>) -> Self {
        let secret = header.name == "set-cookie";
        let shown = if secret { "[redacted]".to_owned() } else { format!("'{}'", header.value) };
        Self { name: header.name, value: header.value.to_owned(), rule: header.rule.as_str(), shown }
    }
}

#[pymethods]
impl ResponseHeader {
    #[classattr]
    fn __match_args__(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        PyTuple::new(py, ["name", "value", "rule"])
    }

    #[classattr]
    fn __annotations__(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        annotations(py, &[("name", "str"), ("value", "str"), ("rule", "_types.HeaderRule")])
    }

    /// The name, in lower case.
    #[getter]
    fn name(&self) -> &'static str {
        self.name
    }

    /// The value. That of `set-cookie` holds a token.
    #[getter]
    fn value(&self) -> &str {
        &self.value
    }

    /// What becomes of headers of this name that the application has set: `append`, `replace` or `if_absent`.
    #[getter]
    fn rule(&self) -> &'static str {
        self.rule
    }

    fn __repr__(&self) -> String {
        format!("ResponseHeader(name='{}', value={}, rule='{}')", self.name, self.shown, self.rule)
    }
}

fn annotations<'py>(py: Python<'py>, types: &[(&str, &str)]) -> PyResult<Bound<'py, PyDict>> {
    let annotations = PyDict::new(py);
    for (name, hint) in types {
        annotations.set_item(name, PyString::new(py, hint))?;
    }
    Ok(annotations)
}
