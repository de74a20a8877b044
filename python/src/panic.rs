//! Functions that panic, in builds with debug assertions only: the suite uses them to check that no panic reaches Python code.

use pyo3::prelude::*;

use crate::call::{Call, Reply};
use crate::client::NativeClient;
use crate::error::{self, OrRaise};

#[allow(clippy::panic)]
fn fault() -> tenant_select::Session {
    panic!("on demand")
}

/// A call of `client` that panics when it runs.
#[pyfunction]
pub(crate) fn _panicking_call(client: &Bound<'_, NativeClient>) -> Call {
    client.get().broken(|_| async { Ok::<_, tenant_select::Error>(Reply::from(fault())) })
}

/// A function of the core that panics.
#[pyfunction]
pub(crate) fn _panicking_function(py: Python<'_>) -> PyResult<()> {
    error::catch_panic(fault).map(drop).or_raise(py)
}
