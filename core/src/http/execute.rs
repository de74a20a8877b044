//! One call from its deadline to its response: attempt, decide, wait, repeat.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::config::Config;
use crate::error::kind::{ErrorKind, Outcome};
use crate::error::{Error, Result};
use crate::http::deadline::Deadline;
use crate::http::decode;
use crate::http::events::{OnResponse, OnRetry, RetryEvent};
use crate::http::pending::Pending;
use crate::http::transport::{Broken, HttpResponse, Request, Transport};
use crate::retry::backoff;
use crate::retry::budget::Budget;
use crate::retry::policy::{self, CallKind, Failure};
use crate::retry::rate_limit::{Admission, RateLimitGate, Report};

/// How a call may be repeated.
pub(crate) struct Policy {
    pub(crate) kind: CallKind,
    pub(crate) retries: u32,
    pub(crate) retry_unknown: bool,
    pub(crate) on_retry: Option<OnRetry>,
    pub(crate) on_response: Option<OnResponse>,
}

/// Makes the request of each attempt, when it is about to be sent: the token to present may have changed since the last.
pub(crate) type Requests<'a> = &'a mut (dyn FnMut() -> Request + Send);

/// Limits how fast the calls of a client go out: the rate-limit gate and the retry budget, which all of them share.
pub(crate) struct RateLimiter {
    origin: Instant,
    rate_limit_gate: Mutex<RateLimitGate>,
    changed: Notify,
    budget: Mutex<Budget>,
}

impl Default for RateLimiter {
    fn default() -> Self {
        Self {
            origin: Instant::now(),
            rate_limit_gate: Mutex::default(),
            changed: Notify::new(),
            budget: Mutex::default(),
        }
    }
}

impl RateLimiter {
    fn rate_limit_gate(&self) -> MutexGuard<'_, RateLimitGate> {
        self.rate_limit_gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    /// Waits until the rate-limit gate lets the call pass, as a half-open probe or as a normal call. When the wait would exceed
    /// the deadline, returns the length of the wait at once.
    async fn admit(&self, deadline: &Deadline) -> Result<Option<HalfOpenProbe<'_>>, Duration> {
        loop {
            let changed = self.changed.notified();
            let admission = self.rate_limit_gate().admit(self.now());
            match admission {
                Admission::Go => return Ok(None),
                Admission::HalfOpenProbe(turn) => {
                    return Ok(Some(HalfOpenProbe { rate_limiter: self, turn, report: Report::NoResponse }));
                }
                Admission::WaitUntil(until) => {
                    let until = self.origin.checked_add(until).unwrap_or_else(Instant::now);
                    if !deadline.allows(until) {
                        return Err(until.saturating_duration_since(Instant::now()));
                    }
                    tokio::time::sleep_until(until).await;
                }
                Admission::WaitForHalfOpenProbe(until) => {
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

    fn close_rate_limit_gate(&self, retry_after: Option<Duration>) {
        self.rate_limit_gate().close(self.now(), retry_after);
        self.changed.notify_waiters();
    }
}

/// The permit of the one call that tests whether the service accepts requests again. It reports the result when it is dropped.
struct HalfOpenProbe<'a> {
    rate_limiter: &'a RateLimiter,
    turn: u64,
    report: Report,
}

impl Drop for HalfOpenProbe<'_> {
    fn drop(&mut self) {
        self.rate_limiter.rate_limit_gate().half_open_probe_ended(self.turn, self.report, self.rate_limiter.now());
        self.rate_limiter.changed.notify_waiters();
    }
}

fn rate_limited(wait: Duration, attempts: u32, unknown_before: bool) -> Error {
    let outcome = match attempts {
        0 => Outcome::NotSent,
        _ if unknown_before => Outcome::Unknown,
        _ => Outcome::NotProcessed,
    };
    let what = "the service told this client to wait (429) for longer than the deadline of the call allows";
    // Whole seconds, as in `Retry-After`, and never 0, which would mean no wait.
    let wait = Duration::from_secs(wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX));
    Error::new(ErrorKind::RateLimited, outcome, what)
        .with_retryable(true)
        .with_attempts(attempts)
        .with_retry_after(Some(wait))
}

