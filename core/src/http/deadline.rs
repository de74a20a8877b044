//! Deadlines that a later caller may extend, and that hold also when timers are late.
//!
//! A process that was stopped, or a runtime that was busy, finds an elapsed timer and bytes that arrived in time, and the
//! timer comes first. To give up then would lose a response that is there: new tokens, when it is an exchange's.

use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

/// From this delay on, a timer counts as late. On a runtime that is not busy it is late by a millisecond or two.
const LATE: Duration = Duration::from_millis(20);

/// How long it may take after a late timer to read what is there.
const MOMENT: Duration = Duration::from_millis(100);

/// Until when a call may go on. A caller that joins the call and can wait longer extends it, until the call was given up
/// because of it.
pub(crate) struct Deadline {
    state: Mutex<State>,
}

struct State {
    at: Instant,
    /// The call was given up because it did not fit, so an extension would come too late.
    over: bool,
}

impl Deadline {
    pub(crate) fn new(at: Instant) -> Self {
        Self { state: Mutex::new(State { at, over: false }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The deadline as it is now.
    pub(crate) fn at(&self) -> Instant {
        self.state().at
    }

    /// Makes the deadline at least `at`; false when the call was given up already.
    pub(crate) fn extend(&self, at: Instant) -> bool {
        let mut state = self.state();
        state.at = state.at.max(at);
        !state.over
    }

    /// Whether the call can wait until `at`. After a false the caller gives up: the deadline cannot be extended any more.
    pub(crate) fn allows(&self, at: Instant) -> bool {
        let mut state = self.state();
        state.over |= at >= state.at;
        !state.over
    }
}

/// What `work` gives by the deadline, and nothing if it takes longer. After a late timer the work gets a moment more, if at
/// that point it `may_go_on`.
pub(crate) async fn by<T>(
    deadline: &Deadline,
    work: impl Future<Output = T>,
    may_go_on: impl FnOnce() -> bool,
) -> Option<T> {
    let mut work = pin!(work);
    loop {
        let at = deadline.at();
        if let Ok(result) = timeout_at(at, work.as_mut()).await {
            return Some(result);
        }
        // Not the time now: only a caller that extended the deadline meanwhile keeps the work going.
        if deadline.allows(at) {
            continue;
        }
        let late_timer = Instant::now() >= at + LATE;
        return if late_timer && may_go_on() { timeout(MOMENT, work).await.ok() } else { None };
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::Arc;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_deadline_that_is_extended_meanwhile_is_waited_for() {
        let began = Instant::now();
        let deadline = Arc::new(Deadline::new(began + SECOND));
        let work = tokio::spawn({
            let deadline = Arc::clone(&deadline);
            async move { by(&deadline, pending::<()>(), || true).await }
        });
        tokio::time::sleep(SECOND / 2).await;
        assert!(deadline.extend(began + 5 * SECOND));
        assert!(deadline.extend(began + 2 * SECOND), "an earlier one shortens nothing");
        assert_eq!(work.await.unwrap(), None);
        assert_eq!(began.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_that_a_call_was_given_up_for_is_extended_no_more() {
        let began = Instant::now();
        let deadline = Deadline::new(began + SECOND);
        assert!(deadline.allows(began));
        assert!(deadline.extend(began + 2 * SECOND));
        assert!(deadline.allows(began + SECOND));
        assert!(!deadline.allows(began + 2 * SECOND));
        assert!(!deadline.extend(began + 9 * SECOND));
        assert!(!deadline.allows(began));
    }
}
