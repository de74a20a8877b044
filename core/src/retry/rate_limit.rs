//! The rate-limit gate, a circuit breaker for 429: it makes every call of the client wait, until a half-open probe succeeds.

use std::time::Duration;

/// The longest wait of later calls. If the limit still applies then, they get their own 429.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The wait after a 429 without `Retry-After`.
const DEFAULT_WAIT: Duration = Duration::from_secs(1);

/// When a half-open probe has no response after this time, the next call becomes one. The first continues.
const TURN: Duration = Duration::from_secs(2);

/// The rate-limit gate of one client. Times are relative to an origin that the caller chooses.
#[derive(Debug, Default)]
pub(crate) struct RateLimitGate {
    state: State,
    /// The number of half-open probes sent.
    turns: u64,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// Calls are sent.
    #[default]
    Open,
    /// Nothing is sent before this time; the first call after it is the half-open probe.
    Closed { until: Duration },
    /// A half-open probe is pending. The other calls wait for its result until this time.
    HalfOpen { until: Duration },
}

/// What a call must do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Send.
    Go,
    /// Send as the half-open probe with this number, and report the result.
    HalfOpenProbe(u64),
    /// Try again at this time.
    WaitUntil(Duration),
    /// Try again when the half-open probe has reported, at the latest at this time.
    WaitForHalfOpenProbe(Duration),
}

/// The result of a half-open probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// The service responded. For a 429, the rate-limit gate is closed before this is reported.
    Response,
    /// The attempt failed without a response, for another reason than its deadline.
    Failure,
    /// No response: the deadline of the call passed, or its caller gave up.
    NoResponse,
}

impl RateLimitGate {
    /// Whether a call may be sent now.
    pub(crate) fn admit(&mut self, now: Duration) -> Admission {
        match self.state {
            State::Open => Admission::Go,
            State::Closed { until } if now < until => Admission::WaitUntil(until),
            State::HalfOpen { until } if now < until => Admission::WaitForHalfOpenProbe(until),
            State::Closed { .. } | State::HalfOpen { .. } => {
                self.turns = self.turns.wrapping_add(1);
                self.state = State::HalfOpen { until: now.saturating_add(TURN) };
                Admission::HalfOpenProbe(self.turns)
            }
        }
    }

    /// A 429 arrived.
    pub(crate) fn close(&mut self, now: Duration, retry_after: Option<Duration>) {
        let until = now.saturating_add(retry_after.unwrap_or(DEFAULT_WAIT).min(LONGEST_WAIT));
        match self.state {
            // A late response to an earlier call must not shorten the wait.
            State::Closed { until: known } if known >= until => {}
            _ => self.state = State::Closed { until },
        }
    }

    /// The half-open probe with this number has ended.
    pub(crate) fn half_open_probe_ended(&mut self, turn: u64, report: Report, now: Duration) {
        let State::HalfOpen { .. } = self.state else { return };
        match report {
            // This also counts for an earlier half-open probe: the service accepts requests.
            Report::Response => self.state = State::Open,
            // An earlier half-open probe without a response says nothing about the current one.
            _ if turn != self.turns => {}
            // The network failed, not the rate limit: the other calls may be sent and find out for themselves.
            Report::Failure => self.state = State::Open,
            // Nothing is known about the service, so the next call is a half-open probe again.
            Report::NoResponse => self.state = State::HalfOpen { until: now },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_closed_rate_limit_gate_lets_one_half_open_probe_through_per_window() {
        let at = Duration::from_secs;
        let mut rate_limit_gate = RateLimitGate::default();
        assert_eq!(rate_limit_gate.admit(at(0)), Admission::Go);
        rate_limit_gate.close(at(0), Some(at(5)));
        assert_eq!(rate_limit_gate.admit(at(4)), Admission::WaitUntil(at(5)));
        assert_eq!(rate_limit_gate.admit(at(5)), Admission::HalfOpenProbe(1));
        assert_eq!(rate_limit_gate.admit(at(5)), Admission::WaitForHalfOpenProbe(at(7)));
        rate_limit_gate.close(at(6), None);
        rate_limit_gate.half_open_probe_ended(1, Report::Response, at(6));
        assert_eq!(rate_limit_gate.admit(at(6)), Admission::WaitUntil(at(7)));
        assert_eq!(rate_limit_gate.admit(at(8)), Admission::HalfOpenProbe(2));
        rate_limit_gate.half_open_probe_ended(2, Report::Response, at(8));
        assert_eq!(rate_limit_gate.admit(at(8)), Admission::Go);
        rate_limit_gate.close(at(8), Some(at(3600)));
        assert_eq!(rate_limit_gate.admit(at(8)), Admission::WaitUntil(at(68)));
        rate_limit_gate.close(at(9), Some(at(1)));
        assert_eq!(rate_limit_gate.admit(at(10)), Admission::WaitUntil(at(68)));
    }

    /// A rate-limit gate whose first half-open probe was sent at 1 s.
    fn half_open() -> RateLimitGate {
        let mut rate_limit_gate = RateLimitGate::default();
        rate_limit_gate.close(Duration::ZERO, None);
        assert_eq!(rate_limit_gate.admit(Duration::from_secs(1)), Admission::HalfOpenProbe(1));
        rate_limit_gate
    }

    #[test]
    fn one_call_replaces_a_half_open_probe_without_a_response() {
        let at = Duration::from_secs;
        let mut rate_limit_gate = half_open();
        assert_eq!(rate_limit_gate.admit(at(2)), Admission::WaitForHalfOpenProbe(at(3)));
        assert_eq!(rate_limit_gate.admit(at(3)), Admission::HalfOpenProbe(2));
        assert_eq!(rate_limit_gate.admit(at(3)), Admission::WaitForHalfOpenProbe(at(5)));
        // The result of the first half-open probe without a response is not about the second.
        rate_limit_gate.half_open_probe_ended(1, Report::NoResponse, at(4));
        rate_limit_gate.half_open_probe_ended(1, Report::Failure, at(4));
        assert_eq!(rate_limit_gate.admit(at(4)), Admission::WaitForHalfOpenProbe(at(5)));
        // A response is: the service takes requests.
        rate_limit_gate.half_open_probe_ended(1, Report::Response, at(4));
        assert_eq!(rate_limit_gate.admit(at(4)), Admission::Go);
        rate_limit_gate.half_open_probe_ended(2, Report::NoResponse, at(9));
        assert_eq!(rate_limit_gate.admit(at(9)), Admission::Go);
    }

    #[test]
    fn a_dropped_half_open_probe_is_replaced_and_a_failed_one_opens_the_rate_limit_gate() {
        let at = Duration::from_secs;
        let mut rate_limit_gate = half_open();
        rate_limit_gate.half_open_probe_ended(1, Report::NoResponse, at(2));
        assert_eq!(rate_limit_gate.admit(at(2)), Admission::HalfOpenProbe(2));
        assert_eq!(rate_limit_gate.admit(at(2)), Admission::WaitForHalfOpenProbe(at(4)));
        rate_limit_gate.half_open_probe_ended(2, Report::Failure, at(2));
        assert_eq!(rate_limit_gate.admit(at(2)), Admission::Go);
    }

    proptest! {
        #[test]
        fn extreme_times_do_not_panic(seconds in any::<u64>(), nanos in 0_u32..1_000_000_000, now in any::<u64>()) {
            let mut rate_limit_gate = RateLimitGate::default();
            rate_limit_gate.close(Duration::new(now, nanos), Some(Duration::new(seconds, nanos)));
            rate_limit_gate.admit(Duration::new(now, nanos));
        }
    }
}
