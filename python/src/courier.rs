//! The thread that enters the interpreter.
//!
//! Whoever attaches waits for as long as somebody keeps the interpreter: for seconds, when an extension does not release
//! it. A worker that waited would read no socket meanwhile, find answers only after their deadlines, and report exchanges
//! as of unknown outcome whose new tokens had come in time. So workers hand over what they have, and only this thread waits.

use std::io;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use pyo3::prelude::*;

use crate::runtime::Process;

/// What is to be done in the interpreter; dropped undone when it is exiting.
pub(crate) type Errand = Box<dyn FnOnce(Python<'_>) + Send>;

/// How many errands one visit serves at most: the end of the interpreter waits for the end of a visit.
const AT_ONCE: usize = 100;

/// Starts it for as long as there is a sender.
pub(crate) fn start(process: &'static Process) -> io::Result<Sender<Errand>> {
    let (sender, errands) = channel::<Errand>();
    let run = move || {
        while let Ok(first) = errands.recv() {
            process.attach(|py| {
                for errand in iter::once(first).chain(errands.try_iter().take(AT_ONCE - 1)) {
                    // One that panics must not keep all later ones from being done.
                    let _ = catch_unwind(AssertUnwindSafe(|| errand(py)));
                }
            });
        }
    };
    // Linux shows no more than 15 characters of a name.
    thread::Builder::new().name("tenant-courier".to_owned()).spawn(run)?;
    Ok(sender)
}
