//! A pending key fetch: its task, and the calls that wait for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::{Fetch, Fetched, Origin};
use crate::error::Result;
use crate::jwt::jwk::KeySet;

/// The timeout of one key fetch, retries included, whatever the deadlines of its callers.
pub(crate) const KEY_FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// A fetch without a result by this time is no longer driven: its runtime exists, but no thread runs it. One second is
/// added because a fetch ends at its own timeout.
const ABANDONED_AFTER: Duration = Duration::from_secs(6);

type Fetching = Option<Result<Arc<KeySet>>>;

/// A pending fetch, as seen by the calls that wait for it.
#[derive(Clone)]
pub(super) struct PendingFetch {
    pub(super) number: u64,
    pub(super) begun: Instant,
    result: watch::Receiver<Fetching>,
}

impl PendingFetch {
    /// Creates a fetch that is about to begin, and the value that completes it.
    pub(super) fn new(number: u64, origin: Origin, fetched: &Arc<Fetched>) -> (Self, Completion) {
        let (sender, result) = watch::channel(None);
        let completion = Completion { number, origin, fetched: Arc::clone(fetched), sender, ended: false };
        (Self { number, begun: Instant::now(), result }, completion)
    }

    /// Whether a result can still be expected.
    pub(super) fn is_awaited(&self) -> bool {
        self.begun.elapsed() < ABANDONED_AFTER
    }

    /// The result of the fetch; `None` when it was dropped or is no longer driven.
    pub(super) async fn result(mut self) -> Fetching {
        let waiting = self.result.wait_for(Option::is_some);
        let left = ABANDONED_AFTER.saturating_sub(self.begun.elapsed());
        match tokio::time::timeout(left, waiting).await {
            Ok(Ok(result)) => result.clone(),
            Ok(Err(_)) | Err(_) => None,
        }
    }
}

/// Records the result of a fetch, once. When it is dropped without a result, it records a failed attempt and wakes the
/// waiting calls.
pub(super) struct Completion {
    number: u64,
    origin: Origin,
    fetched: Arc<Fetched>,
    sender: watch::Sender<Fetching>,
    ended: bool,
}

impl Completion {
    /// Runs the fetch in a task of the caller's runtime, so that it completes and its result is kept when its callers are
    /// cancelled. A runtime that shuts down drops the task.
    ///
    /// Must not be called while the lock of `Fetched` is held: a runtime that is shutting down drops the task inside this
    /// function.
    pub(super) fn spawn(mut self, fetch: Fetch) {
        tokio::spawn(async move {
            let result = fetch.await.map(Arc::new);
            self.end(result.as_ref().ok());
            self.sender.send_replace(Some(result));
        });
    }

    fn end(&mut self, keys: Option<&Arc<KeySet>>) {
        if !self.ended {
            self.ended = true;
            self.fetched.end(self.number, self.origin, keys);
        }
    }
}

impl Drop for Completion {
    fn drop(&mut self) {
        self.end(None);
    }
}
