//! The replay policy: what an attempt's failure says about the service, and whether the call may be sent again.
//!
//! Pure decisions: no I/O, no clock of its own, no randomness of its own. `call` carries them out.

use std::time::{Duration, SystemTime};

use crate::error::{Error, Result};
use crate::kind::Outcome;

/// When a request whose outcome is unknown may be sent again.
///
/// Token exchanges (`select_tenant`, `refresh_session`) are the calls it matters for; reads are always safe to repeat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Replay {
    /// Only what provably was not acted upon.
    #[default]
    WhenSafe,
    /// Also after a timeout, a reset or a 5xx: for projects that do not rotate refresh tokens.
    Always,
    /// Never; what fails, fails.
    Never,
}

impl Replay {
    pub(crate) fn from_name(name: &str) -> Result<Self> {
        match name {
            "when_safe" => Ok(Self::WhenSafe),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            _ => Err(Error::invalid_input("replay", "replay must be one of when_safe, always, never")),
        }
    }

    /// The name used in options and the environment.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WhenSafe => "when_safe",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// What a call does, as far as repeating it is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallKind {
    /// Trades a token for another: repeating it may find the first token used up.
    Exchange,
    /// Changes nothing.
    Read,
    /// Ends the session; once ended, 401 is the answer to the next attempt.
    Logout,
    /// Ends every session; a 401 says nothing about the others.
    LogoutAll,
}

/// Why one attempt gave no success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The name was not resolved.
    Dns,
    /// No connection: refused, unreachable, or not within the connect timeout; a proxy that refused the tunnel too.
    Connect,
    /// TLS broke off before it was established.
    TlsHandshake,
    /// The peer's certificate was not accepted. Repeating cannot heal that.
    Certificate,
    /// HTTP/2: REFUSED_STREAM, or GOAWAY with a last stream below this one (RFC 9113 §8.7 and §6.8).
    Refused,
    /// The connection broke after the first byte of the request, or in the answer.
    Broken,
    /// The deadline of the call passed, before (`sent: false`) or after the request may have left.
    Deadline { sent: bool },
    /// An answer that is no success.
    Status { code: u16, retry_after: bool },
}

impl Failure {
    /// May the service have acted on the attempt?
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Dns | Self::Connect | Self::TlsHandshake | Self::Certificate | Self::Deadline { sent: false } => {
                Outcome::NotSent
            }
            Self::Refused => Outcome::NotProcessed,
            Self::Broken | Self::Deadline { sent: true } => Outcome::Unknown,
            Self::Status { code, retry_after } => match code {
                // Refused before it was looked at: rate limit, and an edge network that never reached its origin.
                429 | 521 | 523 | 525 | 530 => Outcome::NotProcessed,
                503 if retry_after => Outcome::NotProcessed,
                408 | 500..=599 => Outcome::Unknown,
                _ => Outcome::Rejected,
            },
        }
    }

    /// Whether the cause can pass on its own.
    pub(crate) fn is_transient(self) -> bool {
        match self {
            Self::Certificate => false,
            Self::Status { code, .. } => matches!(code, 408 | 429 | 500 | 502..=504 | 520..=525 | 530),
            _ => true,
        }
    }
}

/// Whether the call may be sent again after this failure, deadline and counts aside.
pub(crate) fn may_replay(kind: CallKind, replay: Replay, failure: Failure) -> bool {
    replay != Replay::Never && !matches!(failure, Failure::Deadline { .. }) && is_retryable(kind, replay, failure)
}

/// Whether the caller may repeat the call after this failure: it can help, and cannot do anything twice.
pub(crate) fn is_retryable(kind: CallKind, replay: Replay, failure: Failure) -> bool {
    let harmless = match kind {
        CallKind::Read | CallKind::Logout | CallKind::LogoutAll => true,
        CallKind::Exchange => {
            replay == Replay::Always || matches!(failure.outcome(), Outcome::NotSent | Outcome::NotProcessed)
        }
    };
    failure.is_transient() && harmless
}

const BACKOFF_BASE: Duration = Duration::from_millis(100);
const BACKOFF_CAP: Duration = Duration::from_secs(2);

/// Full jitter: anything from nothing to the cap that doubles with each retry. `random` is from 0 to 1.
pub(crate) fn backoff(retry: u32, random: f64) -> Duration {
    let doublings = retry.saturating_sub(1).min(16);
    share(BACKOFF_BASE.saturating_mul(2_u32.saturating_pow(doublings)).min(BACKOFF_CAP), random)
}

