//! The threads that run calls.
//!
//! Each thread is started explicitly, so that a refusal by the system is an error, and drives its own single-threaded
//! runtime: tokio's thread pool panics when the system refuses the first thread, and hangs when it refuses the second.

use std::future;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::task::AbortHandle;

/// They live until the process ends.
pub(super) struct Workers {
    /// One thread suffices for calls that spend their time waiting.
    first: Handle,
    /// The second thread keeps a long signature check from delaying all other calls. When the system refuses it, calls run
    /// without it.
    second: Option<Handle>,
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
        worker.spawn(work).abort_handle()
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

fn worker() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().thread_name("tenant-select").enable_all().build()?;
    let handle = runtime.handle().clone();
    // When the thread is refused, the runtime is dropped; nothing runs on it.
    thread::Builder::new().name("tenant-select".to_owned()).spawn(move || runtime.block_on(future::pending::<()>()))?;
    Ok(handle)
}
