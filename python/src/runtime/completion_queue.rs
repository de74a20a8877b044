//! How workers tell an event loop that calls have come to something, without entering the interpreter.
//!
//! A worker puts what it has into the queue of the loop, and writes a byte to a socket that the loop watches once it has nothing
//! left to do, or enough has come together. The loop's own thread, which holds the interpreter anyway, then takes everything at
//! once. So no other thread waits for the interpreter, and many results are one wake-up of the loop.

use std::cell::RefCell;
use std::io;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::process::ProcessId;
use super::wake_socket::WakeSocket;

/// How many results at most wait for a worker to have nothing left to do.
const BATCH: usize = 16;

thread_local! {
    /// The sockets to be written to when this worker has nothing left to do. None in any other thread.
    static TO_WAKE: RefCell<Option<Vec<Arc<WakeSocket>>>> = const { RefCell::new(None) };
}

/// Lets this thread wake event loops in [`wake_event_loops`] alone.
pub(super) fn collect_wake_ups() {
    TO_WAKE.set(Some(Vec::new()));
}

/// Called by a worker that has nothing left to do.
pub(super) fn wake_event_loops() {
    TO_WAKE.with_borrow_mut(|sockets| {
        for socket in sockets.iter_mut().flat_map(|sockets| sockets.drain(..)) {
            socket.wake();
        }
    });
}

/// What waits for the thread of one event loop.
pub(crate) struct CompletionQueue<T> {
    process: ProcessId,
    /// None once the loop is closed. A fork may find it locked, so a child leaves it alone.
    waiting: Mutex<Option<Vec<T>>>,
    socket: Arc<WakeSocket>,
}

impl<T> CompletionQueue<T> {
    /// Fails when the system grants no files, and on systems whose event loops watch none.
    pub(crate) fn new() -> io::Result<Self> {
        let socket = Arc::new(WakeSocket::new()?);
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
        let length = match &mut *self.waiting() {
            Some(waiting) => {
                waiting.push(item);
                waiting.len()
            }
            None => return Err(item),
        };
        let delayed = length == 1
            && TO_WAKE.with_borrow_mut(|sockets| match sockets {
                Some(sockets) => {
                    sockets.push(Arc::clone(&self.socket));
                    true
                }
                None => false,
            });
        if (length == 1 && !delayed) || length == BATCH {
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
