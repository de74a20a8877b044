//! A key fetch under way: a task of its own, and the calls that wait for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::{Fetch, Fetched, Origin};
use crate::error::Result;
use crate::jwt::jwk::KeySet;

/// How long one fetch of the keys may take, retries included, however long its callers can wait.
pub(crate) const KEY_FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// A fetch without a result by then is not driven any more: its runtime exists, and no thread runs it. A second is
/// added because a fetch ends by itself at its timeout.
const ABANDONED_AFTER: Duration = Duration::from_secs(6);

type Fetching = Option<Result<Arc<KeySet>>>;

/// A fetch under way, as the calls that wait for it see it.
#[derive(Clone)]
pub(super) struct PendingFetch {
    pub(super) number: u64,
    pub(super) begun: Instant,
    result: watch::Receiver<Fetching>,
}

impl PendingFetch {
    /// A fetch that is about to begin, and what completes it.
    pub(super) fn new(number: u64, origin: Origin, fetched: &Arc<Fetched>) -> (Self, Completion) {
        let (sender, result) = watch::channel(None);
        let completion = Completion { number, origin, fetched: Arc::clone(fetched), sender, ended: false };
        (Self { number, begun: Instant::now(), result }, completion)
    }

    /// Whether a result can still be expected.
    pub(super) fn is_awaited(&self) -> bool {
        self.begun.elapsed() < ABANDONED_AFTER
    }

    /// What the fetch brought; nothing when it was dropped, or is not driven any more.
    pub(super) async fn result(mut self) -> Fetching {
        let waiting = self.result.wait_for(Option::is_some);
        let left = ABANDONED_AFTER.saturating_sub(self.begun.elapsed());
        match tokio::time::timeout(left, waiting).await {
            Ok(Ok(result)) => result.clone(),
            Ok(Err(_)) | Err(_) => None,
        }
    }
}

/// Records how a fetch ended, once. Dropped without a result, it leaves a failed attempt and releases the waiting calls.
pub(super) struct Completion {
    number: u64,
    origin: Origin,
    fetched: Arc<Fetched>,
    sender: watch::Sender<Fetching>,
    ended: bool,
}

impl Completion {
    /// Runs the fetch in a task of the caller's runtime, so that it ends and its result is kept also when its callers have
    /// left. A runtime that shuts down drops the task.
    ///
    /// Not to be called with the lock of `Fetched` held: a runtime that is shutting down drops the task in here.
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
