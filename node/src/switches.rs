//! Switches of tenants on their way to the facade. A switch waits here for the next results, after which the facade takes it if
//! there is a subscriber. An exchange that completes after its callers have left has no result, so the facade is woken too.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status};
use napi_derive::napi;
use tenant_select::{ClientBuilder, ErrorKind};

use crate::runtime;

/// One switch, as the facade publishes it.
#[napi(object, object_from_js = false)]
pub struct SwitchEvent {
    /// When it ended, in milliseconds since 1970.
    pub time: f64,
    /// The project.
    pub project_id: String,
    /// The user.
    pub user_id: Option<String>,
    /// The tenant before.
    pub from_tenant: Option<String>,
    /// The tenant requested, or the one that a refresh brought.
    pub to_tenant: Option<String>,
    /// What the service may have done.
    pub outcome: &'static str,
    /// The code of the error.
    pub code: Option<&'static str>,
    /// The id under which the service knows the request.
    pub request_id: Option<String>,
    /// How many requests were made.
    pub attempts: u32,
    /// Seconds.
    pub duration: f64,
}

impl From<&tenant_select::SwitchEvent> for SwitchEvent {
    fn from(event: &tenant_select::SwitchEvent) -> Self {
        Self {
            // A clock before 1970 is no reason to lose the event.
            time: event.time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1000.0,
            project_id: event.project_id.clone(),
            user_id: event.user_id.clone(),
            from_tenant: event.from_tenant.clone(),
            to_tenant: event.to_tenant.clone(),
            outcome: event.outcome.as_str(),
            code: event.code.map(ErrorKind::code),
            request_id: event.request_id.clone(),
            attempts: event.attempts,
            duration: event.duration.as_secs_f64(),
        }
    }
}

/// A function of JavaScript that may be called from any thread. Weak: waiting for an exchange without callers must not keep the
/// process alive.
pub(crate) type Wake = ThreadsafeFunction<(), (), (), Status, false, true>;

/// The switches that clients of one JavaScript environment made.
#[derive(Clone, Default)]
pub(crate) struct Switches(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    /// Since promises were settled for the last time.
    events: Vec<SwitchEvent>,
    /// From before that. The facade has not taken them when there was no subscriber.
    aged: Vec<SwitchEvent>,
    wake: Option<Wake>,
}

impl Switches {
    /// The builder of a client whose switches wait here.
    pub(crate) fn observe(&self, builder: ClientBuilder) -> ClientBuilder {
        let switches = self.clone();
        builder.on_switch(move |event| {
            let mut waiting = switches.waiting();
            waiting.events.push(event.into());
            if let Some(wake) = &waiting.wake {
                // Fails when the environment has ended; then there is no subscriber.
                let _ = wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
            }
        })
    }

    /// Drops what the facade did not take when promises were settled before.
    pub(crate) fn age(&self) {
        let mut waiting = self.waiting();
        waiting.aged = mem::take(&mut waiting.events);
    }

    /// What waits, if anything does.
    fn take(&self) -> Option<Vec<SwitchEvent>> {
        let mut waiting = self.waiting();
        let mut events = mem::take(&mut waiting.aged);
        events.append(&mut waiting.events);
        (!events.is_empty()).then_some(events)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has `wake` called when switches of this environment can be taken.
#[napi(catch_unwind)]
pub fn on_switches(env: &Env, #[napi(ts_arg_type = "() => void")] wake: Wake) -> Result<()> {
    runtime::switches(env)?.waiting().wake = Some(wake);
    Ok(())
}

/// The switches of this environment that have not been taken.
#[napi(catch_unwind)]
pub fn take_switches(env: &Env) -> Result<Option<Vec<SwitchEvent>>> {
    Ok(runtime::switches(env)?.take())
}
