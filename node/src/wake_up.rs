//! When a worker wakes event loops: once for all results that it has ready.
//!
//! A wake-up costs a context switch, in which the event loop often displaces the very worker that woke it. So a worker collects
//! the event loops whose results are ready, and wakes them when it has nothing else to do, or after a short time.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::promises::Arrived;

/// How long results may wait while their worker has other work: the time in which it verifies about five responses.
const LONGEST_WAIT: Duration = Duration::from_micros(250);

/// The event loops that a worker is to wake.
struct Collected {
    loops: Vec<Arc<Arrived>>,
    /// When the first of them was collected.
    since: Instant,
}

thread_local! {
    /// `None` on threads that are no workers, and wake event loops at once.
    static COLLECTED: RefCell<Option<Collected>> = const { RefCell::new(None) };
}

/// Makes this thread, which is a worker, collect event loops.
pub(crate) fn collect() {
    COLLECTED.set(Some(Collected { loops: Vec::new(), since: Instant::now() }));
}

/// A result for this event loop has arrived. On a worker it is woken soon, elsewhere at once.
pub(crate) fn soon(arrived: &Arc<Arrived>) {
    COLLECTED.with_borrow_mut(|collected| {
        let Some(collected) = collected else { return arrived.wake() };
        if collected.loops.is_empty() {
            collected.since = Instant::now();
        }
        if !collected.loops.iter().any(|known| Arc::ptr_eq(known, arrived)) {
            collected.loops.push(Arc::clone(arrived));
        }
        if collected.since.elapsed() >= LONGEST_WAIT {
            collected.wake();
        }
    });
}

/// Wakes what this thread has collected. Called when it is about to wait.
pub(crate) fn now() {
    COLLECTED.with_borrow_mut(|collected| {
        if let Some(collected) = collected {
            collected.wake();
        }
    });
}

impl Collected {
    fn wake(&mut self) {
        self.loops.drain(..).for_each(|arrived| arrived.wake());
    }
}
