//! Blocks a Python thread until a worker has run its call.

use std::mem;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use pyo3::prelude::*;
use tenant_select::{Outcome, binding};
use tokio::task::AbortHandle;

use super::Runtime;

/// The time between two checks for signals in a blocked call. The response ends the wait, so this adds no latency.
/// 50 ms costs as little CPU time as longer intervals and is short for a person who presses Ctrl-C.
const SLICE: Duration = Duration::from_millis(50);

impl Runtime {
    /// Runs `work` and waits for it with the interpreter released; a signal whose handler raises drops it.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        py: Python<'_>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> PyResult<tenant_select::Result<T>> {
        let (sender, mut receiver) = sync_channel(1);
        let task = self.spawn(async move {
            let _ = sender.send(work.await);
        });
        let _abort = AbortOnDrop { runtime: self, task };
        loop {
            let (back, received) = py.detach(move || {
                let received = receiver.recv_timeout(SLICE);
                (receiver, received)
            });
            receiver = back;
            match received {
                Ok(result) => return Ok(Ok(result)),
                Err(RecvTimeoutError::Disconnected) => return Ok(Err(binding::panicked(Outcome::Unknown))),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let handled = py.check_signals();
            // A signal handler may fork. The child has no thread that sends a result or closes the channel.
            if !self.is_current() {
                mem::forget(receiver);
                handled?;
                return Ok(Err(binding::left_behind()));
            }
            handled?;
        }
    }
}

struct AbortOnDrop<'a> {
    runtime: &'a Runtime,
    task: AbortHandle,
}

impl Drop for AbortOnDrop<'_> {
    fn drop(&mut self) {
        self.runtime.abort(&self.task);
    }
}
