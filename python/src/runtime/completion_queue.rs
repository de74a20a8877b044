//! How workers tell an event loop that calls have come to something, without entering the interpreter.
//!
//! A worker puts what it has into the queue of the loop, and writes a byte to a socket that the loop watches when the queue was
//! empty. The loop's own thread, which holds the interpreter anyway, then takes everything at once. So no other thread waits for
//! the interpreter, and many results are one wake-up of the loop.

use std::io;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::process::ProcessId;
use super::wake_socket::WakeSocket;

/// What waits for the thread of one event loop.
pub(crate) struct CompletionQueue<T> {
    process: ProcessId,
    /// None once the loop is closed. A fork may find it locked, so a child leaves it alone.
    waiting: Mutex<Option<Vec<T>>>,
    socket: WakeSocket,
}

impl<T> CompletionQueue<T> {
    /// Fails when the system grants no files, and on systems whose event loops watch none.
    pub(crate) fn new() -> io::Result<Self> {
        let socket = WakeSocket::new()?;
        Ok(Self { process: ProcessId::current(), waiting: Mutex::new(Some(Vec::new())), socket })
    }

    /// The file that becomes readable when there is something to take.
    pub(crate) fn fd(&self) -> i32 {
        self.socket.fd()
    }

    /// Whether calls of this process can be put into it.
    pub(crate) fn is_open(&self) -> bool {
        self.is_current() && self.waiting().is_some()
    }

    /// Whether it belongs to this process and not to one that this process was forked from.
    fn is_current(&self) -> bool {
        self.process == ProcessId::current()
    }

    /// Gives the item back when the loop is closed.
    pub(crate) fn put(&self, item: T) -> Result<(), T> {
        let wakes = match &mut *self.waiting() {
            Some(waiting) => {
                waiting.push(item);
                waiting.len() == 1
            }
            None => return Err(item),
        };
        if wakes {
            self.socket.wake();
        }
        Ok(())
    }

    /// Everything that has been put since the last time.
    pub(crate) fn take(&self) -> Vec<T> {
        if !self.is_current() {
            return Vec::new();
        }
        // First, so that what is put from now on makes it readable again.
        self.socket.clear();
        self.waiting().as_mut().map(mem::take).unwrap_or_default()
    }

    /// Takes what is left; from now on nothing can be put.
    pub(crate) fn close(&self) -> Vec<T> {
        if self.is_current() { self.waiting().take().unwrap_or_default() } else { Vec::new() }
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Vec<T>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
