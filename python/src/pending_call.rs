//! A call that an event loop awaits.
//!
//! This module does what a bridge crate would do, with three differences: the task of the call holds no Python objects, so that
//! cancelling only drops the request; a loop that was closed in the meantime is not an error; and no worker enters the
//! interpreter. What a call comes to goes to the thread of its loop through a [`CompletionQueue`], which the loop watches. Loops
//! that watch no files, and gevent's hub, are woken by the thread that takes the GIL.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use futures_util::future::AbortHandle;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::call::{CallResult, Work};
use crate::model::Retry;
use crate::runtime::{CompletionQueue, Order, Runtime, Task};

/// What a call has come to, for the thread of its event loop.
pub(crate) struct Completion {
    pending: Arc<PendingCall>,
    news: News,
}

enum News {
    Retry(Retry),
    /// Without a result when the task was dropped.
    End(Option<CallResult>),
}

type Queue = CompletionQueue<Completion>;

thread_local! {
    /// The queues of the event loops that have run in this thread.
    static QUEUES: RefCell<Vec<(Weak<Queue>, usize)>> = const { RefCell::new(Vec::new()) };
}

/// What the calls of one event loop have come to. Only the loop holds it, as a part of what it watches, so that it ends when the
/// loop is closed.
#[pyclass(frozen, module = "tenant_select._native")]
pub(crate) struct Completions {
    queue: Arc<Queue>,
    /// Held, so that no other loop has its address meanwhile.
    event_loop: Py<PyAny>,
}

impl Completions {
    /// The queue of an event loop, which runs in this thread.
    pub(crate) fn of(event_loop: &Bound<'_, PyAny>) -> Option<Arc<Queue>> {
        let address = event_loop.as_ptr().addr();
        QUEUES.with_borrow(|queues| {
            let of_loop =
                |(queue, owner): &(Weak<Queue>, usize)| (*owner == address).then(|| queue.upgrade()).flatten();
            queues.iter().rev().find_map(of_loop).filter(|queue| queue.is_open())
        })
    }
}

#[pymethods]
impl Completions {
    /// Makes that of an event loop, which runs in this thread and has to watch its `fileno()`. Fails with an `OSError` when the
    /// system grants no files, or the loops of the system watch none.
    #[new]
    fn new(event_loop: &Bound<'_, PyAny>) -> PyResult<Self> {
        let queue = Arc::new(Queue::new()?);
        QUEUES.with_borrow_mut(|queues| {
            queues.retain(|(queue, _)| queue.strong_count() > 0);
            queues.push((Arc::downgrade(&queue), event_loop.as_ptr().addr()));
        });
        Ok(Self { queue, event_loop: event_loop.clone().unbind() })
    }

    /// The file that becomes readable when there is something to take.
    fn fileno(&self) -> i32 {
        self.queue.fd()
    }

    /// The futures to be woken now.
    fn take(&self) -> Vec<Py<PyAny>> {
        self.queue.take().into_iter().filter_map(Completion::arrive).collect()
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.event_loop)
    }
}

impl Drop for Completions {
    fn drop(&mut self) {
        // Here, because what waits holds Python objects.
        drop(self.queue.close());
    }
}

impl Completion {
    /// Gives the future that waits for it, if one does.
    fn arrive(self) -> Option<Py<PyAny>> {
        match self.news {
            News::Retry(retry) => self.pending.retry_arrived(retry),
            News::End(result) => self.pending.end_arrived(result),
        }
    }
}

/// How the thread of an event loop is told.
pub(crate) enum Notifier {
    /// Through what it watches: the loop wakes the futures that wait.
    Queue(Arc<Queue>),
    /// By the thread that takes the GIL: it calls what waits.
    Thread(Sender<Task>),
}

/// A pending call of an event loop.
pub(crate) struct PendingCall {
    runtime: &'static Runtime,
    task: OnceLock<AbortHandle>,
    abandoned: AtomicBool,
    notifier: Notifier,
    /// Only attached threads lock it. A fork happens attached, so it never finds this locked.
    progress: Mutex<Progress>,
}

/// What a pending call has come to.
struct Progress {
    /// Those that were not given yet.
    retries: VecDeque<Retry>,
    stage: Stage,
}

enum Stage {
    /// With the future to be woken, or what is to be called; None when nothing waits.
    Waiting(Option<Py<PyAny>>),
    /// Ended, with the result, or without one when the task was dropped.
    Completed(Option<CallResult>),
    Over,
}

/// What comes next of a pending call.
pub(crate) enum Next {
    Retry(Retry),
    End(Option<CallResult>),
    Nothing,
    Over,
}

