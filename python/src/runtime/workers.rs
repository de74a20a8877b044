//! The threads that run calls.
//!
//! Each thread is started explicitly, so that a refusal by the system is an error, and drives its own single-threaded
//! runtime: tokio's thread pool panics when the system refuses the first thread, and hangs when it refuses the second. A thread that
//! waits for the only call drives the runtime of the first worker instead of it.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use futures_util::future::{AbortHandle, abortable};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time;

use super::completion_queue;
use super::shared_runtime::SharedRuntime;

/// How far the timer of a worker that has calls is away at most.
const NEAR: Duration = Duration::from_secs(1);

/// They live until the process ends.
pub(super) struct Workers {
    /// One thread suffices for calls that spend their time waiting.
    first: Worker,
    /// The second thread keeps a long signature check from delaying all other calls. When the system refuses it, calls run
    /// without it.
    second: Option<Worker>,
    turn: AtomicBool,
    under_way: Arc<AtomicUsize>,
}

impl Workers {
    /// When this fails, nothing is left behind.
    pub(super) fn start() -> io::Result<Self> {
        let under_way = Arc::new(AtomicUsize::new(0));
        Ok(Self { first: Worker::start()?, second: Worker::start().ok(), turn: AtomicBool::new(false), under_way })
    }

    pub(super) fn spawn(&self, order: Order, work: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        let on_second = || match order {
            Order::Any => self.turn.fetch_not(Ordering::Relaxed),
            Order::By(number) => number % 2 == 1,
        };
        let worker = match &self.second {
            Some(second) if on_second() => second,
            _ => &self.first,
        };
        let (work, abort_handle) = abortable(work);
        let counted = UnderWay::begin(&self.under_way);
        // It may use a connection of the first worker, also when it is run by the second one.
        self.first.runtime.attend();
        // A worker ends with the process.
        let _ = worker.sender.send(Box::pin(async move {
            let _ = work.await;
            drop(counted);
        }));
        abort_handle
    }

    /// Runs work in this thread, which holds neither a lock nor the interpreter. Gives it back when it is to be spawned: when other
    /// work is under way, when it takes long, and when `until` is true after a part of it has run.
    pub(super) fn run<W>(&self, work: W, until: impl FnMut() -> bool) -> Option<W>
    where
        W: Future<Output = ()> + Unpin,
    {
        match UnderWay::begin_alone(&self.under_way) {
            Some(_alone) => {
                self.first.near_timer.keep(&self.first.runtime);
                self.first.runtime.run(&self.under_way, work, until)
            }
            None => Some(work),
        }
    }
}

/// Work that was begun and has not ended.
struct UnderWay(Arc<AtomicUsize>);

impl UnderWay {
    fn begin(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }

    /// None when there is other work.
    fn begin_alone(count: &Arc<AtomicUsize>) -> Option<Self> {
        count.compare_exchange(0, 1, Ordering::SeqCst, Ordering::SeqCst).ok().map(|_| Self(Arc::clone(count)))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether work has to begin in the order in which it is spawned.
#[derive(Clone, Copy)]
pub(crate) enum Order {
    /// It may begin at any time.
    Any,
    /// It begins after all work of the same number that was spawned before, because one worker takes it up in turn.
    By(u64),
}

impl Order {
    /// That of the calls that may replace or end a refresh token.
    pub(crate) fn of(refresh_jwt: &str) -> Self {
        Self::By(BuildHasherDefault::<DefaultHasher>::default().hash_one(refresh_jwt))
    }
}

struct Worker {
    /// A channel wakes the thread once for all that is sent before the thread runs; each spawn from another thread would wake it
    /// again.
    sender: UnboundedSender<Pin<Box<dyn Future<Output = ()> + Send>>>,
    runtime: Arc<SharedRuntime>,
    near_timer: Arc<NearTimer>,
}

impl Worker {
    fn start() -> io::Result<Self> {
        let runtime = Arc::new(SharedRuntime::new()?);
        let near_timer = Arc::new(NearTimer::default());
        let (sender, mut sent) = unbounded_channel();
        let take_up = {
            let (runtime, near_timer) = (Arc::downgrade(&runtime), Arc::clone(&near_timer));
            async move {
                while let Some(work) = sent.recv().await {
                    tokio::spawn(work);
                    if let Some(runtime) = runtime.upgrade() {
                        near_timer.keep(&runtime);
                    }
                }
            }
        };
        runtime.spawn(take_up);
        // When the thread is refused, the runtime is dropped; nothing runs on it.
        let driven = Arc::clone(&runtime);
        thread::Builder::new().name("tenant-select".to_owned()).spawn(move || {
            completion_queue::collect_wake_ups();
            driven.drive();
        })?;
        Ok(Self { sender, runtime, near_timer })
    }
}

/// Keeps a timer that is due before the deadlines of most calls, as long as there are calls. For a timer that is due before all
/// others the runtime writes to the file that wakes its own thread, and then does not sleep; each call has two deadlines.
#[derive(Default)]
struct NearTimer {
    used: AtomicBool,
    runs: AtomicBool,
}

impl NearTimer {
    fn keep(self: &Arc<Self>, runtime: &SharedRuntime) {
        self.used.store(true, Ordering::Relaxed);
        if !self.runs.swap(true, Ordering::Relaxed) {
            let timer = Arc::clone(self);
            runtime.spawn(async move {
                while timer.used.swap(false, Ordering::Relaxed) {
                    time::sleep(NEAR).await;
                }
                timer.runs.store(false, Ordering::Relaxed);
            });
        }
    }
}
