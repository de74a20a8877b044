//! Errors leave the core as data; the classes are Python's own, in `tenant_select/errors.py`.
//!
//! Classes made here could not have two bases (`APITimeoutError` is also a `TimeoutError`), and would be harder to
//! document, subclass and pickle.

use std::error::Error as _;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tenant_select::{Error, ErrorKind, Outcome};

use crate::model::JwtResponse;

/// What `except` sees.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    build(py, error).unwrap_or_else(|broken| broken)
}

fn build(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let details = PyDict::new(py);
    details.set_item(intern!(py, "outcome"), error.outcome().as_str())?;
    details.set_item(intern!(py, "retryable"), error.is_retryable())?;
    details.set_item(intern!(py, "attempts"), error.attempts())?;
    details.set_item(intern!(py, "status"), error.status())?;
    details.set_item(intern!(py, "error_code"), error.error_code())?;
    details.set_item(intern!(py, "error_description"), error.error_description())?;
    details.set_item(intern!(py, "error_message"), error.error_message())?;
    details.set_item(intern!(py, "retry_after"), error.retry_after().map(|wait| wait.as_secs_f64()))?;
    details.set_item(intern!(py, "request_id"), error.request_id())?;
    details.set_item(intern!(py, "argument"), error.argument())?;
    details.set_item(intern!(py, "path"), error.path())?;
    details.set_item(intern!(py, "response"), error.response().cloned().map(JwtResponse))?;
    exception(py, error.kind(), &error.to_string(), causes(error), &details)
}

/// The messages of the errors beneath, outermost first.
fn causes(error: &Error) -> Vec<String> {
    let mut messages = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        messages.push(cause.to_string());
        source = cause.source();
    }
    messages
}

/// An argument that cannot even be handed to the core.
pub(crate) fn invalid_input(py: Python<'_>, argument: &str, what: &str) -> PyErr {
    let build = || {
        let details = PyDict::new(py);
        details.set_item(intern!(py, "argument"), argument)?;
        let message = format!("{argument} {what}; nothing was sent; correct the argument and call again");
        exception(py, ErrorKind::InvalidInput, &message, Vec::new(), &details)
    };
    build().unwrap_or_else(|broken: PyErr| broken)
}

/// A call made when there is nothing left to run it: the interpreter is on its way out.
pub(crate) fn shutting_down(py: Python<'_>) -> PyErr {
    let message = "the interpreter is shutting down; nothing was sent; make calls before it exits";
    own(py, ErrorKind::ClientClosed, Outcome::NotSent, message)
}

/// A call whose process forked, from a signal handler, while it was waited for.
pub(crate) fn forked(py: Python<'_>) -> PyErr {
    let message =
        "the call stayed behind in the parent process; whether the service acted on it is unknown; call again";
    own(py, ErrorKind::Connection, Outcome::Unknown, message)
}

/// A call whose task vanished, which only a panic can cause.
pub(crate) fn panicked(py: Python<'_>) -> PyErr {
    let message = "the call broke off inside the library; whether the service acted on it is unknown; please report it";
    own(py, ErrorKind::Internal, Outcome::Unknown, message)
}

fn own(py: Python<'_>, kind: ErrorKind, outcome: Outcome, message: &str) -> PyErr {
    let build = || {
        let details = PyDict::new(py);
        details.set_item(intern!(py, "outcome"), outcome.as_str())?;
        exception(py, kind, message, Vec::new(), &details)
    };
    build().unwrap_or_else(|broken: PyErr| broken)
}

fn exception(
    py: Python<'_>,
    kind: ErrorKind,
    message: &str,
    causes: Vec<String>,
    details: &Bound<'_, PyDict>,
) -> PyResult<PyErr> {
    let build = py.import(intern!(py, "tenant_select.errors"))?.getattr(intern!(py, "from_native"))?;
    Ok(PyErr::from_value(build.call1((kind.code(), message, causes, details))?))
}

/// A core result as Python's.
pub(crate) trait OrRaise<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for tenant_select::Result<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| raise(py, &error))
    }
}
