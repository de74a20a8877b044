//! The thread that takes the GIL.
//!
//! A thread that attaches waits for as long as another thread holds the interpreter's lock: for seconds, when an extension
//! does not release it. A worker that waited would read no socket in the meantime, would see responses only after their
//! deadlines, and would report an unknown outcome for exchanges whose tokens arrived in time. So workers send the tasks for
//! the interpreter to this thread, and only this thread waits.

use std::io;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use pyo3::prelude::*;

use super::finalization_gate::FinalizationGate;

/// A task for the interpreter. It is dropped without running when the interpreter is exiting.
pub(crate) type Task = Box<dyn FnOnce(Python<'_>) + Send>;

/// The limit of tasks that run before the thread detaches; the exit of the interpreter waits for that.
const AT_ONCE: usize = 100;

/// Starts the thread, which runs as long as a sender exists.
pub(super) fn start(finalization_gate: &'static FinalizationGate) -> io::Result<Sender<Task>> {
    let (sender, tasks) = channel::<Task>();
    let run = move || {
        while let Ok(first) = tasks.recv() {
            finalization_gate.attach(|py| {
                for task in iter::once(first).chain(tasks.try_iter().take(AT_ONCE - 1)) {
                    // A task that panics must not prevent later tasks from running.
                    let _ = catch_unwind(AssertUnwindSafe(|| task(py)));
                }
            });
        }
    };
    // Linux shows no more than 15 characters of a name.
    thread::Builder::new().name("tenant-gil".to_owned()).spawn(run)?;
    Ok(sender)
}
