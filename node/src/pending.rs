//! Pending calls by number, so that the facade can cancel one.
//!
//! Calls are numbers and not objects: Node-API frees the memory of an object after the garbage collector has found it and the
//! event loop has turned, so objects of calls would accumulate. The memory of a number is freed when the call ends.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use napi_derive::napi;
use tenant_select::{CallOptions, ResponseMetadata};
use tokio::sync::Notify;

/// The last number given to a call in this process, by the main thread or a worker. Numbers stay in the range in which
/// JavaScript's numbers are exact.
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

/// Drops the future of the call with this number unless its response has arrived; its promise then settles as cancelled.
/// Does nothing when no such call is pending.
#[napi(catch_unwind)]
pub fn cancel_call(call: i64) {
    let found = pending().get(&call).cloned();
    if let Some(state) = found {
        // A permit is stored when the call has not begun to wait yet.
        state.cancelled.notify_one();
    }
}

/// One pending call. Dropping it removes its number.
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

    /// Completes when the call is cancelled before its response has arrived. After that the call may still have to fetch the
    /// keys that verify the response, and cancelling it would lose the new tokens.
    pub(crate) async fn cancelled(&self) {
        self.state.cancelled.notified().await;
        if self.state.response.get().is_some() {
            std::future::pending::<()>().await;
        }
    }

    /// The response of the successful call; `None` when it sent no request itself.
    pub(crate) fn response(&self) -> Option<&ResponseMetadata> {
        self.state.response.get()
    }

    /// The options of the call, with a callback that stores its response here.
    pub(crate) fn observe(&self, options: CallOptions) -> CallOptions {
        let state = Arc::clone(&self.state);
        options.on_response(move |metadata| {
            // A call succeeds once.
            let _ = state.response.set(metadata.clone());
        })
    }
}

impl Drop for PendingCall {
    fn drop(&mut self) {
        pending().remove(&self.number);
    }
}

/// The number of pending calls that have a number, and whether the response of this one has arrived: for the test suite.
#[cfg(debug_assertions)]
pub(crate) fn inspect(number: i64) -> (usize, bool) {
    let pending = pending();
    (pending.len(), pending.get(&number).is_some_and(|state| state.response.get().is_some()))
}
