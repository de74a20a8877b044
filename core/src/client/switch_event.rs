//! The switch of a tenant as an event, for audit logs.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::client::observers::OnSwitch;
use crate::client::verification::Presented;
use crate::config::Config;
use crate::error::Result;
use crate::error::kind::{ErrorKind, Outcome};
use crate::http::pending::Pending;
use crate::response::JwtResponse;
use crate::session::Session;

/// One switch of a user's tenant, as it ended. It holds no token.
///
/// There is one for every selection that is made, however many identical calls share it, whether it succeeded, was refused or
/// ended in doubt; and one for every refresh that brought another tenant. A call that is served with a remembered response
/// switches nothing, and neither does one that is refused for its arguments.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SwitchEvent {
    /// When it ended.
    pub time: SystemTime,
    /// The project.
    pub project_id: String,
    /// The user of the token presented; none when verification is switched off.
    pub user_id: Option<String>,
    /// The tenant that the token sent names; none when it names none, or verification is switched off.
    pub from_tenant: Option<String>,
    /// The tenant that the user acts in now, or none; of a switch that did not succeed the one requested. Another one than
    /// requested comes with the code [`TenantMismatch`](ErrorKind::TenantMismatch).
    pub to_tenant: Option<String>,
    /// Whether the service acted: [`Applied`](Outcome::Applied) for a switch that succeeded.
    pub outcome: Outcome,
    /// The kind of the error; none for a switch that succeeded, and for one whose callers left before it was sent.
    pub code: Option<ErrorKind>,
    /// The id under which the service knows the request.
    pub request_id: Option<String>,
    /// How many requests were made.
    pub attempts: u32,
    /// How long it took, from the call on.
    pub duration: Duration,
}

/// A refresh brought another tenant than the one of the token presented, or none.
pub(crate) struct TenantChange {
    pub(crate) to: Option<String>,
}

/// The switch of one exchange, reported when it ends, and also when it is dropped before.
pub(crate) struct SwitchReport {
    on_switch: OnSwitch,
    began: Instant,
    project_id: String,
    user_id: Option<String>,
    from_tenant: Option<String>,
    /// The tenant of a selection; a refresh has none.
    selected: Option<String>,
    pending: Arc<Pending>,
    reported: bool,
}

impl SwitchReport {
    pub(crate) fn new(
        on_switch: OnSwitch,
        config: &Config,
        presented: &Presented,
        selected: Option<String>,
        pending: Arc<Pending>,
    ) -> Self {
        Self {
            on_switch,
            began: Instant::now(),
            project_id: config.project_id.clone(),
            user_id: Some(presented.user_id.clone()).filter(|user_id| !user_id.is_empty()),
            from_tenant: presented.tenant.clone(),
            selected,
            pending,
            reported: false,
        }
    }

    /// The token that is sent, which may be another one than the caller's.
    pub(crate) fn presented(&mut self, presented: &Presented) {
        self.from_tenant.clone_from(&presented.tenant);
    }

    /// The exchange ended, with the change of tenant that a refresh brought.
    pub(crate) fn ended(mut self, result: &Result<JwtResponse>, change: Option<TenantChange>) {
        self.reported = true;
        let requested = match (&self.selected, change) {
            (Some(selected), _) => Some(selected.clone()),
            (None, Some(TenantChange { to })) => to,
            (None, None) => return,
        };
        let event = match result {
            Ok(response) => {
                let http = response.http();
                let session = response.session();
                // Unverified, the response is taken at its word.
                let brought = session.map_or(requested.as_deref(), Session::current_tenant);
                let code = (brought != requested.as_deref()).then_some(ErrorKind::TenantMismatch);
                let to_tenant = brought.map(str::to_owned);
                self.event(to_tenant, Outcome::Applied, code, http.request_id.clone(), http.attempts)
            }
            Err(error) => {
                let request_id = error.request_id().map(str::to_owned);
                self.event(requested, error.outcome(), Some(error.kind()), request_id, error.attempts())
            }
        };
        (self.on_switch)(&event);
    }

    /// Nothing was sent, so nothing was switched.
    pub(crate) fn withdraw(mut self) {
        self.reported = true;
    }

    fn event(
        &self,
        to_tenant: Option<String>,
        outcome: Outcome,
        code: Option<ErrorKind>,
        request_id: Option<String>,
        attempts: u32,
    ) -> SwitchEvent {
        SwitchEvent {
            time: SystemTime::now(),
            project_id: self.project_id.clone(),
            user_id: self.user_id.clone(),
            from_tenant: self.from_tenant.clone(),
            to_tenant,
            outcome,
            code,
            request_id,
            attempts,
            duration: self.began.elapsed(),
        }
    }
}

impl Drop for SwitchReport {
    fn drop(&mut self) {
        if self.reported || self.selected.is_none() {
            return;
        }
        let outcome = if self.pending.has_left() { Outcome::Unknown } else { Outcome::NotSent };
        let event = self.event(self.selected.clone(), outcome, None, None, self.pending.attempts());
        (self.on_switch)(&event);
    }
}