impl PendingCall {
    pub(crate) fn new(runtime: &'static Runtime, notifier: Notifier, future: Py<PyAny>) -> Self {
        Self {
            runtime,
            task: OnceLock::new(),
            abandoned: AtomicBool::new(false),
            notifier,
            progress: Mutex::new(Progress { retries: VecDeque::new(), stage: Stage::Waiting(Some(future)) }),
        }
    }

    /// Whether this is still the process that started it.
    pub(crate) fn is_current(&self) -> bool {
        self.runtime.is_current()
    }

    /// Starts its work. Called once.
    pub(crate) fn run(self: &Arc<Self>, order: Order, work: Work) {
        let completion = CompletionGuard { pending: Some(Arc::clone(self)), result: None };
        let task = self.runtime.spawn(order, async move { completion.with(work.await) });
        let _ = self.task.set(task);
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn next(&self, future: Option<Py<PyAny>>) -> Next {
        let mut progress = self.progress();
        if let Some(retry) = progress.retries.pop_front() {
            return Next::Retry(retry);
        }
        // What is replaced is a Python object, whose end may run any code, so it is dropped unlocked.
        let replaced = match &mut progress.stage {
            Stage::Waiting(waiter) => mem::replace(waiter, future),
            stage => {
                return match mem::replace(stage, Stage::Over) {
                    Stage::Completed(result) => Next::End(result),
                    _ => Next::Over,
                };
            }
        };
        drop(progress);
        drop(replaced);
        Next::Nothing
    }

    /// False when the task has ended.
    pub(crate) fn abandon(&self) -> bool {
        let waiting = {
            let mut progress = self.progress();
            match progress.stage {
                Stage::Waiting(_) => Some(mem::replace(&mut progress.stage, Stage::Over)),
                // The task has ended.
                _ => None,
            }
        };
        if waiting.is_some() {
            self.abandoned.store(true, Ordering::Release);
            if let Some(task) = self.task.get() {
                self.runtime.abort(task);
            }
        }
        waiting.is_some()
    }

    /// Tells the thread of the event loop that the call is sent again. Called by a worker.
    pub(crate) fn retried(self: Arc<Self>, retry: Retry) {
        self.tell(News::Retry(retry));
    }

    fn tell(self: Arc<Self>, news: News) {
        let runtime = self.runtime;
        match &self.notifier {
            Notifier::Queue(queue) => {
                let queue = Arc::clone(queue);
                if let Err(late) = queue.put(Completion { pending: self, news })
                    && let Ok(gil_thread) = runtime.gil_thread()
                {
                    // The loop is closed. What waited for the call still has to end, and with it Python objects.
                    let _ = gil_thread.send(Box::new(move |_| drop(late.arrive())));
                }
            }
            Notifier::Thread(gil_thread) => {
                let gil_thread = gil_thread.clone();
                let completion = Completion { pending: self, news };
                let _ = gil_thread.send(Box::new(move |py| {
                    if let Some(wake) = completion.arrive() {
                        // Fails when the loop is closed; then no task waits any more.
                        let _ = wake.call0(py);
                    }
                }));
            }
        }
    }

    fn retry_arrived(&self, retry: Retry) -> Option<Py<PyAny>> {
        let mut progress = self.progress();
        match &mut progress.stage {
            Stage::Waiting(waiter) => {
                let woken = waiter.take();
                progress.retries.push_back(retry);
                woken
            }
            _ => None,
        }
    }

    fn end_arrived(&self, result: Option<CallResult>) -> Option<Py<PyAny>> {
        let waiting = {
            let mut progress = self.progress();
            match progress.stage {
                Stage::Waiting(_) => mem::replace(&mut progress.stage, Stage::Completed(result)),
                _ => Stage::Over,
            }
        };
        match waiting {
            Stage::Waiting(waiter) => waiter,
            _ => None,
        }
    }
}

/// Completes the pending call when the task ends in any way, also by a panic, so that no future stays pending.
struct CompletionGuard {
    /// Handed on, so that the last reference is not dropped by a worker.
    pending: Option<Arc<PendingCall>>,
    result: Option<CallResult>,
}

impl CompletionGuard {
    fn with(mut self, result: CallResult) {
        self.result = Some(result);
    }
}

impl Drop for CompletionGuard {
    fn drop(&mut self) {
        if let Some(pending) = self.pending.take()
            && !pending.abandoned.load(Ordering::Acquire)
        {
            pending.tell(News::End(self.result.take()));
        }
    }
}
