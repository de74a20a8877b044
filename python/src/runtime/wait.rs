//! Blocks a Python thread until its call has run.

use std::mem;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use futures_util::future::AbortHandle;
use pyo3::prelude::*;
use tenant_select::{Outcome, binding};

use super::{Order, Runtime};

/// The time between two checks for signals in a blocked call. The response ends the wait, so this adds no latency.
/// 50 ms costs as little CPU time as longer intervals and is short for a person who presses Ctrl-C.
const SLICE: Duration = Duration::from_millis(50);

/// Work that sends to the thread that waits for it. Dropping it drops the work.
pub(crate) struct Wait<T> {
    runtime: &'static Runtime,
    order: Order,
    /// None only while a thread receives, and after a fork.
    receiver: Option<Receiver<T>>,
    work: Work,
}

enum Work {
    /// It was not begun.
    New(Pin<Box<dyn Future<Output = ()> + Send>>),
    /// A worker runs it.
    Spawned(AbortHandle),
    /// It ended in the thread that waits, or is being begun.
    Gone,
}

impl<T: Send + 'static> Wait<T> {
    /// Waits for what `work` makes, which sends everything to its sender.
    pub(crate) fn new<F>(runtime: &'static Runtime, order: Order, work: impl FnOnce(Sender<T>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (sender, receiver) = channel();
        Self { runtime, order, receiver: Some(receiver), work: Work::New(Box::pin(work(sender))) }
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
            let (runtime, order) = (self.runtime, self.order);
            let work = mem::replace(&mut self.work, Work::Gone);
            let (receiver, work, received) = py.detach(move || {
                let (work, received) = match work {
                    Work::New(work) => run(runtime, order, work, &receiver),
                    other => (other, receiver.recv_timeout(SLICE)),
                };
                (receiver, work, received)
            });
            (self.receiver, self.work) = (Some(receiver), work);
            match received {
                Ok(message) => return Ok(Ok(message)),
                Err(RecvTimeoutError::Disconnected) => return Ok(Err(binding::panicked(Outcome::Unknown))),
                Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            }
        }
    }
}

/// Runs work in this thread until it has sent something, and leaves it to a worker when it is not the only one or takes long.
fn run<T>(
    runtime: &'static Runtime,
    order: Order,
    work: Pin<Box<dyn Future<Output = ()> + Send>>,
    receiver: &Receiver<T>,
) -> (Work, Result<T, RecvTimeoutError>) {
    let (mut has_run, mut sent) = (false, None);
    let rest = runtime.run(work, || {
        has_run = true;
        sent = receiver.try_recv().ok();
        sent.is_some()
    });
    let work = rest.map_or(Work::Gone, |rest| Work::Spawned(runtime.spawn(order, rest)));
    let received = match (sent, &work) {
        (Some(sent), _) => Ok(sent),
        (None, Work::Spawned(_)) if has_run => Err(RecvTimeoutError::Timeout),
        (None, _) => receiver.recv_timeout(SLICE),
    };
    (work, received)
}

impl<T> Drop for Wait<T> {
    fn drop(&mut self) {
        if self.runtime.is_current() {
            if let Work::Spawned(task) = &self.work {
                self.runtime.abort(task);
            }
        } else {
            mem::forget(self.receiver.take());
            mem::forget(mem::replace(&mut self.work, Work::Gone));
        }
    }
}
