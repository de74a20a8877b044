//! Errors cross from the core as data; their classes are defined in `tenant_select/errors.py`.
//!
//! Classes defined here could not have two bases (`APITimeoutError` is also a `TimeoutError`), and would be harder to
//! document, subclass and pickle.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::intern;
use pyo3::prelude::*;
use tenant_select::binding::{self, ErrorView};
use tenant_select::{Error, Operation, Outcome};

use crate::convert;
use crate::model::JwtResponse;
use crate::runtime;

/// The error of a call as data. `errors.from_native` creates the exception from it.
#[pyclass(frozen, module = "tenant_select._native")]
pub(crate) struct NativeError(pub(crate) Error);

#[pymethods]
impl NativeError {
    /// The message, the messages of the causes, outermost first, and the attributes that have a value.
    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::to_py(py, &ErrorView::new(&self.0, binding::snake_case))
    }

    /// The response that the error carries.
    #[getter]
    fn response(&self) -> Option<JwtResponse> {
        self.0.response().cloned().map(JwtResponse)
    }
}

/// The exception, for functions that raise it without the facade.
pub(crate) fn raise(py: Python<'_>, error: Error) -> PyErr {
    let build = || {
        let build = py.import(intern!(py, "tenant_select.errors"))?.getattr(intern!(py, "from_native"))?;
        Ok(PyErr::from_value(build.call1((NativeError(error),))?))
    };
    runtime::python(py, build).unwrap_or_else(|failed: PyErr| failed)
}

/// Why an argument is refused: by a rule of the core, or with Python's own exception for a wrong type.
pub(crate) enum Refused {
    Argument(Error),
    Python(PyErr),
}

impl Refused {
    /// The refusal of an argument that cannot be passed to the core; `what` completes the message after its name.
    pub(crate) fn argument(argument: &str, what: &str) -> Self {
        Self::Argument(binding::wrong_argument(argument.to_owned(), format!("{argument} {what}")))
    }

    /// The exception, which names the operation.
    pub(crate) fn raise(self, py: Python<'_>, operation: Operation) -> PyErr {
        match self {
            Self::Argument(error) => raise(py, error.in_operation(operation)),
            Self::Python(error) => error,
        }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Argument(error)
    }
}

impl From<PyErr> for Refused {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

/// The exception of what belongs to no operation.
impl From<Refused> for PyErr {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Argument(error) => Python::attach(|py| raise(py, error)),
            Refused::Python(error) => error,
        }
    }
}

/// Runs a function of the core that sends nothing. A panic becomes an `InternalError`; pyo3 would raise an exception that
/// `except Exception` does not catch.
pub(crate) fn catch_panic<T>(run: impl FnOnce() -> T) -> tenant_select::Result<T> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|_| binding::panicked(Outcome::NotSent))
}

/// Converts a result of the core to a `PyResult`.
pub(crate) trait OrRaise<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for tenant_select::Result<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| raise(py, error))
    }
}
