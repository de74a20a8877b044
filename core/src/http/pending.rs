//! The state that a pending call shares with the callers that wait for it: its deadline and its progress.
//!
//! A caller whose own deadline is earlier than that of the call stops waiting, with an error about what the call may have done.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::error::Error;
use crate::error::kind::{ErrorKind, Outcome};
use crate::http::deadline::Deadline;
use crate::response::JwtResponse;
use crate::retry::policy::{self, CallKind, Failure};

/// A call from its first attempt to its result.
pub(crate) struct Pending {
    pub(crate) deadline: Deadline,
    progress: Mutex<Progress>,
}

struct Progress {
    /// The number of attempts begun.
    attempts: u32,
    /// The combined outcome of the attempts that have ended.
    ended: Outcome,
    /// Whether the current attempt may have sent a byte.
    sent: Arc<AtomicBool>,
    /// The response, while it is verified.
    response: Option<Arc<JwtResponse>>,
    /// The response was verified.
    ending: bool,
}

impl Pending {
    pub(crate) fn new(deadline: Instant) -> Self {
        let progress =
            Progress { attempts: 0, ended: Outcome::NotSent, sent: Arc::default(), response: None, ending: false };
        Self { deadline: Deadline::new(deadline), progress: Mutex::new(progress) }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An attempt begins; it sets the flag before it sends a byte.
    pub(crate) fn attempt_begins(&self) -> Arc<AtomicBool> {
        let mut progress = self.progress();
        progress.attempts = progress.attempts.saturating_add(1);
        // A connection may still hold the flag of the previous attempt.
        progress.sent = Arc::default();
        Arc::clone(&progress.sent)
    }

    /// The attempt failed; `outcome` is that of all attempts so far.
    pub(crate) fn attempt_ended(&self, outcome: Outcome) {
        let mut progress = self.progress();
        progress.ended = outcome;
        progress.sent = Arc::default();
    }

    /// The response arrived, and verifying it may take a while.
    pub(crate) fn received(&self, response: &Arc<JwtResponse>) {
        self.progress().response = Some(Arc::clone(response));
    }

    /// The response was verified, so the call is about to return its result.
    pub(crate) fn verified(&self) {
        let mut progress = self.progress();
        progress.response = None;
        progress.ending = true;
    }

    /// Whether the call is about to return its result, so that no caller should give up now.
    pub(crate) fn is_ending(&self) -> bool {
        self.progress().ending
    }

    /// The response that is being verified, if there is one.
    pub(crate) fn response(&self) -> Option<Arc<JwtResponse>> {
        self.progress().response.clone()
    }

    /// The error of a caller whose deadline passed before the call had a response.
    pub(crate) fn timed_out(&self, kind: CallKind, retry_unknown: bool) -> Error {
        let progress = self.progress();
        let sent = progress.sent.load(Ordering::Acquire);
        let outcome = if sent { Outcome::Unknown } else { progress.ended };
        let failure = Failure::Deadline { sent: outcome == Outcome::Unknown };
        Error::new(ErrorKind::Timeout, outcome, "the deadline of the call passed")
            .with_retryable(policy::is_retryable(kind, retry_unknown, failure))
            .with_attempts(progress.attempts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_caller_that_gives_up_alone_has_the_outcome_of_the_call() {
        let pending = Pending::new(Instant::now());
        let said = || {
            let error = pending.timed_out(CallKind::Exchange, false);
            (error.outcome(), error.is_retryable(), error.attempts())
        };
        assert_eq!(said(), (Outcome::NotSent, true, 0));
        let first = pending.attempt_begins();
        assert_eq!(said(), (Outcome::NotSent, true, 1));
        first.store(true, Ordering::Release);
        assert_eq!(said(), (Outcome::Unknown, false, 1));
        pending.attempt_ended(Outcome::NotProcessed);
        assert_eq!(said(), (Outcome::NotProcessed, true, 1));
        let second = pending.attempt_begins();
        first.store(true, Ordering::Release);
        assert_eq!(said(), (Outcome::NotProcessed, true, 2));
        second.store(true, Ordering::Release);
        assert_eq!(said(), (Outcome::Unknown, false, 2));
        pending.attempt_ended(Outcome::Unknown);
        pending.attempt_begins();
        assert_eq!(said(), (Outcome::Unknown, false, 3));
    }
}
