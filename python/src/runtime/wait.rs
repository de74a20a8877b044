//! Blocks a Python thread until a worker has run its call.

use std::mem;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use futures_util::future::AbortHandle;
use pyo3::prelude::*;
use tenant_select::{Outcome, binding};

use super::{Order, Runtime};

/// The time between two checks for signals in a blocked call. The response ends the wait, so this adds no latency.
/// 50 ms costs as little CPU time as longer intervals and is short for a person who presses Ctrl-C.
const SLICE: Duration = Duration::from_millis(50);

/// Work that runs, and what it sends to the thread that waits for it. Dropping it drops the work.
pub(crate) struct Wait<T> {
    runtime: &'static Runtime,
    /// None only while a thread receives, and after a fork.
    receiver: Option<Receiver<T>>,
    task: AbortHandle,
}

impl<T: Send + 'static> Wait<T> {
    /// Starts what `work` makes, which sends everything to its sender.
    pub(crate) fn begin<F>(runtime: &'static Runtime, order: Order, work: impl FnOnce(Sender<T>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (sender, receiver) = channel();
        Self { runtime, receiver: Some(receiver), task: runtime.spawn(order, work(sender)) }
    }

    /// Waits for what comes next with the interpreter released; a signal handler that raises ends the wait.
    pub(crate) fn next(&mut self, py: Python<'_>) -> PyResult<tenant_select::Result<T>> {
        loop {
            // Code that ran between two waits may have forked, and so may a signal handler. The child has no thread that
            // sends a result or releases the channel.
            if !self.runtime.is_current() {
                mem::forget(self.receiver.take());
                return Ok(Err(binding::left_behind()));
            }
            let Some(receiver) = self.receiver.take() else { return Ok(Err(binding::left_behind())) };
            let (receiver, received) = py.detach(move || {
                let received = receiver.recv_timeout(SLICE);
                (receiver, received)
            });
            self.receiver = Some(receiver);
            match received {
                Ok(message) => return Ok(Ok(message)),
                Err(RecvTimeoutError::Disconnected) => return Ok(Err(binding::panicked(Outcome::Unknown))),
                Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            }
        }
    }
}

impl<T> Drop for Wait<T> {
    fn drop(&mut self) {
        if self.runtime.is_current() {
            self.runtime.abort(&self.task);
        } else {
            mem::forget(self.receiver.take());
        }
    }
}
