//! What receives the events of a client, as opposed to those of one call.

use std::fmt;
use std::sync::Arc;

use crate::client::switch_event::SwitchEvent;
use crate::http::events::OnWarning;

pub(crate) type OnSwitch = Arc<dyn Fn(&SwitchEvent) + Send + Sync>;

/// The observers of a client, which its builder collects.
#[derive(Clone, Default)]
pub(crate) struct Observers {
    pub(crate) on_switch: Option<OnSwitch>,
    pub(crate) on_warning: Option<OnWarning>,
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observers")
            .field("on_switch", &self.on_switch.is_some())
            .field("on_warning", &self.on_warning.is_some())
            .finish()
    }
}
