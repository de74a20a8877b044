//! What a client reports that is wrong around it. A report waits here for the result of the next call that ends, which takes
//! it to the facade: a function of JavaScript that the client kept would have to be freed by the event loop.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use napi_derive::napi;
use tenant_select::{ClientBuilder, Warning};

/// One report, as the facade publishes it.
#[napi(object, object_from_js = false)]
pub struct ClientWarning {
    /// The name of what is wrong.
    pub code: &'static str,
    /// What is wrong, and what to do about it.
    pub message: String,
    /// By how many seconds the service's clock is ahead.
    pub seconds: Option<i64>,
}

impl From<&Warning> for ClientWarning {
    fn from(warning: &Warning) -> Self {
        let seconds = match warning {
            Warning::ClockSkew { seconds } => Some(*seconds),
            _ => None,
        };
        Self { code: warning.code(), message: warning.to_string(), seconds }
    }
}

/// The reports of one client that no result has taken yet.
#[derive(Clone, Default)]
pub(crate) struct Warnings(Arc<Mutex<Vec<Warning>>>);

impl Warnings {
    /// The builder of a client whose reports wait here.
    pub(crate) fn observe(&self, builder: ClientBuilder) -> ClientBuilder {
        let Self(waiting) = self.clone();
        builder.on_warning(move |warning| {
            waiting.lock().unwrap_or_else(PoisonError::into_inner).push(warning.clone());
        })
    }

    /// What waits, if anything does.
    pub(crate) fn take(&self) -> Option<Vec<ClientWarning>> {
        let waiting = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        (!waiting.is_empty()).then(|| waiting.iter().map(ClientWarning::from).collect())
    }
}
