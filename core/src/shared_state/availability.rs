//! Whether Redis is used or, after a failure, left alone for a while; what is reported of it, and what is counted.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::http::events::{OnWarning, Warning};
use crate::retry::backoff;

/// How long Redis is left alone after the first failure. Each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// After how many doublings the pause is the longest one in any case.
const MOST_DOUBLINGS: u32 = 16;

/// After how many failures in a row a late response does not bring Redis back: then it is slow, and not the machine for a moment.
const SLOW: u32 = 3;

/// The state of one client's Redis.
#[derive(Default)]
pub(super) struct Availability {
    state: Mutex<State>,
    on_warning: Option<OnWarning>,
    reported: AtomicBool,
    failures: AtomicU64,
    unordered: AtomicU64,
}

#[derive(Default)]
struct State {
    /// Failures since the last success.
    failures: u32,
    /// Until when Redis is left alone.
    until: Option<Instant>,
}

/// Leave to send one command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Admission {
    half_open: bool,
}

/// What is counted.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    /// Commands that failed or took too long.
    pub(crate) failures: u64,
    /// Exchanges that were sent without the lock, or lost it.
    pub(crate) unordered: u64,
}

impl Availability {
    pub(super) fn new(on_warning: Option<OnWarning>) -> Self {
        Self { on_warning, ..Self::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a command may be sent, and then whether it is the one that finds out whether Redis is back: other calls go on alone
    /// meanwhile.
    pub(super) fn admits(&self, now: Instant) -> Option<Admission> {
        let mut state = self.state();
        match state.until {
            None => Some(Admission { half_open: false }),
            Some(until) if now < until => None,
            Some(_) => {
                state.until = now.checked_add(FIRST_PAUSE);
                Some(Admission { half_open: true })
            }
        }
    }

    pub(super) fn is_left_alone(&self, now: Instant) -> bool {
        self.state().until.is_some_and(|until| now < until)
    }

    /// Redis responded.
    pub(super) fn succeeded(&self) {
        *self.state() = State::default();
    }

    /// Redis responded, but the call had gone on: it is used again, unless it does so all the time. The failures count still.
    pub(super) fn responded_late(&self) {
        let mut state = self.state();
        if state.failures < SLOW {
            state.until = None;
        }
    }

    /// Redis did not, or refused. Of several commands that were under way together, one begins the pause.
    pub(super) fn failed(&self, admission: Admission, reason: &str, random: f64) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        let mut state = self.state();
        if admission.half_open || state.until.is_none() {
            state.failures = state.failures.saturating_add(1);
            state.until = Instant::now().checked_add(pause(state.failures, random));
        }
        drop(state);
        if let Some(on_warning) = &self.on_warning
            && !self.reported.swap(true, Ordering::Relaxed)
        {
            on_warning(&Warning::SharedStateUnavailable { reason: reason.to_owned() });
        }
    }

    /// An exchange was sent without the lock, or lost it.
    pub(super) fn count_unordered(&self) {
        self.unordered.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn counts(&self) -> Counts {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts { failures: load(&self.failures), unordered: load(&self.unordered) }
    }
}

/// Doubled with each failure, and a quarter of it left to chance, so that the processes of a service do not come back together.
fn pause(failures: u32, random: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(MOST_DOUBLINGS);
    let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_PAUSE);
    backoff::share(pause, 0.75 + random / 4.0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound() {
        let seconds: Vec<_> = (1..=8).map(|failures| pause(failures, 1.0).as_secs_f64()).collect();
        assert_eq!(seconds, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]);
        assert_eq!(pause(u32::MAX, 1.0), LONGEST_PAUSE);
        assert_eq!(pause(1, 0.0), Duration::from_millis(375));
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_failure_redis_is_left_alone_and_one_call_finds_out_whether_it_is_back() {
        let availability = Availability::default();
        let admitted = || availability.admits(Instant::now());
        availability.failed(admitted().unwrap(), "gone", 1.0);
        assert!(admitted().is_none());
        tokio::time::advance(FIRST_PAUSE).await;
        let half_open = admitted().unwrap();
        assert!(admitted().is_none(), "one of them");
        availability.failed(half_open, "gone", 1.0);
        tokio::time::advance(FIRST_PAUSE).await;
        assert!(admitted().is_none(), "the pause is longer now");
        tokio::time::advance(FIRST_PAUSE).await;
        assert!(admitted().is_some());
        availability.succeeded();
        assert!(admitted().is_some() && admitted().is_some());
        assert_eq!(availability.counts().failures, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_response_ends_the_pause_unless_redis_is_slow_all_the_time() {
        let availability = Availability::default();
        for _ in 1..SLOW {
            availability.failed(availability.admits(Instant::now()).unwrap(), "late", 1.0);
            assert!(availability.admits(Instant::now()).is_none());
            availability.responded_late();
        }
        availability.failed(availability.admits(Instant::now()).unwrap(), "late", 1.0);
        availability.responded_late();
        assert!(availability.admits(Instant::now()).is_none());
        tokio::time::advance(LONGEST_PAUSE).await;
        assert!(availability.admits(Instant::now()).is_some());
        availability.succeeded();
        availability.failed(availability.admits(Instant::now()).unwrap(), "late", 1.0);
        availability.responded_late();
        assert!(availability.admits(Instant::now()).is_some(), "a success has made it good");
    }

    #[tokio::test(start_paused = true)]
    async fn failures_of_commands_that_were_under_way_together_do_not_add_up() {
        let availability = Availability::default();
        let admission = availability.admits(Instant::now()).unwrap();
        for _ in 0..10 {
            availability.failed(admission, "gone", 1.0);
        }
        tokio::time::advance(FIRST_PAUSE).await;
        assert!(availability.admits(Instant::now()).is_some());
        assert_eq!(availability.counts().failures, 10);
    }

    #[test]
    fn it_is_reported_once() {
        let told = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&told);
        let availability = Availability::new(Some(Arc::new(move |_: &Warning| {
            count.fetch_add(1, Ordering::Relaxed);
        })));
        for _ in 0..3 {
            availability.failed(Admission { half_open: false }, "gone", 0.5);
            availability.succeeded();
        }
        assert_eq!(told.load(Ordering::Relaxed), 1);
    }
}
