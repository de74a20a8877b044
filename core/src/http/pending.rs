//! The state that a pending call shares with the callers that wait for it: its deadline and its progress.
//!
//! A caller whose own deadline is earlier than that of the call stops waiting, with an error about what the call may have done.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::error::Error;
use crate::error::kind::{ErrorKind, Outcome};
use crate::http::deadline::Deadline;
use crate::http::departure::Departure;
use crate::http::peer;
use crate::response::JwtResponse;
use crate::retry::policy::{self, CallKind, Failure};

/// A call from its first attempt to its result.
pub(crate) struct Pending {
    pub(crate) deadline: Deadline,
    /// Until when a request that was sent goes on after the deadline; nothing when it ends there.
    pub(crate) completion: Option<Instant>,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    /// Callers that wait for the result.
    callers: usize,
    /// Attempts begun.
    attempts: u32,
    /// What the attempts that have ended may have done, taken together.
    ended: Option<Outcome>,
    /// The other end of the attempt under way.
    peer: Option<Arc<str>>,
    /// Whether the attempt under way may have sent a byte.
    departure: Arc<Departure>,
    /// The response, while it is verified.
    response: Option<Arc<JwtResponse>>,
    /// The response was verified.
    ending: bool,
}

impl Pending {
    pub(crate) fn new(deadline: Instant) -> Self {
        Self { deadline: Deadline::new(deadline), completion: None, progress: Mutex::default() }
    }

    /// A call whose request goes on until `completion` when it was sent by its deadline.
    pub(crate) fn until_completion(deadline: Instant, completion: Instant) -> Self {
        Self { completion: Some(completion), ..Self::new(deadline) }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more caller waits for the result.
    pub(crate) fn join(&self) {
        let mut progress = self.progress();
        progress.callers = progress.callers.saturating_add(1);
    }

    /// A caller leaves. True when it was the last one and a byte of the request has left, so that the call has to go on
    /// without callers; it is not sent again then. Otherwise the last one that leaves calls it off.
    pub(crate) fn leave(&self) -> bool {
        let mut progress = self.progress();
        progress.callers = progress.callers.saturating_sub(1);
        if progress.callers > 0 {
            return false;
        }
        self.deadline.end();
        !progress.departure.call_off()
    }

    /// An attempt begins; what it gives tells when the request leaves.
    pub(crate) fn attempt_begins(&self, peer: &Arc<str>) -> Arc<Departure> {
        let mut progress = self.progress();
        progress.attempts = progress.attempts.saturating_add(1);
        progress.peer = Some(Arc::clone(peer));
        // A connection may still hold the departure of the last attempt.
        progress.departure = Arc::default();
        Arc::clone(&progress.departure)
    }

    /// The attempt failed; `outcome` is that of all attempts so far.
    pub(crate) fn attempt_ended(&self, outcome: Outcome) {
        let mut progress = self.progress();
        progress.ended = Some(outcome);
        progress.departure = Arc::default();
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

    /// Whether the request under way has left: it may go on after the deadline of its callers.
    pub(crate) fn has_left(&self) -> bool {
        self.progress().departure.has_left()
    }

    /// Attempts begun.
    pub(crate) fn attempts(&self) -> u32 {
        self.progress().attempts
    }

    /// The response that is being verified, if the call has come that far.
    pub(crate) fn response(&self) -> Option<Arc<JwtResponse>> {
        self.progress().response.clone()
    }

    /// The error of a caller whose deadline passed before the call had a response.
    pub(crate) fn timed_out(&self, kind: CallKind, retry_unknown: bool) -> Error {
        let progress = self.progress();
        let sent = progress.departure.has_left();
        let outcome = if sent { Outcome::Unknown } else { progress.ended.unwrap_or(Outcome::NotSent) };
        let failure = Failure::Deadline { sent: outcome == Outcome::Unknown };
        let what = match &progress.peer {
            Some(peer) => peer::late(peer, sent),
            None => "the deadline of the call passed while an earlier exchange of the token was pending".to_owned(),
        };
        Error::new(ErrorKind::Timeout, outcome, what)
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
        let peer = Arc::from("the server");
        let first = pending.attempt_begins(&peer);
        assert_eq!(said(), (Outcome::NotSent, true, 1));
        first.leave();
        assert_eq!(said(), (Outcome::Unknown, false, 1));
        pending.attempt_ended(Outcome::NotProcessed);
        assert_eq!(said(), (Outcome::NotProcessed, true, 1));
        let second = pending.attempt_begins(&peer);
        first.leave();
        assert_eq!(said(), (Outcome::NotProcessed, true, 2));
        second.leave();
        assert_eq!(said(), (Outcome::Unknown, false, 2));
        pending.attempt_ended(Outcome::Unknown);
        pending.attempt_begins(&peer);
        assert_eq!(said(), (Outcome::Unknown, false, 3));
    }
}
