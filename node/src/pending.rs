//! Calls under way, by number: how the facade cancels one.
//!
//! A number and no object: Node-API frees what is behind an object when the collector has found it and a turn of the event
//! loop has come, so objects of calls would pile up. What is behind a number is freed when the call ends.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use napi_derive::napi;
use tenant_select::{CallOptions, ResponseMetadata};
use tokio::sync::Notify;

/// The numbers of all environments of the process (the main thread and its workers). One in a million years would be used
/// twice, and JavaScript's numbers are exact for as long.
static LAST: AtomicI64 = AtomicI64::new(0);

static PENDING: OnceLock<Mutex<HashMap<i64, Arc<State>>>> = OnceLock::new();

fn pending() -> MutexGuard<'static, HashMap<i64, Arc<State>>> {
    PENDING.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Default)]
struct State {
    cancelled: Notify,
    response: OnceLock<ResponseMetadata>,
}

/// A number for a call that can be cancelled.
#[napi(catch_unwind)]
pub fn new_call() -> i64 {
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// Drops the future of the call with this number unless it was answered; its promise then settles as cancelled. Does nothing
/// when no such call is under way.
#[napi(catch_unwind)]
pub fn cancel_call(call: i64) {
    let found = pending().get(&call).cloned();
    if let Some(state) = found {
        // A permit is stored when the call has not begun to wait yet.
        state.cancelled.notify_one();
    }
}

/// One call under way. Its number is forgotten when it is dropped.
pub(crate) struct PendingCall {
    number: i64,
    state: Arc<State>,
}

impl PendingCall {
    pub(crate) fn begin(number: i64) -> Self {
        let state = Arc::new(State::default());
        pending().insert(number, Arc::clone(&state));
        Self { number, state }
    }

    /// Ends when the call is cancelled before it was answered. What may be left to do afterwards is to fetch the keys that
    /// verify the response, and new tokens must not be lost over that.
    pub(crate) async fn cancelled(&self) {
        self.state.cancelled.notified().await;
        if self.state.response.get().is_some() {
            std::future::pending::<()>().await;
        }
    }

    /// The response by which the call succeeded; nothing when it sent nothing itself.
    pub(crate) fn response(&self) -> Option<&ResponseMetadata> {
        self.state.response.get()
    }

    /// The options of a call that tells this one of its response.
    pub(crate) fn informed(&self, options: CallOptions) -> CallOptions {
        let state = Arc::clone(&self.state);
        options.on_answer(move |facts| {
            // A call succeeds once.
            let _ = state.response.set(facts.clone());
        })
    }
}

impl Drop for PendingCall {
    fn drop(&mut self) {
        pending().remove(&self.number);
    }
}

/// How many calls with a number are under way, and whether the one with this number was answered: for the suite.
#[cfg(debug_assertions)]
pub(crate) fn look(number: i64) -> (usize, bool) {
    let pending = pending();
    (pending.len(), pending.get(&number).is_some_and(|state| state.response.get().is_some()))
}
