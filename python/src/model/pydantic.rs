//! How models become fields of pydantic models: the hook that pydantic calls, which loads the rest.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;

/// The schema of the class.
pub(super) fn allow<'py>(cls: &Bound<'py, PyType>, handler: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let module = cls.py().import(intern!(cls.py(), "tenant_select._pydantic"))?;
    module.call_method1(intern!(cls.py(), "schema"), (cls, handler))
}

/// No schema, because the model can hold tokens; `instead` says what to do.
pub(super) fn refuse<'py>(
    cls: &Bound<'py, PyType>,
    _handler: &Bound<'py, PyAny>,
    instead: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let name = cls.name()?;
    Err(PyTypeError::new_err(format!(
        "{name} can hold tokens, so it is neither a field of a pydantic model nor the response of an endpoint: {instead}"
    )))
}
