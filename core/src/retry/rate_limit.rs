//! The rate-limit gate: a 429 closes it for every call of the client, and a half-open probe opens it again.

use std::time::Duration;

/// Later calls do not wait longer: a 429 of their own tells them when they have to.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// A 429 without `Retry-After`.
const DEFAULT_WAIT: Duration = Duration::from_secs(1);

/// A half-open probe that has no response after this long gives its turn to the next call, and goes on.
const TURN: Duration = Duration::from_secs(2);

/// The rate-limit gate of one client. Times are since an origin of the caller's.
#[derive(Debug, Default)]
pub(crate) struct RateLimitGate {
    state: State,
    /// How many half-open probes were sent.
    turns: u64,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// Calls go out.
    #[default]
    Open,
    /// Nothing goes out before this time; the first call after it is the half-open probe.
    Closed { until: Duration },
    /// A half-open probe is under way, and it is its turn until this time; the others wait for its report.
    HalfOpen { until: Duration },
}

/// What a call has to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Send.
    Go,
    /// Send as the half-open probe of this turn, and report the result.
    HalfOpenProbe(u64),
    /// Try again at this time.
    WaitUntil(Duration),
    /// Try again when the half-open probe has reported, and at this time when it has not.
    WaitForHalfOpenProbe(Duration),
}

/// The result of a half-open probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// The service responded. A 429 has closed the rate-limit gate before it is reported.
    Response,
    /// The attempt failed without a response, in another way than by its deadline.
    Failure,
    /// No response: the deadline of the call passed, or its caller gave up.
    NoResponse,
}

impl RateLimitGate {
    /// May a call go out now?
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
            // A late response to a call from before must not shorten the wait.
            State::Closed { until: known } if known >= until => {}
            _ => self.state = State::Closed { until },
        }
    }

    /// The half-open probe of this turn has ended.
    pub(crate) fn half_open_probe_ended(&mut self, turn: u64, report: Report, now: Duration) {
        let State::HalfOpen { .. } = self.state else { return };
        match report {
            // Also of a half-open probe whose turn has passed: the service takes requests.
            Report::Response => self.state = State::Open,
            // What comes of an earlier turn without a response says nothing about the present one.
            _ if turn != self.turns => {}
            // The network is at fault and not the rate: the other calls find out for themselves.
            Report::Failure => self.state = State::Open,
            // Nothing is known of the service, so the next call is a half-open probe again.
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
    fn a_half_open_probe_without_a_response_gives_its_turn_to_one_call() {
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
    fn a_dropped_half_open_probe_makes_the_next_call_one_and_a_failed_one_lets_all_calls_out() {
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
        fn no_time_panics(seconds in any::<u64>(), nanos in 0_u32..1_000_000_000, now in any::<u64>()) {
            let mut rate_limit_gate = RateLimitGate::default();
            rate_limit_gate.close(Duration::new(now, nanos), Some(Duration::new(seconds, nanos)));
            rate_limit_gate.admit(Duration::new(now, nanos));
        }
    }
}
