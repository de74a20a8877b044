//! What runs calls in this process: what happens to it when the process forks, and when the interpreter exits.
//!
//! **Fork.** Worker threads do not survive it, and a lock that another thread held stays locked in the child for ever. So
//! the runtime belongs to a process: a child finds a slot that is not its own and fills it anew, without looking at
//! anything of its parent but atomics. The inherited runtime is leaked, because dropping it would join threads that are
//! not there. There is no before-fork hook: those run where nobody expects them, such as on each subprocess of uvloop.
//!
//! **Exit.** A native thread that attaches to an interpreter under finalisation crashes the process: without the gate,
//! between 3 and 10 of 40 short programs ended in SIGABRT or SIGSEGV on CPython 3.9 to 3.14. So native threads attach
//! through [`Process::attach`] alone, which an `atexit` function closes while the interpreter is still whole. Threads that
//! Python made need no gate to wait for the interpreter, which itself stops those, in CPython up to 3.13 by unwinding them.
//! But native code that runs Python code must not be unwound: the process would abort. So it does that within [`python`],
//! which the gate waits for, and which holds back whoever comes later.

use std::cell::Cell;
use std::io;
use std::mem;
use std::process;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use pyo3::prelude::*;
use pyo3::types::PyCFunction;
use tokio::task::AbortHandle;

use crate::courier::{self, Errand};
use crate::error::{self, Failure};
use crate::workers::Workers;

/// How long a blocked call goes without looking for signals. The answer itself ends the wait, so this costs no latency;
/// 50 ms was as cheap as longer slices and is felt as immediate.
const SLICE: Duration = Duration::from_millis(50);

/// How long a call is held back that another thread makes while the interpreter exits. That thread is a daemon, about to be
/// stopped; an exception in it would be printed in the program's last moment for nobody's good. But it must not wait for
/// ever: a function that runs at exit may be waiting for the thread.
const GRACE: Duration = Duration::from_secs(1);

static CURRENT: ArcSwapOption<&'static Process> = ArcSwapOption::const_empty();

/// How many `os.fork` lie between this process and the one that loaded the module: tells a child from its parent also when
/// the child was given the process id of an ancestor.
static FORKS: AtomicU64 = AtomicU64::new(0);

/// The process, as [`ProcessId::as_number`], whose interpreter is exiting; 0 while none is.
static EXITING: AtomicU64 = AtomicU64::new(0);

/// How many threads are within [`python`].
static VISITS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this is the thread that ends the interpreter.
    static EXITS: Cell<bool> = const { Cell::new(false) };
}

/// What tells this process from the ones it was forked from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProcessId {
    pid: u32,
    forks: u32,
}

impl ProcessId {
    pub(crate) fn current() -> Self {
        let forks = u32::try_from(FORKS.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        Self { pid: process::id(), forks }
    }

    fn as_number(self) -> u64 {
        u64::from(self.forks) << 32 | u64::from(self.pid)
    }
}

/// What this process runs calls with. Lives until the process ends.
pub(crate) struct Process {
    id: ProcessId,
    workers: Workers,
    /// Nobody may run Python code with this locked: another thread would wait for it and keep the interpreter.
    courier: Mutex<Option<Sender<Errand>>>,
    exiting: RwLock<bool>,
}

impl Process {
    /// The one of this process, made when the first call needs it. Refuses once the interpreter is exiting.
    pub(crate) fn current(py: Python<'_>) -> PyResult<&'static Self> {
        let id = ProcessId::current();
        if is_exiting() {
            return Err(error::shutting_down(py));
        }
        let found = CURRENT.load();
        match found.as_deref() {
            Some(process) if process.id == id => Ok(process),
            _ => {
                let workers = Workers::start().map_err(|refused| error::not_started(py, &refused))?;
                let made: &'static Self =
                    Box::leak(Box::new(Self { id, workers, courier: Mutex::default(), exiting: RwLock::new(false) }));
                let before = CURRENT.compare_and_swap(&found, Some(Arc::new(made)));
                match before.as_deref() {
                    // Another thread of this process was faster; an idle runtime is not worth a fight.
                    Some(faster) if faster.id == id => Ok(faster),
                    _ => Ok(made),
                }
            }
        }
    }

    /// Whether the process was not forked since.
    pub(crate) fn is_current(&self) -> bool {
        self.id == ProcessId::current()
    }

    /// Starts `work`.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.workers.spawn(work)
    }

