//! The threads that run calls.
//!
//! Each thread is started explicitly, so that a refusal by the system is an error, and drives its own single-threaded
//! runtime: tokio's thread pool panics when the system refuses the first thread, and hangs when it refuses the second.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use futures_util::future::{AbortHandle, abortable};
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time;

use super::completion_queue;

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
}

impl Workers {
    /// When this fails, nothing is left behind.
    pub(super) fn start() -> io::Result<Self> {
        Ok(Self { first: worker()?, second: worker().ok(), turn: AtomicBool::new(false) })
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
        // A worker ends with the process.
        let _ = worker.send(Box::pin(async {
            let _ = work.await;
        }));
        abort_handle
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

/// Takes up work. A channel wakes its thread once for all that is sent before the thread runs; each spawn from another thread would
/// wake it again.
type Worker = UnboundedSender<Pin<Box<dyn Future<Output = ()> + Send>>>;

fn worker() -> io::Result<Worker> {
    let runtime = Builder::new_current_thread()
        .thread_name("tenant-select")
        .enable_all()
        .on_thread_park(completion_queue::wake_event_loops)
        .build()?;
    let (sender, mut sent) = unbounded_channel();
    let run = async move {
        let used = Arc::new(AtomicBool::new(false));
        let mut near_timer: Option<JoinHandle<()>> = None;
        while let Some(work) = sent.recv().await {
            tokio::spawn(work);
            used.store(true, Ordering::Relaxed);
            if near_timer.as_ref().is_none_or(JoinHandle::is_finished) {
                near_timer = Some(tokio::spawn(keep_a_timer_near(Arc::clone(&used))));
            }
        }
    };
    // When the thread is refused, the runtime is dropped; nothing runs on it.
    thread::Builder::new().name("tenant-select".to_owned()).spawn(move || {
        completion_queue::collect_wake_ups();
        runtime.block_on(run);
    })?;
    Ok(sender)
}

/// Keeps a timer that is due before the deadlines of most calls, as long as there are calls. For a timer that is due before all
/// others the runtime writes to the file that wakes its own thread, and then does not sleep; each call has two deadlines.
async fn keep_a_timer_near(used: Arc<AtomicBool>) {
    while used.swap(false, Ordering::Relaxed) {
        time::sleep(NEAR).await;
    }
}
