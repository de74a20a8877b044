//! What receives the events of a client, as opposed to those of one call.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::client::switch_event::SwitchEvent;
use crate::http::events::{OnWarning, Warning};
use crate::response::OnLongCookies;

pub(crate) type OnSwitch = Arc<dyn Fn(&SwitchEvent) + Send + Sync>;

/// The observers of a client, which its builder collects.
#[derive(Clone, Default)]
pub(crate) struct Observers {
    pub(crate) on_switch: Option<OnSwitch>,
    pub(crate) on_warning: Option<OnWarning>,
}

impl Observers {
    /// What reports cookies that are too long together: once.
    pub(crate) fn on_long_cookies(&self) -> OnLongCookies {
        let reported = AtomicBool::new(false);
        OnLongCookies(self.on_warning.clone().map(|on_warning| -> Arc<dyn Fn(usize) + Send + Sync> {
            Arc::new(move |bytes| {
                if !reported.swap(true, Ordering::Relaxed) {
                    on_warning(&Warning::LongCookies { bytes });
                }
            })
        }))
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observers")
            .field("on_switch", &self.on_switch.is_some())
            .field("on_warning", &self.on_warning.is_some())
            .finish()
    }
}
