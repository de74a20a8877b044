//! Deadlines in a process that may be held up.
//!
//! Whoever was stopped, or kept busy elsewhere, comes back to a timer that has gone off and to bytes that arrived in time,
//! and meets the timer first. To give up then would lose an answer that is there: new tokens, when it is an exchange's.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

/// A timer that is late by as much was held up; on a runtime that is not, it is late by a millisecond or two.
const LATE: Duration = Duration::from_millis(20);

/// How long after being held up it may take to read what is there.
const MOMENT: Duration = Duration::from_millis(100);

/// What `work` gives by the deadline, and nothing if it takes longer. Work that was held up across its deadline gets a moment
/// more, if at that point it `may_go_on`.
pub(crate) async fn by<T>(
    deadline: Instant,
    work: impl Future<Output = T>,
    may_go_on: impl FnOnce() -> bool,
) -> Option<T> {
    let mut work = pin!(work);
    match timeout_at(deadline, work.as_mut()).await {
        Err(_) if Instant::now() >= deadline + LATE && may_go_on() => timeout(MOMENT, work).await.ok(),
        ended => ended.ok(),
    }
}
