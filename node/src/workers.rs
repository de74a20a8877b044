//! The threads that run calls.
//!
//! Each is started by itself, so that a refusal is known, and drives a runtime of its own: tokio's pool of threads panics
//! when the system grants it none, and hangs when it grants the first but not the second. The binding for Python has the
//! same file; a binding owns its runtime, and the core has none.

use std::future::{self, Future};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::runtime::{Builder, Handle};

/// They live until the process ends, whose exit does not wait for them.
pub(crate) struct Workers {
    /// Enough for calls that spend their time waiting.
    first: Handle,
    /// Keeps a long signature check from delaying all others. Where the system grants no second thread, calls use the first.
    second: Option<Handle>,
    turn: AtomicBool,
}

impl Workers {
    /// Fails without a trace, so that the next call may try again.
    pub(crate) fn start() -> io::Result<Self> {
        Ok(Self { first: worker()?, second: worker().ok(), turn: AtomicBool::new(false) })
    }

    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let worker = match &self.second {
            Some(second) if self.turn.fetch_not(Ordering::Relaxed) => second,
            _ => &self.first,
        };
        worker.spawn(work);
    }
}

fn worker() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().thread_name("tenant-select").enable_all().build()?;
    let handle = runtime.handle().clone();
    // A thread that is refused drops the runtime, which nothing runs on.
    thread::Builder::new().name("tenant-select".to_owned()).spawn(move || runtime.block_on(future::pending::<()>()))?;
    Ok(handle)
}