    /// Where errands are left; the first caller starts who runs them, which programs without an event loop never need.
    pub(crate) fn courier(&'static self) -> io::Result<Sender<Errand>> {
        let mut courier = self.courier.lock().unwrap_or_else(PoisonError::into_inner);
        match &*courier {
            Some(sender) => Ok(sender.clone()),
            None => Ok(courier.insert(courier::start(self)?).clone()),
        }
    }

    /// Attaches a native thread to the interpreter, or does nothing when that is no longer safe.
    pub(crate) fn attach(&self, then: impl FnOnce(Python<'_>)) {
        let exiting = self.exiting.read().unwrap_or_else(PoisonError::into_inner);
        if !*exiting {
            Python::try_attach(then);
        }
    }

    /// Runs `work` and waits for it with the interpreter released; a signal whose handler raises drops it.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        py: Python<'_>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> PyResult<Result<T, Failure>> {
        let (sender, mut receiver) = sync_channel(1);
        let task = self.spawn(async move {
            let _ = sender.send(work.await);
        });
        let _abort = AbortOnDrop { process: self, task };
        loop {
            let (back, received) = py.detach(move || {
                let received = receiver.recv_timeout(SLICE);
                (receiver, received)
            });
            receiver = back;
            match received {
                Ok(result) => return Ok(Ok(result)),
                Err(RecvTimeoutError::Disconnected) => return Ok(Err(Failure::panicked())),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let handled = py.check_signals();
            // A signal handler may fork; the child has no thread that could ever answer, or let go of the channel.
            if !self.is_current() {
                mem::forget(receiver);
                handled?;
                return Ok(Err(Failure::forked()));
            }
            handled?;
        }
    }
}

fn is_exiting() -> bool {
    EXITING.load(Ordering::SeqCst) == ProcessId::current().as_number()
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
        // A child begins to count anew, even if it was forked from within.
        let _ = VISITS.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |visits| visits.checked_sub(1));
    }
}

/// Runs Python code from within native code.
pub(crate) fn python<T>(py: Python<'_>, code: impl FnOnce() -> T) -> T {
    let mut visit = Visit::begin();
    if is_exiting() && !EXITS.get() {
        drop(visit);
        // Most threads end in here: the interpreter stops them when they come back.
        py.detach(|| thread::sleep(GRACE));
        visit = Visit::begin();
    }
    let result = code();
    drop(visit);
    result
}

struct AbortOnDrop<'a> {
    process: &'a Process,
    task: AbortHandle,
}

impl Drop for AbortOnDrop<'_> {
    fn drop(&mut self) {
        abort(self.process, &self.task);
    }
}

/// Drops a task's future, unless the task was left behind in the parent process.
pub(crate) fn abort(process: &Process, task: &AbortHandle) {
    if process.is_current() {
        task.abort();
    }
}

/// Arranges for fork and exit; called once, when the module is imported.
pub(crate) fn watch(py: Python<'_>) -> PyResult<()> {
    let forked = PyCFunction::new_closure(py, Some(c"forked"), None, |_, _| {
        FORKS.fetch_add(1, Ordering::Relaxed);
        VISITS.store(0, Ordering::SeqCst);
    })?;
    let os = py.import("os")?;
    if let Some(register) = os.getattr_opt("register_at_fork")? {
        let hooks = pyo3::types::PyDict::new(py);
        hooks.set_item("after_in_child", forked)?;
        register.call((), Some(&hooks))?;
    }
    let exit = PyCFunction::new_closure(py, Some(c"exit"), None, |args, _| close_gate(args.py()))?;
    py.import("atexit")?.call_method1("register", (exit,))?;
    Ok(())
}

fn close_gate(py: Python<'_>) {
    let id = ProcessId::current();
    EXITS.set(true);
    EXITING.store(id.as_number(), Ordering::SeqCst);
    let until = Instant::now() + GRACE;
    // Released, because they need the interpreter to come to their end.
    py.detach(|| {
        while VISITS.load(Ordering::SeqCst) > 0 && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
    });
    if let Some(process) = CURRENT.load().as_deref()
        && process.id == id
    {
        // Released, because a thread inside the gate may be waiting for the interpreter.
        py.detach(|| *process.exiting.write().unwrap_or_else(PoisonError::into_inner) = true);
    }
}
