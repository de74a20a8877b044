//! What the facade holds of a call under way, besides its promise.

use std::sync::{Arc, OnceLock};

use napi_derive::napi;
use tenant_select::{CallOptions, HttpFacts};
use tokio::sync::Notify;

/// One call: lets the facade cancel it, and ask how it was answered.
#[napi]
#[derive(Clone, Default)]
pub struct CallHandle {
    cancelled: Arc<Notify>,
    answer: Arc<OnceLock<HttpFacts>>,
}

/// How a call was answered, as far as diagnostics tell it.
#[napi(object, object_from_js = false)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// The id under which the service knows the request.
    pub request_id: Option<String>,
    /// How many requests the call took.
    pub attempts: u32,
}

#[napi]
impl CallHandle {
    /// A handle for one call.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Drops the call's future unless it was answered; its promise then settles as cancelled.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        // A permit is stored when the call has not begun to wait yet.
        self.cancelled.notify_one();
    }

    /// The answer by which the call succeeded; nothing when it sent nothing itself.
    #[napi(getter, catch_unwind)]
    pub fn answered(&self) -> Option<Answered> {
        let HttpFacts { status, request_id, attempts, .. } = self.answer.get()?.clone();
        Some(Answered { status, request_id, attempts })
    }
}

impl CallHandle {
    /// Ends when the call is cancelled before it was answered. What may be left to do afterwards is to fetch the keys that
    /// prove the answer, and new tokens must not be lost over that.
    pub(crate) async fn cancelled(&self) {
        self.cancelled.notified().await;
        if self.answer.get().is_some() {
            std::future::pending::<()>().await;
        }
    }

    /// The options of a call that tells this handle of its answer.
    pub(crate) fn informed(&self, options: CallOptions) -> CallOptions {
        let answer = Arc::clone(&self.answer);
        options.on_answer(move |facts| {
            // A call succeeds once.
            let _ = answer.set(facts.clone());
        })
    }
}
