//! An incoming request, as Python's servers have it.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyMapping, PyString, PyTuple};

use tenant_select::Secret;

use crate::convert;
use crate::error::Refused;
use crate::runtime;

/// An incoming request: what `RequestAuthenticator` decides about. Printing shows the method and the path alone.
///
/// Args:
///     method: In upper case, such as `GET`.
///     url: As the browser has it: the path with the query as it was sent, not decoded, or the complete URL.
///     headers: Names and values: a mapping, or pairs, where a name may come several times. The case of names does not
///         matter. Bytes are read as ISO 8859-1, as servers do.
///     websocket: Whether the request opens a WebSocket. A header `Upgrade: websocket` says so itself; with HTTP/2 there
///         is none.
///
/// Raises:
///     TypeError: An argument has the wrong type.
///
/// Example:
///     >>> IncomingRequest("GET", "/acme/documents?page=2", {"Host": "app.example", "Cookie": "DS=a.b.c"})
///     <IncomingRequest GET /acme/documents>
#[pyclass(frozen, module = "tenant_select", name = "IncomingRequest")]
pub(crate) struct IncomingRequest(pub(crate) Arc<RequestParts>);

/// A request that a call takes along to its worker.
pub(crate) struct RequestParts {
    method: String,
    url: String,
    /// Values are wiped, because some of them hold tokens.
    headers: Vec<(String, Secret)>,
    websocket: bool,
}

impl RequestParts {
    pub(crate) fn headers(&self) -> Vec<(&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.expose())).collect()
    }

    /// The request as the core has it, which borrows everything.
    pub(crate) fn request<'a>(&'a self, headers: &'a [(&'a str, &'a str)]) -> tenant_select::IncomingRequest<'a> {
        tenant_select::IncomingRequest::new(&self.method, &self.url, headers).websocket(self.websocket)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.expose())
    }
}

#[pymethods]
impl IncomingRequest {
    #[new]
    #[pyo3(signature = (method, url, headers, *, websocket=false))]
    fn new(
        method: &Bound<'_, PyAny>,
        url: &Bound<'_, PyAny>,
        headers: &Bound<'_, PyAny>,
        websocket: bool,
    ) -> PyResult<Self> {
        let (method, url) = (lossy("method", method)?, lossy("url", url)?);
        Ok(Self(Arc::new(RequestParts { method, url, headers: pairs(headers)?, websocket })))
    }

    #[classattr]
    fn __match_args__(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        PyTuple::new(py, ["method", "url"])
    }

    #[classattr]
    fn __annotations__(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let annotations = PyDict::new(py);
        annotations.set_item("method", "str")?;
        annotations.set_item("url", "str")?;
        annotations.set_item("headers", "list[tuple[str, str]]")?;
        annotations.set_item("websocket", "bool")?;
        Ok(annotations)
    }

    /// The method, such as `GET`.
    #[getter]
    fn method(&self) -> &str {
        &self.0.method
    }

    /// The path with the query, or the complete URL.
    #[getter]
    fn url(&self) -> &str {
        &self.0.url
    }

    /// Names and values, in the order of the request. They hold the tokens.
    #[getter]
    fn headers(&self) -> Vec<(&str, &str)> {
        self.0.headers()
    }

    /// Whether the request opens a WebSocket, as its maker has said.
    #[getter]
    fn websocket(&self) -> bool {
        self.0.websocket
    }

    /// The first value of a header.
    ///
    /// Args:
    ///     name: Its name, in any case.
    ///
    /// Returns:
    ///     The value, or None when the request has no such header.
    ///
    /// Raises:
    ///     TypeError: `name` is not a str.
    ///
    /// Example:
    ///     >>> IncomingRequest("GET", "/", {"Accept": "text/html"}).header("accept")
    ///     'text/html'
    fn header(&self, name: &Bound<'_, PyAny>) -> PyResult<Option<&str>> {
        Ok(self.0.header(&convert::text("name", name)?))
    }

    fn __repr__(&self) -> String {
        // Headers hold the tokens, and a query may hold a secret.
        let path = self.0.url.split(['?', '#']).next().unwrap_or_default();
        format!("<IncomingRequest {} {path}>", self.0.method)
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("IncomingRequest holds tokens and is not pickled"))
    }
}

/// The headers of a mapping, or of pairs.
fn pairs(headers: &Bound<'_, PyAny>) -> Result<Vec<(String, Secret)>, Refused> {
    // What the application gives may run its own code.
    let items = match headers.cast::<PyMapping>() {
        Ok(mapping) => runtime::python(headers.py(), || mapping.items())?.into_any(),
        Err(_) => headers.clone(),
    };
    runtime::python(headers.py(), || {
        let mut found = Vec::with_capacity(items.len().unwrap_or_default());
        for item in items.try_iter()? {
            let item = item?;
            let pair = item.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>().or_else(|_| {
                let [name, value] = item.cast::<PyList>()?.extract::<[Bound<'_, PyAny>; 2]>()?;
                PyResult::Ok((name, value))
            });
            let wrong = "headers must be pairs of name and value, each str or bytes";
            let (name, value) = pair.map_err(|_| PyTypeError::new_err(wrong))?;
            found.push((lossy("headers", &name)?, Secret::from(lossy("headers", &value)?)));
        }
        Ok(found)
    })
}

/// A text. Bytes are ISO 8859-1, and what is no text is replaced and not refused, because any client can send it.
fn lossy(argument: &str, value: &Bound<'_, PyAny>) -> Result<String, Refused> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_string_lossy().into_owned());
    }
    match value.cast::<PyBytes>() {
        Ok(bytes) => Ok(bytes.as_bytes().iter().copied().map(char::from).collect()),
        Err(_) => convert::text(argument, value),
    }
}
