//! One emulated project: the state that its calls read and change.

use std::sync::{Mutex, PoisonError};

use super::State;
use super::faults::FaultAction;
use super::journal::Journal;
use super::settings::Settings;
use super::users::User;
use crate::ids::new_user_id;
use crate::jose::keys::KeyStore;

/// The initial state, which a reset restores.
#[derive(Clone, Default)]
pub(crate) struct Start {
    pub(crate) settings: Settings,
    pub(crate) users: Vec<User>,
}

/// The project of one emulator: the parts that do not change, the journal, and the state that a reset restores.
pub(crate) struct Project {
    pub(crate) url: String,
    pub(crate) project_id: String,
    pub(crate) keys: KeyStore,
    pub(crate) ca_pem: Option<String>,
    pub(crate) journal: Journal,
    start: Start,
    state: Mutex<State>,
}

impl Project {
    pub(crate) fn new(url: String, project_id: String, keys: KeyStore, ca_pem: Option<String>, start: Start) -> Self {
        let state = Mutex::default();
        let project = Self { url, project_id, keys, ca_pem, journal: Journal::new(), start, state };
        project.reset();
        project
    }

    /// Reads or changes the state. It is locked meanwhile, so the closure must be fast.
    pub(crate) fn with_state<T>(&self, access: impl FnOnce(&mut State) -> T) -> T {
        access(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The fault that applies to this request.
    pub(crate) fn take_fault(&self, method: &str, path: &str) -> Option<FaultAction> {
        self.with_state(|state| {
            let fault = state.faults.take(method, path);
            state.counters.faults += u64::from(fault.is_some());
            fault
        })
    }

    /// The fault that applies to a new connection.
    pub(crate) fn take_connection_fault(&self) -> Option<FaultAction> {
        self.with_state(|state| {
            let fault = state.faults.take_for_connection();
            state.counters.faults += u64::from(fault.is_some());
            fault
        })
    }

    /// Restores the initial state: its users and settings, no sessions, no faults, an empty journal, the machine's clock, the
    /// first keys.
    pub(crate) fn reset(&self) {
        let mut fresh = State { settings: self.start.settings.clone(), ..State::default() };
        let now = fresh.now();
        for user in self.start.users.clone() {
            fresh.users.put(user, now, new_user_id);
        }
        self.with_state(|state| *state = fresh);
        self.journal.clear();
    }
}
