//! The rate-limit gate: a 429 closes it for every call of the client, and one half-open probe opens it again.

use std::time::Duration;

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
        fn no_time_panics(seconds in any::<u64>(), nanos in 0_u32..1_000_000_000, now in any::<u64>()) {
            let mut gate = Gate::default();
            gate.close(Duration::new(now, nanos), Some(Duration::new(seconds, nanos)));
            gate.admit(Duration::new(now, nanos));
        }
    }
}