/// Sends requests until one succeeds, must not be repeated, or has no time left.
///
/// Returns the response of a success (2xx) only. `pending` has the deadline and records the progress of the call.
pub(crate) async fn perform(
    config: &Config,
    transport: &Transport,
    rate_limiter: &RateLimiter,
    requests: Requests<'_>,
    policy: &Policy,
    pending: &Pending,
) -> Result<HttpResponse> {
    let deadline = &pending.deadline;
    rate_limiter.budget().deposit();
    let mut attempts = 0;
    let mut unknown_before = false;
    loop {
        // A sign-out does not wait for a rate limit, because the session stays valid during the wait.
        let mut half_open_probe = match policy.kind {
            CallKind::Logout | CallKind::LogoutAll => None,
            CallKind::Exchange | CallKind::Read => {
                rate_limiter.admit(deadline).await.map_err(|wait| rate_limited(wait, attempts, unknown_before))?
            }
        };
        attempts = attempts.saturating_add(1);
        let result = transport.send(config, &requests(), pending).await?;
        if let Some(half_open_probe) = &mut half_open_probe {
            half_open_probe.report = Report::of(&result);
        }
        let failed = match result {
            Ok(mut http_response) => {
                http_response.attempts = attempts;
                if http_response.status == 401 && policy.kind == CallKind::Logout && unknown_before {
                    http_response = ended_before(http_response);
                }
                if (200..300).contains(&http_response.status) {
                    if let Some(on_response) = &policy.on_response {
                        on_response(&http_response.metadata());
                    }
                    return Ok(http_response);
                }
                Failed::Response(http_response)
            }
            Err(broken) => Failed::Broke(broken),
        };
        let failure = failed.failure();
        if let Failure::Status { code: 429, .. } = failure {
            rate_limiter.close_rate_limit_gate(failed.retry_after());
        }
        drop(half_open_probe);
        unknown_before |= failure.outcome() == Outcome::Unknown;
        pending.attempt_ended(if unknown_before { Outcome::Unknown } else { failure.outcome() });
        let wait = match failed.retry_after() {
            Some(wait) => backoff::jittered(wait, rand::random()),
            None => backoff::backoff(attempts, rand::random()),
        };
        let again = attempts <= policy.retries
            && policy::may_retry(policy.kind, policy.retry_unknown, failure)
            && Instant::now().checked_add(wait).is_some_and(|next| deadline.allows(next))
            && rate_limiter.budget().withdraw();
        if !again {
            return Err(failed.into_error(policy, attempts, unknown_before));
        }
        if let Some(on_retry) = &policy.on_retry {
            on_retry(&failed.event(attempts, wait));
        }
        tokio::time::sleep(wait).await;
    }
}

impl Report {
    fn of(result: &Result<HttpResponse, Broken>) -> Self {
        match result {
            Ok(_) => Self::Response,
            Err(Broken { failure: Failure::Deadline { .. }, .. }) => Self::NoResponse,
            Err(_) => Self::Failure,
        }
    }
}

/// A 401 to a sign-out, after an attempt that may have ended the session, means that the session has ended.
fn ended_before(mut http_response: HttpResponse) -> HttpResponse {
    http_response.status = 200;
    http_response.body.clear();
    http_response.set_cookies.clear();
    http_response
}

enum Failed {
    Response(HttpResponse),
    Broke(Broken),
}

impl Failed {
    fn failure(&self) -> Failure {
        match self {
            Self::Response(http_response) => {
                Failure::Status { code: http_response.status, retry_after: http_response.retry_after.is_some() }
            }
            Self::Broke(broken) => broken.failure,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Response(http_response) => http_response.retry_after,
            Self::Broke(_) => None,
        }
    }

    fn event(&self, attempts: u32, wait: Duration) -> RetryEvent {
        let http_response = match self {
            Self::Response(http_response) => Some(http_response),
            Self::Broke(_) => None,
        };
        RetryEvent {
            attempts,
            wait,
            outcome: self.failure().outcome(),
            status: http_response.map(|http_response| http_response.status),
            request_id: http_response.and_then(|http_response| http_response.request_id.clone()),
        }
    }

    fn into_error(self, policy: &Policy, attempts: u32, unknown_before: bool) -> Error {
        let failure = self.failure();
        let error = match self {
            Self::Response(http_response) => decode::service_error(&http_response),
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
        // When the service may have acted on an earlier attempt, a later refusal does not change that.
        let outcome = if unknown_before { Outcome::Unknown } else { failure.outcome() };
        let retryable = policy::is_retryable(policy.kind, policy.retry_unknown, failure);
        error.with_outcome(outcome).with_retryable(retryable).with_attempts(attempts)
    }
}
