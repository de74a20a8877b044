//! Deadlines that a later caller may extend, and that tolerate late timers.
//!
//! After a process was stopped or a runtime was busy, a timer has elapsed although bytes arrived in time, and the
//! timer is polled first. Giving up then would lose a response that has arrived, and with it the tokens of an exchange.

use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

/// A timer with at least this delay counts as late. On an idle runtime the delay is one or two milliseconds.
const LATE: Duration = Duration::from_millis(20);

/// The time to read what has arrived after a late timer.
const MOMENT: Duration = Duration::from_millis(100);

/// The time until which a call may continue. A caller that joins the call and can wait longer extends it, unless the call was
/// already given up because of it.
pub(crate) struct Deadline {
    state: Mutex<State>,
}

struct State {
    at: Instant,
    /// The call was given up because of the deadline, so it cannot be extended any more.
    over: bool,
}

impl Deadline {
    pub(crate) fn new(at: Instant) -> Self {
        Self { state: Mutex::new(State { at, over: false }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The current deadline.
    pub(crate) fn at(&self) -> Instant {
        self.state().at
    }

    /// Extends the deadline to at least `at`. Returns false when the call was already given up.
    pub(crate) fn extend(&self, at: Instant) -> bool {
        let mut state = self.state();
        state.at = state.at.max(at);
        !state.over
    }

    /// Whether the call can wait until `at`. If not, the call is given up, and the deadline cannot be extended any more.
    pub(crate) fn allows(&self, at: Instant) -> bool {
        let mut state = self.state();
        state.over |= at >= state.at;
        !state.over
    }
}

/// Returns the result of `work`, or `None` when the deadline passes first. After a late timer the work gets a little more time,
/// if it `may_go_on` at that point.
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
        // Compared with the elapsed deadline and not with the current time: the work continues only when a caller has
        // extended the deadline.
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
    async fn an_extended_deadline_is_waited_for() {
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
    async fn a_deadline_is_not_extended_after_the_call_was_given_up() {
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
