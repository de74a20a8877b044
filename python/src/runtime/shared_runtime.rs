//! Lets the thread that waits for a call drive the runtime of a worker, so that the call runs without another thread.
//!
//! A call that a worker runs wakes two threads, one after the other: the worker, and then the thread that waits. When no other
//! call is under way, the thread that waits polls the call and watches its sockets itself. The worker leaves the runtime to it, and
//! takes it back as soon as there is another call, the call takes long, or no call has come for a while.

use std::future::poll_fn;
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::task;

use super::completion_queue;

/// The time between two looks of a worker that does not drive. It takes the runtime back when no call has come between two looks.
const TICK: Duration = Duration::from_millis(10);

/// The number of looks after which a call that still runs is the worker's. So a waiting thread checks for signals in time, and
/// sockets are read while it waits for the interpreter.
const TICKS_OF_A_CALL: u32 = 4;

/// The runtime of a worker, which one thread at a time drives.
pub(super) struct SharedRuntime {
    runtime: Runtime,
    turns: Mutex<Turns>,
    /// Tells the worker that the runtime is its own again.
    returned: Condvar,
    /// Tells the worker that drives to leave the runtime to a thread that waits.
    wanted: Notify,
    /// Tells the thread that drives that its call takes long.
    late: Notify,
}

struct Turns {
    driver: Driver,
    /// How many times a thread that waits became the driver.
    calls: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Driver {
    Worker,
    /// A thread that waits for its call.
    Caller,
    /// None until the next call, or the next look of the worker.
    Idle,
}

impl SharedRuntime {
    pub(super) fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .thread_name("tenant-select")
            .enable_all()
            .on_thread_park(completion_queue::wake_event_loops)
            .build()?;
        let turns = Mutex::new(Turns { driver: Driver::Worker, calls: 0 });
        Ok(Self { runtime, turns, returned: Condvar::new(), wanted: Notify::new(), late: Notify::new() })
    }

    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work);
    }

    /// What the worker does as long as the process lives.
    pub(super) fn drive(&self) {
        loop {
            self.runtime.block_on(self.wanted.notified());
            self.wait_for_turn();
        }
    }

    fn wait_for_turn(&self) {
        let mut turns = self.turns();
        let (mut calls, mut ticks) = (turns.calls, 0);
        while turns.driver != Driver::Worker {
            let (still, wait) = self.returned.wait_timeout(turns, TICK).unwrap_or_else(PoisonError::into_inner);
            turns = still;
            if !wait.timed_out() {
                continue;
            }
            if turns.calls != calls {
                (calls, ticks) = (turns.calls, 0);
                continue;
            }
            ticks += 1;
            match turns.driver {
                Driver::Idle => turns.driver = Driver::Worker,
                Driver::Caller if ticks >= TICKS_OF_A_CALL => self.late.notify_one(),
                Driver::Caller | Driver::Worker => {}
            }
        }
    }

    /// Has the worker drive when no thread does: called when a call is under way that another thread runs.
    pub(super) fn attend(&self) {
        let mut turns = self.turns();
        if turns.driver == Driver::Idle {
            turns.driver = Driver::Worker;
            self.returned.notify_one();
        }
    }

    /// Runs work in this thread, which must hold no lock and not the interpreter. Called by one thread at a time, which is what
    /// `under_way` counts. Gives the work back when it takes long or `until` is true after it was polled.
    pub(super) fn run<W>(&self, under_way: &AtomicUsize, mut work: W, mut until: impl FnMut() -> bool) -> Option<W>
    where
        W: Future<Output = ()> + Unpin,
    {
        let was_driven = {
            let mut turns = self.turns();
            turns.calls = turns.calls.wrapping_add(1);
            mem::replace(&mut turns.driver, Driver::Caller) == Driver::Worker
        };
        let call = async {
            if !was_driven {
                // Connections that were closed in the meantime have to be known as such before one is used: the first turn
                // reads what the system reports, the second one tells the connections.
                task::yield_now().await;
                task::yield_now().await;
            }
            let ended = {
                let mut late = pin!(self.late.notified());
                poll_fn(|context| {
                    if Pin::new(&mut work).poll(context).is_ready() {
                        return Poll::Ready(true);
                    }
                    if until() || late.as_mut().poll(context).is_ready() { Poll::Ready(false) } else { Poll::Pending }
                })
                .await
            };
            (!ended).then_some(work)
        };
        if was_driven {
            self.wanted.notify_one();
        }
        // Work that panics is dropped, as it is by a worker; then nothing is left of it.
        let rest = catch_unwind(AssertUnwindSafe(|| self.runtime.block_on(call))).unwrap_or_default();
        let mut turns = self.turns();
        if rest.is_some() || under_way.load(Ordering::SeqCst) > 1 {
            turns.driver = Driver::Worker;
            self.returned.notify_one();
        } else {
            turns.driver = Driver::Idle;
        }
        rest
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
