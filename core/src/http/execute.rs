//! One call from its deadline to its answer: attempt, decide, wait, repeat.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::config::Config;
use crate::error::kind::{ErrorKind, Outcome};
use crate::error::{Error, Result};
use crate::http::deadline::Deadline;
use crate::http::decode;
use crate::http::events::{OnAnswer, OnRetry, Retry};
use crate::http::pending::Pending;
use crate::http::transport::{Answer, Broken, Request, Transport};
use crate::retry::backoff;
use crate::retry::budget::Budget;
use crate::retry::policy::{self, CallKind, Failure};
use crate::retry::rate_limit::{Admission, Gate, Report};

/// How a call may be repeated.
pub(crate) struct Policy {
    pub(crate) kind: CallKind,
    pub(crate) retries: u32,
    pub(crate) retry_unknown: bool,
    pub(crate) on_retry: Option<OnRetry>,
    pub(crate) on_answer: Option<OnAnswer>,
}

/// What all calls of a client share about how fast they may go out.
pub(crate) struct Pace {
    origin: Instant,
    gate: Mutex<Gate>,
    gate_changed: Notify,
    budget: Mutex<Budget>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { origin: Instant::now(), gate: Mutex::default(), gate_changed: Notify::new(), budget: Mutex::default() }
    }
}

impl Pace {
    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    /// Waits until the gate lets the call out; the permit of a probe reports when it is dropped. When the wait does not
    /// fit the deadline, says at once how long it would have been.
    async fn admit(&self, deadline: &Deadline) -> Result<Option<Probe<'_>>, Duration> {
        loop {
            let changed = self.gate_changed.notified();
            let admission = self.gate().admit(self.now());
            match admission {
                Admission::Go => return Ok(None),
                Admission::Probe(turn) => return Ok(Some(Probe { pace: self, turn, report: Report::NoResponse })),
                Admission::WaitUntil(until) => {
                    let until = self.origin.checked_add(until).unwrap_or_else(Instant::now);
                    if !deadline.allows(until) {
                        return Err(until.saturating_duration_since(Instant::now()));
                    }
                    tokio::time::sleep_until(until).await;
                }
                Admission::WaitForProbe(until) => {
                    let latest = deadline.at();
                    let until = self.origin.checked_add(until).map_or(latest, |turn| turn.min(latest));
                    let reported = tokio::time::timeout_at(until, changed).await.is_ok();
                    if !reported && !deadline.allows(Instant::now()) {
                        return Err(Duration::ZERO);
                    }
                }
            }
        }
    }

    fn close_gate(&self, retry_after: Option<Duration>) {
        self.gate().close(self.now(), retry_after);
        self.gate_changed.notify_waiters();
    }
}

/// The call whose turn it is to try whether the service is willing again. When it is dropped, it reports what came of it.
struct Probe<'a> {
    pace: &'a Pace,
    turn: u64,
    report: Report,
}

impl Drop for Probe<'_> {
    fn drop(&mut self) {
        self.pace.gate().probe_done(self.turn, self.report, self.pace.now());
        self.pace.gate_changed.notify_waiters();
    }
}

fn gated(wait: Duration, attempts: u32, unknown_before: bool) -> Error {
    let outcome = match attempts {
        0 => Outcome::NotSent,
        _ if unknown_before => Outcome::Unknown,
        _ => Outcome::NotProcessed,
    };
    let what = "the service asked this client to wait (429) for longer than the deadline of the call allows";
    // Whole seconds, as the service counts them, and never the invitation to come back at once.
    let wait = Duration::from_secs(wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX));
    Error::new(ErrorKind::RateLimited, outcome, what)
        .with_retryable(true)
        .with_attempts(attempts)
        .with_retry_after(Some(wait))
}

