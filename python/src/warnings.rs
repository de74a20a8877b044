//! What a client reports that is wrong around it. A report waits here for the next call that ends, in whose thread the facade
//! logs it: a worker must not enter the interpreter.

use std::sync::Arc;

use arc_swap::ArcSwap;
use pyo3::prelude::*;
use serde::Serialize;
use tenant_select::{ClientBuilder, Warning};

use crate::convert;

/// The reports of one client that no call has taken yet. Without a lock, because a worker may hold one during a fork.
#[derive(Clone, Default)]
pub(crate) struct Warnings(Arc<ArcSwap<Vec<Warning>>>);

/// What a log record says of a report.
#[derive(Serialize)]
struct Record {
    code: &'static str,
    message: String,
    seconds: Option<i64>,
}

impl From<&Warning> for Record {
    fn from(warning: &Warning) -> Self {
        let seconds = match warning {
            Warning::ClockSkew { seconds } => Some(*seconds),
            _ => None,
        };
        Self { code: warning.code(), message: warning.to_string(), seconds }
    }
}

impl Warnings {
    /// The builder of a client whose reports wait here.
    pub(crate) fn observe(&self, builder: ClientBuilder) -> ClientBuilder {
        let Self(waiting) = self.clone();
        builder.on_warning(move |warning| {
            waiting.rcu(|waiting| waiting.iter().chain([warning]).cloned().collect::<Vec<_>>());
        })
    }

    /// What waits, as a list of dicts; None when nothing does.
    pub(crate) fn take<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.0.load().is_empty() {
            return Ok(None);
        }
        let records: Vec<_> = self.0.swap(Arc::default()).iter().map(Record::from).collect();
        convert::to_py(py, &records).map(Some)
    }
}