/// What the service asked for, and up to a fifth more so that waiters do not come back at the same moment.
pub(crate) fn jittered(retry_after: Duration, random: f64) -> Duration {
    retry_after.saturating_add(share(retry_after, 0.2 * random))
}

/// A part of a time, for any number: below 0 and no number count as 0, above 1 as 1.
fn share(of: Duration, part: f64) -> Duration {
    let part = if part.is_nan() { 0.0 } else { part.clamp(0.0, 1.0) };
    Duration::try_from_secs_f64(of.as_secs_f64() * part).map_or(of, |share| share.min(of))
}

/// The longest wait that is read from a response. No call lasts longer than an hour, so more makes no difference here; a
/// scheduler that goes by [`Error::retry_after`](crate::Error::retry_after) comes back after a day.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// `Retry-After` in either form (RFC 9110 §10.2.3), [`LONGEST_WAIT`] at most. Anything else counts as absent.
pub(crate) fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds are a long wait too.
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default().min(LONGEST_WAIT))
}

/// At most one retry for every five calls in the long run, and ten in a burst, so that an outage is not fed.
#[derive(Debug)]
pub(crate) struct Budget {
    tokens: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { tokens: Self::BURST }
    }
}

impl Budget {
    const BURST: f64 = 10.0;
    const SHARE: f64 = 0.2;

    /// Every call pays in.
    pub(crate) fn deposit(&mut self) {
        self.tokens = (self.tokens + Self::SHARE).min(Self::BURST);
    }

    /// Every retry takes out, if there is enough.
    pub(crate) fn withdraw(&mut self) -> bool {
        let enough = self.tokens >= 1.0;
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }
}

/// Longer waits are not held against later calls: their own 429 will tell.
const GATE_CAP: Duration = Duration::from_secs(60);
/// A 429 without `Retry-After`.
const GATE_DEFAULT: Duration = Duration::from_secs(1);

/// A probe that has no response after this long gives its turn to the next call, and goes on.
const PROBE_TURN: Duration = Duration::from_secs(2);

/// The gate that a 429 closes for every call of the client. Times are since an origin of the caller's.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: GateState,
    /// How many probes were sent.
    turns: u64,
}

#[derive(Clone, Copy, Debug, Default)]
enum GateState {
    /// Calls go out.
    #[default]
    Open,
    /// Nothing goes out before this time; the first call after it is the probe.
    Closed { until: Duration },
    /// A probe is under way, and it is its turn until this time; the others wait for its report.
    Probing { until: Duration },
}

/// What the gate says to a call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Send.
    Go,
    /// Send as the probe of this turn, and report what came of it.
    Probe(u64),
    /// Ask again at this time.
    WaitUntil(Duration),
    /// Ask again when the probe has reported, and at this time when it has not.
    WaitForProbe(Duration),
}

/// What came of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// The service responded. A 429 has closed the gate before it is reported.
    Response,
    /// The attempt failed without a response, in another way than by its deadline.
    Failure,
    /// No response: the deadline of the call passed, or its caller gave up.
    NoResponse,
}

impl Gate {
    /// May a call go out now?
    pub(crate) fn admit(&mut self, now: Duration) -> Admission {
        match self.state {
            GateState::Open => Admission::Go,
            GateState::Closed { until } if now < until => Admission::WaitUntil(until),
            GateState::Probing { until } if now < until => Admission::WaitForProbe(until),
            GateState::Closed { .. } | GateState::Probing { .. } => {
                self.turns = self.turns.wrapping_add(1);
                self.state = GateState::Probing { until: now.saturating_add(PROBE_TURN) };
                Admission::Probe(self.turns)
            }
        }
    }

    /// A 429 arrived.
    pub(crate) fn close(&mut self, now: Duration, retry_after: Option<Duration>) {
        let until = now.saturating_add(retry_after.unwrap_or(GATE_DEFAULT).min(GATE_CAP));
        match self.state {
            // A late answer to a call from before must not shorten the wait.
            GateState::Closed { until: known } if known >= until => {}
            _ => self.state = GateState::Closed { until },
        }
    }

