//! The thread that takes the GIL.
//!
//! A thread that attaches waits for as long as another one keeps the interpreter: for seconds, when an extension does not
//! release it. A worker that waited would read no socket meanwhile, would find responses only after their deadlines, and
//! would report exchanges as of unknown outcome whose new tokens had come in time. So workers send what is to be done in the
//! interpreter to this thread, and only this thread waits.

use std::io;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use pyo3::prelude::*;

use super::finalization_gate::FinalizationGate;

/// What is to be done in the interpreter; dropped undone when it is exiting.
pub(crate) type Task = Box<dyn FnOnce(Python<'_>) + Send>;

/// How many tasks run at most while the thread is attached: the end of the interpreter waits until it detaches.
const AT_ONCE: usize = 100;

/// Starts the thread, which runs for as long as there is a sender.
pub(super) fn start(finalization_gate: &'static FinalizationGate) -> io::Result<Sender<Task>> {
    let (sender, tasks) = channel::<Task>();
    let run = move || {
        while let Ok(first) = tasks.recv() {
            finalization_gate.attach(|py| {
                for task in iter::once(first).chain(tasks.try_iter().take(AT_ONCE - 1)) {
                    // One that panics must not keep all later ones from being done.
                    let _ = catch_unwind(AssertUnwindSafe(|| task(py)));
                }
            });
        }
    };
    // Linux shows no more than 15 characters of a name.
    thread::Builder::new().name("tenant-gil".to_owned()).spawn(run)?;
    Ok(sender)
}
