//! The threads that run calls.
//!
//! Each is started by hand, so that a refusal of the system is an error, and drives a runtime of its own: tokio's pool of
//! threads panics when the system grants it none, and hangs when it grants the first but not the second.

use std::future;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::task::AbortHandle;

/// They live until the process ends.
pub(super) struct Workers {
    /// Enough for calls that spend their time waiting.
    first: Handle,
    /// Keeps a long signature check from delaying all others. Where the system refuses it, calls are made without it.
    second: Option<Handle>,
    turn: AtomicBool,
}

impl Workers {
    /// When this fails, nothing is left behind.
    pub(super) fn start() -> io::Result<Self> {
        Ok(Self { first: worker()?, second: worker().ok(), turn: AtomicBool::new(false) })
    }

    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        let worker = match &self.second {
            Some(second) if self.turn.fetch_not(Ordering::Relaxed) => second,
            _ => &self.first,
        };
        worker.spawn(work).abort_handle()
    }
}

fn worker() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().thread_name("tenant-select").enable_all().build()?;
    let handle = runtime.handle().clone();
    // A thread that is refused drops the runtime, which nothing runs on.
    thread::Builder::new().name("tenant-select".to_owned()).spawn(move || runtime.block_on(future::pending::<()>()))?;
    Ok(handle)
}
