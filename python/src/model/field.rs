//! The type of a field decides its Python value and what `repr` shows, so that `repr` cannot show a token by mistake.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use pyo3::types::PyString;
use tenant_select::{Object, RefreshJwt, Secret, SessionJwt, UnknownFields, Value};

use crate::convert;

pub(crate) trait Field {
    /// The value of the attribute.
    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>>;

    /// Its text in `repr`; `None` when there is no value.
    fn shown(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let value = self.to_py(py)?;
        if value.is_none() { Ok(None) } else { Ok(Some(value.repr()?.to_string())) }
    }
}

macro_rules! plain {
    ($($type:ty),+ $(,)?) => {$(
        impl Field for $type {
            fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                convert::to_py(py, self)
            }
        }
    )+};
}

plain! {
    &str, String, Option<String>, bool, Option<bool>, u16, Option<u16>, u32, u64, i64, Option<i64>, f64, &[String],
    Option<Vec<String>>, Option<BTreeMap<String, bool>>,
}

/// The value of the attribute, and its text in `repr`.
fn hidden<T>(value: Option<&T>, shown: impl FnOnce(&T) -> PyResult<String>) -> PyResult<Option<String>> {
    value.map(shown).transpose()
}

macro_rules! tokens {
    ($($type:ty),+ $(,)?) => {$(
        impl Field for Option<$type> {
            fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                convert::to_py(py, self)
            }

            fn shown(&self, _: Python<'_>) -> PyResult<Option<String>> {
                hidden(self.as_ref(), |_| Ok("[redacted]".to_owned()))
            }
        }
    )+};
}

tokens! { SessionJwt, RefreshJwt, Secret }

/// JSON that users or the project define is shown by its keys only, because its values may be secret.
fn keys(py: Python<'_>, entries: &Object) -> PyResult<String> {
    let keys: Vec<_> =
        entries.keys().map(|key| Ok(format!("{}: ...", PyString::new(py, key).repr()?))).collect::<PyResult<_>>()?;
    Ok(format!("{{{}}}", keys.join(", ")))
}

impl Field for &Object {
    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::to_py(py, self)
    }

    fn shown(&self, py: Python<'_>) -> PyResult<Option<String>> {
        hidden(Some(*self), |entries| keys(py, entries))
    }
}

impl Field for Option<Object> {
    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::to_py(py, self)
    }

    fn shown(&self, py: Python<'_>) -> PyResult<Option<String>> {
        hidden(self.as_ref(), |entries| keys(py, entries))
    }
}

impl Field for Option<Value> {
    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::to_py(py, self)
    }

    fn shown(&self, py: Python<'_>) -> PyResult<Option<String>> {
        hidden(self.as_ref(), |value| match value.as_object() {
            Some(entries) => keys(py, entries),
            None => Ok("...".to_owned()),
        })
    }
}

impl Field for UnknownFields {
    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::to_py(py, self)
    }

    fn shown(&self, py: Python<'_>) -> PyResult<Option<String>> {
        hidden(Some(self.as_object()).filter(|entries| !entries.is_empty()), |entries| keys(py, entries))
    }
}
