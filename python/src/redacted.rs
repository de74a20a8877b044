//! The wrapper that replaces a token in every Python frame of the facade.

use pyo3::prelude::*;
use pyo3::types::PyString;
use tenant_select::{RefreshJwt, SessionJwt};

use crate::convert;
use crate::error::Refused;

/// Holds an argument that must not be printed.
///
/// The facade rebinds such arguments to it in its first statement, so that a traceback with local variables does not show
/// them. It accepts any object, so that this statement cannot fail while the raw value is still in the frame; the type is
/// checked when a call uses it.
#[pyclass(frozen, module = "tenant_select._native")]
pub(crate) struct Redacted(Py<PyAny>);

impl Redacted {
    pub(crate) fn of<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        match value.cast::<Self>() {
            Ok(redacted) => Ok(redacted.clone()),
            Err(_) => Bound::new(value.py(), Self(value.clone().unbind())),
        }
    }

    pub(crate) fn value<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.0.bind(py).clone()
    }

    pub(crate) fn refresh_jwt(&self, py: Python<'_>, argument: &str) -> Result<RefreshJwt, Refused> {
        convert::text(argument, self.0.bind(py)).map(RefreshJwt::from)
    }

    pub(crate) fn session_jwt(&self, py: Python<'_>, argument: &str) -> Result<SessionJwt, Refused> {
        convert::text(argument, self.0.bind(py)).map(SessionJwt::from)
    }

    /// The same for an optional argument.
    pub(crate) fn optional(&self, py: Python<'_>, argument: &str) -> Result<Option<String>, Refused> {
        let value = self.0.bind(py);
        if value.is_none() { Ok(None) } else { convert::text(argument, value).map(Some) }
    }

    /// The entries of an optional mapping of strings to strings.
    pub(crate) fn texts_by_text(
        &self,
        py: Python<'_>,
        argument: &str,
    ) -> Result<Option<Vec<(String, String)>>, Refused> {
        let value = self.0.bind(py);
        if value.is_none() { Ok(None) } else { convert::texts_by_text(argument, value).map(Some) }
    }

    /// The value of a request's header, if present. Invalid text is replaced and not refused, because any client can send
    /// it.
    pub(crate) fn header(&self, py: Python<'_>, argument: &str) -> Result<Option<String>, Refused> {
        let value = self.0.bind(py);
        match value.cast::<PyString>() {
            _ if value.is_none() => Ok(None),
            Ok(text) => Ok(Some(text.to_string_lossy().into_owned())),
            Err(_) => convert::text(argument, value).map(Some),
        }
    }
}

#[pymethods]
impl Redacted {
    fn __repr__(&self) -> &'static str {
        "[redacted]"
    }
}

/// Wraps `value` so that printing shows `[redacted]`. A wrapped value is returned as it is.
#[pyfunction]
pub(crate) fn redact<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Redacted>> {
    Redacted::of(value)
}