/// Sends the request until it succeeds, may not be repeated, or has no time left.
///
/// Gives the answer of a success (2xx) only. `pending` has the deadline, and is told how far the call has come.
pub(crate) async fn perform(
    config: &Config,
    transport: &Transport,
    pace: &Pace,
    request: &Request,
    policy: &Policy,
    pending: &Pending,
) -> Result<Answer> {
    let deadline = &pending.deadline;
    pace.budget().deposit();
    let mut attempts = 0;
    let mut unknown_before = false;
    loop {
        // A sign-out must not wait for a rate limit: as long as it waits, the session lives.
        let mut probe = match policy.kind {
            CallKind::Logout | CallKind::LogoutAll => None,
            CallKind::Exchange | CallKind::Read => {
                pace.admit(deadline).await.map_err(|wait| gated(wait, attempts, unknown_before))?
            }
        };
        attempts = attempts.saturating_add(1);
        let result = transport.send(config, request, deadline, pending.attempt_begins()).await?;
        if let Some(probe) = &mut probe {
            probe.report = Report::of(&result);
        }
        let failed = match result {
            Ok(mut answer) => {
                answer.attempts = attempts;
                if answer.status == 401 && policy.kind == CallKind::Logout && unknown_before {
                    answer = ended_before(answer);
                }
                if (200..300).contains(&answer.status) {
                    if let Some(on_answer) = &policy.on_answer {
                        on_answer(&answer.facts());
                    }
                    return Ok(answer);
                }
                Failed::Answered(answer)
            }
            Err(broken) => Failed::Broke(broken),
        };
        let failure = failed.failure();
        if let Failure::Status { code: 429, .. } = failure {
            pace.close_gate(failed.retry_after());
        }
        drop(probe);
        unknown_before |= failure.outcome() == Outcome::Unknown;
        pending.attempt_ended(if unknown_before { Outcome::Unknown } else { failure.outcome() });
        let wait = match failed.retry_after() {
            Some(wait) => backoff::jittered(wait, rand::random()),
            None => backoff::backoff(attempts, rand::random()),
        };
        let again = attempts <= policy.retries
            && policy::may_retry(policy.kind, policy.retry_unknown, failure)
            && Instant::now().checked_add(wait).is_some_and(|next| deadline.allows(next))
            && pace.budget().withdraw();
        if !again {
            return Err(failed.into_error(policy, attempts, unknown_before));
        }
        if let Some(on_retry) = &policy.on_retry {
            on_retry(&failed.retry(attempts, wait));
        }
        tokio::time::sleep(wait).await;
    }
}

impl Report {
    fn of(result: &Result<Answer, Broken>) -> Self {
        match result {
            Ok(_) => Self::Response,
            Err(Broken { failure: Failure::Deadline { .. }, .. }) => Self::NoResponse,
            Err(_) => Self::Failure,
        }
    }
}

/// A sign-out that answered 401 after an attempt which may have worked: it had.
fn ended_before(mut answer: Answer) -> Answer {
    answer.status = 200;
    answer.body.clear();
    answer.set_cookies.clear();
    answer
}

enum Failed {
    Answered(Answer),
    Broke(Broken),
}

impl Failed {
    fn failure(&self) -> Failure {
        match self {
            Self::Answered(answer) => {
                Failure::Status { code: answer.status, retry_after: answer.retry_after.is_some() }
            }
            Self::Broke(broken) => broken.failure,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Answered(answer) => answer.retry_after,
            Self::Broke(_) => None,
        }
    }

    fn retry(&self, attempts: u32, wait: Duration) -> Retry {
        let answer = match self {
            Self::Answered(answer) => Some(answer),
            Self::Broke(_) => None,
        };
        Retry {
            attempts,
            wait,
            outcome: self.failure().outcome(),
            status: answer.map(|answer| answer.status),
            request_id: answer.and_then(|answer| answer.request_id.clone()),
        }
    }

    fn into_error(self, policy: &Policy, attempts: u32, unknown_before: bool) -> Error {
        let failure = self.failure();
        let error = match self {
            Self::Answered(answer) => decode::service_error(&answer),
            Self::Broke(broken) => {
                let kind = match failure {
                    Failure::Deadline { .. } => ErrorKind::Timeout,
                    _ => ErrorKind::Connection,
                };
                let error = Error::new(kind, failure.outcome(), broken.what);
                match broken.source {
                    Some(source) => error.with_source(source),
                    None => error,
                }
            }
        };
        // An earlier attempt that may have been acted upon is not undone by a later one that was refused.
        let outcome = if unknown_before { Outcome::Unknown } else { failure.outcome() };
        let retryable = policy::is_retryable(policy.kind, policy.retry_unknown, failure);
        error.with_outcome(outcome).with_retryable(retryable).with_attempts(attempts)
    }
}
