//! Deadlines that a later caller may extend, and that tolerate late timers.
//!
//! After a process was stopped or a runtime was busy, a timer has elapsed although bytes arrived in time, and the
//! timer is polled first. Giving up then would lose a response that has arrived, and with it the tokens of an exchange.

use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

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

    /// Ends the call at its next decision: it is extended no more, and allows nothing.
    pub(crate) fn end(&self) {
        self.state().over = true;
    }

    /// Whether the call can wait until `at`. After a false the caller gives up: the deadline cannot be extended any more.
    pub(crate) fn allows(&self, at: Instant) -> bool {
        let mut state = self.state();
        state.over |= at >= state.at;
        !state.over
    }
}

/// What `work` gives by the deadline, and nothing if it takes longer. If at that point it `may_go_on`, it gets until
/// `completion`, and after a late timer a moment at least.
///
/// The work is pinned by the caller: as an argument it would be moved, and take twice its place in the future of this function.
pub(crate) async fn by<T>(
    deadline: &Deadline,
    completion: Option<Instant>,
    mut work: Pin<&mut impl Future<Output = T>>,
    may_go_on: impl FnOnce() -> bool,
) -> Option<T> {
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
        let now = Instant::now();
        let moment = (now >= at + LATE).then(|| now + MOMENT);
        return match moment.max(completion) {
            Some(until) if until > now && may_go_on() => timeout_at(until, work).await.ok(),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::pin::pin;
    use std::sync::Arc;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn an_extended_deadline_is_waited_for() {
        let began = Instant::now();
        let deadline = Arc::new(Deadline::new(began + SECOND));
        let work = tokio::spawn({
            let deadline = Arc::clone(&deadline);
            async move { by(&deadline, None, pin!(pending::<()>()), || true).await }
        });
        tokio::time::sleep(SECOND / 2).await;
        assert!(deadline.extend(began + 5 * SECOND));
        assert!(deadline.extend(began + 2 * SECOND), "an earlier one shortens nothing");
        assert_eq!(work.await.unwrap(), None);
        assert_eq!(began.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_may_go_on_gets_until_its_completion() {
        let began = Instant::now();
        let late = || Deadline::new(Instant::now() + SECOND);
        let completion = Some(began + 5 * SECOND);
        assert_eq!(by(&late(), completion, pin!(pending::<()>()), || true).await, None);
        assert_eq!(began.elapsed().as_secs(), 5);
        assert_eq!(by(&late(), completion, pin!(pending::<()>()), || true).await, None, "it has passed");
        assert_eq!(began.elapsed().as_secs(), 6);
        let later = Some(began + 60 * SECOND);
        assert_eq!(by(&late(), later, pin!(pending::<()>()), || false).await, None);
        assert_eq!(began.elapsed().as_secs(), 7);
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