    /// The probe of this turn has ended.
    pub(crate) fn probe_done(&mut self, turn: u64, report: Report, now: Duration) {
        let GateState::Probing { .. } = self.state else { return };
        match report {
            // Also of a probe whose turn has passed: the service is willing.
            Report::Response => self.state = GateState::Open,
            // What comes of an earlier turn without a response says nothing about the present one.
            _ if turn != self.turns => {}
            // The network is at fault and not the rate: the other calls find out for themselves.
            Report::Failure => self.state = GateState::Open,
            // Nothing is known of the service, so the next call is a probe again.
            Report::NoResponse => self.state = GateState::Probing { until: now },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STATUS: fn(u16) -> Failure = |code| Failure::Status { code, retry_after: false };

    /// failure, outcome, replayed for an exchange (when_safe, always), replayed for a read
    fn table() -> Vec<(Failure, Outcome, bool, bool, bool)> {
        use Outcome::{NotProcessed, NotSent, Rejected, Unknown};
        let mut rows = vec![
            (Failure::Dns, NotSent, true, true, true),
            (Failure::Connect, NotSent, true, true, true),
            (Failure::TlsHandshake, NotSent, true, true, true),
            (Failure::Certificate, NotSent, false, false, false),
            (Failure::Refused, NotProcessed, true, true, true),
            (Failure::Broken, Unknown, false, true, true),
            (Failure::Deadline { sent: false }, NotSent, false, false, false),
            (Failure::Deadline { sent: true }, Unknown, false, false, false),
            (Failure::Status { code: 503, retry_after: true }, NotProcessed, true, true, true),
            (Failure::Status { code: 502, retry_after: true }, Unknown, false, true, true),
        ];
        rows.extend([429, 521, 523, 525, 530].map(|code| (STATUS(code), NotProcessed, true, true, true)));
        rows.extend([408, 500, 502, 503, 504, 520, 522, 524].map(|code| (STATUS(code), Unknown, false, true, true)));
        rows.extend([501, 505, 599].map(|code| (STATUS(code), Unknown, false, false, false)));
        rows.extend([301, 307, 400, 401, 403, 404, 409, 422].map(|code| (STATUS(code), Rejected, false, false, false)));
        rows
    }

    #[test]
    fn the_table_holds() {
        for (failure, outcome, when_safe, always, read) in table() {
            assert_eq!(failure.outcome(), outcome, "{failure:?}");
            assert_eq!(may_replay(CallKind::Exchange, Replay::WhenSafe, failure), when_safe, "{failure:?}");
            assert_eq!(may_replay(CallKind::Exchange, Replay::Always, failure), always, "{failure:?}");
            for kind in [CallKind::Read, CallKind::Logout, CallKind::LogoutAll] {
                assert_eq!(may_replay(kind, Replay::WhenSafe, failure), read, "{kind:?} {failure:?}");
                assert!(!may_replay(kind, Replay::Never, failure), "{kind:?} {failure:?}");
            }
            assert!(!may_replay(CallKind::Exchange, Replay::Never, failure), "{failure:?}");
        }
    }

    #[test]
    fn a_passed_deadline_is_retryable_by_the_caller_when_nothing_can_have_happened() {
        let retryable = |kind, sent| is_retryable(kind, Replay::WhenSafe, Failure::Deadline { sent });
        assert!(retryable(CallKind::Exchange, false) && !retryable(CallKind::Exchange, true));
        assert!(retryable(CallKind::Read, true) && retryable(CallKind::Logout, true));
    }

    #[test]
    fn backoff_doubles_to_its_cap_with_full_jitter() {
        let millis = |retry, random| backoff(retry, random).as_millis();
        assert_eq!([1, 2, 3, 4, 5, 6, 40].map(|retry| millis(retry, 1.0)), [100, 200, 400, 800, 1600, 2000, 2000]);
        assert_eq!((millis(3, 0.0), millis(3, 0.5)), (0, 200));
        assert_eq!(jittered(Duration::from_secs(10), 1.0), Duration::from_secs(12));
        assert_eq!(jittered(Duration::from_secs(10), 0.0), Duration::from_secs(10));
    }

    #[test]
    fn retry_after_is_read_in_both_forms_and_nothing_else() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let seconds = |text| retry_after(text, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:50:00 GMT"), Some(23));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(seconds("9223372036854775807"), Some(86_400));
        assert_eq!(seconds("18446744073709551615"), Some(86_400));
        assert_eq!(seconds("99999999999999999999999"), Some(86_400));
        assert_eq!(seconds("Fri, 31 Dec 9999 23:59:59 GMT"), Some(86_400));
        for bad in ["", "-1", "+1", "1.5", "0x10", "NaN", "soon"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_budget_allows_a_burst_and_then_a_fifth() {
        let mut budget = Budget::default();
        let mut retries = 0;
        for _ in 0..1000 {
            budget.deposit();
            retries += u32::from(budget.withdraw());
        }
        assert!((200..=210).contains(&retries), "{retries}");
    }

    #[test]
    fn a_closed_gate_lets_one_probe_through_per_window() {
        let at = Duration::from_secs;
        let mut gate = Gate::default();
        assert_eq!(gate.admit(at(0)), Admission::Go);
        gate.close(at(0), Some(at(5)));
        assert_eq!(gate.admit(at(4)), Admission::WaitUntil(at(5)));
        assert_eq!(gate.admit(at(5)), Admission::Probe(1));
        assert_eq!(gate.admit(at(5)), Admission::WaitForProbe(at(7)));
        gate.close(at(6), None);
        gate.probe_done(1, Report::Response, at(6));
        assert_eq!(gate.admit(at(6)), Admission::WaitUntil(at(7)));
        assert_eq!(gate.admit(at(8)), Admission::Probe(2));
        gate.probe_done(2, Report::Response, at(8));
        assert_eq!(gate.admit(at(8)), Admission::Go);
        gate.close(at(8), Some(at(3600)));
        assert_eq!(gate.admit(at(8)), Admission::WaitUntil(at(68)));
        gate.close(at(9), Some(at(1)));
        assert_eq!(gate.admit(at(10)), Admission::WaitUntil(at(68)));
    }

    /// A gate whose first probe was sent at 1 s.
    fn probing() -> Gate {
        let mut gate = Gate::default();
        gate.close(Duration::ZERO, None);
        assert_eq!(gate.admit(Duration::from_secs(1)), Admission::Probe(1));
        gate
    }

    #[test]
    fn a_probe_without_a_response_gives_its_turn_to_one_call() {
        let at = Duration::from_secs;
        let mut gate = probing();
        assert_eq!(gate.admit(at(2)), Admission::WaitForProbe(at(3)));
        assert_eq!(gate.admit(at(3)), Admission::Probe(2));
        assert_eq!(gate.admit(at(3)), Admission::WaitForProbe(at(5)));
        // What the first probe comes to without a response is not about the second.
        gate.probe_done(1, Report::NoResponse, at(4));
        gate.probe_done(1, Report::Failure, at(4));
        assert_eq!(gate.admit(at(4)), Admission::WaitForProbe(at(5)));
        // A response is: the service is willing.
        gate.probe_done(1, Report::Response, at(4));
        assert_eq!(gate.admit(at(4)), Admission::Go);
        gate.probe_done(2, Report::NoResponse, at(9));
        assert_eq!(gate.admit(at(9)), Admission::Go);
    }

    #[test]
    fn a_probe_that_is_given_up_makes_the_next_call_a_probe_and_one_that_fails_opens_the_gate() {
        let at = Duration::from_secs;
        let mut gate = probing();
        gate.probe_done(1, Report::NoResponse, at(2));
        assert_eq!(gate.admit(at(2)), Admission::Probe(2));
        assert_eq!(gate.admit(at(2)), Admission::WaitForProbe(at(4)));
        gate.probe_done(2, Report::Failure, at(2));
        assert_eq!(gate.admit(at(2)), Admission::Go);
    }

    proptest! {
        #[test]
        fn no_retry_after_panics_or_lasts_longer_than_a_day(seconds in any::<u64>(), text in any::<String>(), random in any::<f64>()) {
            let now = SystemTime::now();
            let texts = [seconds.to_string(), format!("{seconds}{seconds}"), text];
            for wait in texts.iter().filter_map(|text| retry_after(text, now)) {
                prop_assert!(wait <= LONGEST_WAIT);
                let jittered = jittered(wait, random);
                prop_assert!(wait <= jittered && jittered <= wait.saturating_add(wait));
                prop_assert!(tokio::time::Instant::now().checked_add(jittered).is_some());
            }
            prop_assert_eq!(retry_after(&texts[0], now), Some(Duration::from_secs(seconds.min(86_400))));
        }

        #[test]
        fn no_date_panics(at in 0_u64..253_402_300_800, now in 0_u64..253_402_300_800) {
            let time = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            let wait = retry_after(&httpdate::fmt_http_date(time(at)), time(now));
            prop_assert_eq!(wait, Some(Duration::from_secs(at.saturating_sub(now).min(86_400))));
        }

        #[test]
        fn no_count_and_no_number_panics(
            retry in any::<u32>(), random in any::<f64>(), seconds in any::<u64>(), nanos in 0_u32..1_000_000_000, now in any::<u64>()
        ) {
            prop_assert!(backoff(retry, random) <= BACKOFF_CAP);
            let wait = Duration::new(seconds, nanos);
            prop_assert!(jittered(wait, random) >= wait);
            let mut gate = Gate::default();
            gate.close(Duration::new(now, nanos), Some(wait));
            gate.admit(Duration::new(now, nanos));
        }
    }
}
