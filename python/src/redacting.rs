//! Wraps secret arguments before a coroutine function is called.
//!
//! An `async def` keeps its arguments in the frame of its coroutine from the call on, and its first statement
//! runs when the coroutine first runs. Until then, a traceback with local variables would show the raw values, for example
//! that of a task that is cancelled before it starts. So the values are wrapped before the function is called.
//!
//! The wrapped function must be a coroutine function. Calling one runs no Python code; it only creates the coroutine. An
//! ordinary function would run within this native frame, where a thread must not be stopped at exit.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::redacted::Redacted;

/// The attributes of a function that `inspect` and `typing` read. An object with all of them is treated as a function.
const ATTRIBUTES: [&str; 9] = [
    "__module__",
    "__name__",
    "__qualname__",
    "__doc__",
    "__code__",
    "__defaults__",
    "__kwdefaults__",
    "__annotations__",
    "__globals__",
];

/// A method of a class whose secret arguments are wrapped before its coroutine is created.
#[pyclass(frozen, dict, module = "tenant_select._native")]
pub(crate) struct RedactingFunction {
    function: Py<PyAny>,
    /// `types.MethodType`.
    method: Py<PyAny>,
    redacted: Vec<RedactedArgument>,
}

struct RedactedArgument {
    name: String,
    /// Its position among the positional arguments, `self` included; `None` for a keyword-only argument.
    position: Option<usize>,
}

impl RedactingFunction {
    fn new(function: &Bound<'_, PyAny>, names: Vec<String>) -> PyResult<Self> {
        let py = function.py();
        let code = function.getattr("__code__")?;
        let parameters: Vec<String> = code.getattr("co_varnames")?.extract()?;
        let positional: usize = code.getattr("co_argcount")?.extract()?;
        let by_name: usize = code.getattr("co_kwonlyargcount")?.extract()?;
        let redacted = names.into_iter().map(|name| {
            let found = parameters.iter().take(positional + by_name).position(|parameter| *parameter == name);
            let place = found.ok_or_else(|| PyTypeError::new_err(format!("there is no argument {name}")))?;
            Ok(RedactedArgument { name, position: (place < positional).then_some(place) })
        });
        let redacted = redacted.collect::<PyResult<_>>()?;
        // `types.MethodType`, without the import of `types`.
        let method = function.call_method1(intern!(py, "__get__"), (function,))?.get_type().into_any();
        Ok(Self { function: function.clone().unbind(), method: method.unbind(), redacted })
    }
}

#[pymethods]
impl RedactingFunction {
    fn __get__<'py>(
        slf: Bound<'py, Self>,
        instance: Option<&Bound<'py, PyAny>>,
        _owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match instance {
            None => Ok(slf.into_any()),
            Some(instance) => slf.get().method.bind(slf.py()).call1((&slf, instance)),
        }
    }

    #[pyo3(signature = (*arguments, **named))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        named: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut values: Vec<_> = arguments.iter().collect();
        // A copy: the dict may be the caller's, as that of `functools.partial` is.
        let named = named.map(PyDictMethods::copy).transpose()?;
        for argument in &self.redacted {
            if let Some(value) = argument.position.and_then(|position| values.get_mut(position)) {
                *value = Redacted::of(value)?.into_any();
            }
            if let Some(named) = &named
                && let Some(value) = named.get_item(&argument.name)?
            {
                named.set_item(&argument.name, Redacted::of(&value)?)?;
            }
        }
        self.function.bind(py).call(PyTuple::new(py, values)?, named.as_ref())
    }
}

/// Wraps the arguments of these names in `function`, a coroutine function and method of a class.
#[pyfunction]
pub(crate) fn redact_arguments<'py>(
    function: &Bound<'py, PyAny>,
    names: Vec<String>,
) -> PyResult<Bound<'py, RedactingFunction>> {
    let made = Bound::new(function.py(), RedactingFunction::new(function, names)?)?;
    for attribute in ATTRIBUTES {
        made.setattr(attribute, function.getattr(attribute)?)?;
    }
    Ok(made)
}
