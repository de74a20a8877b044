//! Errors leave the core as data; the classes are Python's own, in `tenant_select/errors.py`.
//!
//! Classes made here could not have two bases (`APITimeoutError` is also a `TimeoutError`), and would be harder to
//! document, subclass and pickle.

use std::error::Error as _;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tenant_select::{Error, ErrorKind, Outcome};

use crate::model::JwtResponse;
use crate::runtime;

/// Why a call failed. `errors.from_native` makes the exception of it.
#[pyclass(frozen, module = "tenant_select._native")]
pub(crate) struct NativeError {
    kind: ErrorKind,
    /// What the exception says.
    #[pyo3(get)]
    message: String,
    outcome: Outcome,
    retryable: bool,
    argument: Option<String>,
    error: Option<Error>,
}

#[pymethods]
impl NativeError {
    /// The code, by which the class is found.
    #[getter]
    fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// The messages of the errors beneath, outermost first.
    #[getter]
    fn causes(&self) -> Vec<String> {
        let mut messages = Vec::new();
        let mut source = self.error.as_ref().and_then(|error| error.source());
        while let Some(cause) = source {
            messages.push(cause.to_string());
            source = cause.source();
        }
        messages
    }

    /// The attributes of the exception.
    #[getter]
    fn details<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let details = PyDict::new(py);
        details.set_item(intern!(py, "outcome"), self.outcome.as_str())?;
        details.set_item(intern!(py, "retryable"), self.retryable)?;
        details.set_item(intern!(py, "argument"), &self.argument)?;
        if let Some(error) = &self.error {
            details.set_item(intern!(py, "attempts"), error.attempts())?;
            details.set_item(intern!(py, "status"), error.status())?;
            details.set_item(intern!(py, "error_code"), error.error_code())?;
            details.set_item(intern!(py, "error_description"), error.error_description())?;
            details.set_item(intern!(py, "error_message"), error.error_message())?;
            details.set_item(intern!(py, "retry_after"), error.retry_after().map(|wait| wait.as_secs_f64()))?;
            details.set_item(intern!(py, "request_id"), error.request_id())?;
            details.set_item(intern!(py, "path"), error.path())?;
            details.set_item(intern!(py, "response"), error.response().cloned().map(JwtResponse))?;
        }
        Ok(details)
    }
}

impl From<Error> for NativeError {
    fn from(error: Error) -> Self {
        Self {
            kind: error.kind(),
            message: error.to_string(),
            outcome: error.outcome(),
            retryable: error.is_retryable(),
            argument: error.argument().map(str::to_owned),
            error: Some(error),
        }
    }
}

impl NativeError {
    fn own(kind: ErrorKind, outcome: Outcome, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), outcome, retryable: false, argument: None, error: None }
    }

    /// A call whose task vanished, which only a panic can cause.
    pub(crate) fn panicked() -> Self {
        let message =
            "the call broke off inside the library; whether the service acted on it is unknown; please report it";
        Self::own(ErrorKind::Internal, Outcome::Unknown, message)
    }

    /// The same for what sends nothing.
    fn broken() -> Self {
        let message = "the library broke down over this argument; nothing was sent; please report it";
        Self::own(ErrorKind::Internal, Outcome::NotSent, message)
    }

    /// A call whose process forked, from a signal handler, while it was waited for.
    pub(crate) fn forked() -> Self {
        let message =
            "the call stayed behind in the parent process; whether the service acted on it is unknown; call again";
        Self::own(ErrorKind::Connection, Outcome::Unknown, message)
    }

    /// The exception itself, for calls that raise it without the facade in between.
    fn raise(self, py: Python<'_>) -> PyErr {
        let build = || {
            let build = py.import(intern!(py, "tenant_select.errors"))?.getattr(intern!(py, "from_native"))?;
            Ok(PyErr::from_value(build.call1((self,))?))
        };
        runtime::python(py, build).unwrap_or_else(|broken: PyErr| broken)
    }
}

/// An argument that cannot be passed to the core.
pub(crate) fn invalid_input(py: Python<'_>, argument: &str, what: &str) -> PyErr {
    let message = format!("{argument} {what}; nothing was sent; correct the argument and call again");
    let argument = Some(argument.to_owned());
    NativeError { argument, ..NativeError::own(ErrorKind::InvalidInput, Outcome::NotSent, message) }.raise(py)
}

/// A call made while the interpreter is exiting, when nothing is left to run it.
pub(crate) fn shutting_down(py: Python<'_>) -> PyErr {
    let message = "the interpreter is shutting down; nothing was sent; make calls before it exits";
    NativeError::own(ErrorKind::ClientClosed, Outcome::NotSent, message).raise(py)
}

/// A call that the system grants no thread or file to run with, for now.
pub(crate) fn not_started(py: Python<'_>, refused: &io::Error) -> PyErr {
    let message = format!("the runtime could not be started ({refused}); nothing was sent; the call may be repeated");
    let error = NativeError::own(ErrorKind::Connection, Outcome::NotSent, message);
    NativeError { retryable: true, ..error }.raise(py)
}

/// Runs a function of the core that sends nothing; a panic in it becomes an `InternalError`, where pyo3 would raise what
/// `except Exception` does not catch.
pub(crate) fn catch_panic<T>(py: Python<'_>, run: impl FnOnce() -> T) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|_| NativeError::broken().raise(py))
}

/// A core result as Python's.
pub(crate) trait OrRaise<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for tenant_select::Result<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| NativeError::from(error).raise(py))
    }
}
