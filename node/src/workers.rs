//! The threads that run calls.
//!
//! Each thread is started explicitly, so that a refusal by the system is an error, and drives its own single-threaded
//! runtime: tokio's thread pool panics when the system refuses the first thread, and hangs when it refuses the second.

use std::future::Future;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::wake_up;

/// They live until the process ends, whose exit does not wait for them.
pub(crate) struct Workers {
    /// One thread suffices for calls that spend their time waiting.
    first: Worker,
    /// The second thread keeps a long signature check from delaying all other calls. When the system refuses it, calls run
    /// without it.
    second: Option<Worker>,
    turn: AtomicBool,
}

impl Workers {
    /// When this fails, nothing is left behind, so the next call may try again.
    pub(crate) fn start() -> io::Result<Self> {
        Ok(Self { first: worker()?, second: worker().ok(), turn: AtomicBool::new(false) })
    }

    pub(crate) fn spawn(&self, order: Order, work: impl Future<Output = ()> + Send + 'static) {
        let on_second = || match order {
            Order::Any => self.turn.fetch_not(Ordering::Relaxed),
            Order::By(number) => number % 2 == 1,
        };
        let worker = match &self.second {
            Some(second) if on_second() => second,
            _ => &self.first,
        };
        // Received as long as the process lives.
        let _ = worker.send(Box::pin(work));
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

/// A thread, by what it receives. Only work that finds it waiting wakes it; spawning on its runtime would wake it each time.
type Worker = UnboundedSender<Work>;

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

fn worker() -> io::Result<Worker> {
    let runtime =
        Builder::new_current_thread().thread_name("tenant-select").enable_all().on_thread_park(wake_up::now).build()?;
    let (worker, work) = unbounded_channel();
    // When the thread is refused, the runtime is dropped; nothing runs on it.
    thread::Builder::new().name("tenant-select".to_owned()).spawn(move || {
        wake_up::collect();
        runtime.block_on(run(work));
    })?;
    Ok(worker)
}

/// Begins what is received, in turn.
async fn run(mut received: UnboundedReceiver<Work>) {
    while let Some(work) = received.recv().await {
        tokio::spawn(work);
    }
}
