//! The finalization gate: prevents native threads from running code in an interpreter that is exiting.
//!
//! A native thread that attaches to an interpreter under finalization crashes the process: without the finalization gate,
//! between 3 and 10 of 40 short programs ended in SIGABRT or SIGSEGV on CPython 3.9 to 3.14. So native threads attach
//! only through [`FinalizationGate::attach`], which an `atexit` function closes before the interpreter is finalized.
//!
//! Threads that Python started may wait for the interpreter without it, because the interpreter stops them: in CPython
//! up to 3.13 by unwinding their stack. Native code that runs Python code must not be unwound, because the process would
//! abort. It runs Python code within [`python`]: the exiting thread waits for code that is inside, and later code is delayed.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use super::process::ProcessId;

/// How long a call of another thread is delayed while the interpreter exits. That thread is a daemon thread that is about
/// to be stopped, and the traceback of an exception in it would be noise in the output. The delay is limited, because a
/// function that runs at exit may wait for the thread.
const GRACE: Duration = Duration::from_secs(1);

/// The process, as [`ProcessId::as_number`], whose interpreter is exiting; 0 while none is.
static EXITING: AtomicU64 = AtomicU64::new(0);

/// The number of threads within [`python`].
static VISITS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this is the thread that finalizes the interpreter.
    static EXITS: Cell<bool> = const { Cell::new(false) };
}

/// The finalization gate through which native threads attach to the interpreter; one for each process.
#[derive(Default)]
pub(crate) struct FinalizationGate {
    closed: RwLock<bool>,
}

impl FinalizationGate {
    /// Attaches a native thread to the interpreter, or does nothing when that is no longer safe.
    pub(super) fn attach(&self, then: impl FnOnce(Python<'_>)) {
        let closed = self.closed.read().unwrap_or_else(PoisonError::into_inner);
        if !*closed {
            Python::try_attach(then);
        }
    }

    /// Waits for the attached threads, and prevents others from attaching.
    pub(super) fn close(&self, py: Python<'_>) {
        // The interpreter is released, because an attached thread may be waiting for it.
        py.detach(|| *self.closed.write().unwrap_or_else(PoisonError::into_inner) = true);
    }
}

fn is_exiting() -> bool {
    is_exiting_process(ProcessId::current())
}

/// The same, with the identity of this process.
pub(super) fn is_exiting_process(id: ProcessId) -> bool {
    EXITING.load(Ordering::SeqCst) == id.as_number()
}

/// One thread within [`python`].
struct Visit;

impl Visit {
    fn begin() -> Self {
        VISITS.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        // A forked child counts from 0, also when it was forked within `python`.
        let _ = VISITS.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |visits| visits.checked_sub(1));
    }
}

/// Runs Python code from within native code.
pub(crate) fn python<T>(py: Python<'_>, code: impl FnOnce() -> T) -> T {
    let mut visit = Visit::begin();
    if is_exiting() && !EXITS.get() {
        drop(visit);
        // Most threads end here: the interpreter stops them when they return.
        py.detach(|| thread::sleep(GRACE));
        visit = Visit::begin();
    }
    let result = code();
    drop(visit);
    result
}

/// Marks this process as exiting, and waits a limited time for threads within [`python`].
pub(super) fn begin_exit(py: Python<'_>, id: ProcessId) {
    EXITS.set(true);
    EXITING.store(id.as_number(), Ordering::SeqCst);
    let until = Instant::now() + GRACE;
    // The interpreter is released, because these threads need it to finish.
    py.detach(|| {
        while VISITS.load(Ordering::SeqCst) > 0 && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
    });
}

/// Forgets the threads of the parent. Called in each forked child.
pub(super) fn after_fork_in_child() {
    VISITS.store(0, Ordering::SeqCst);
}
