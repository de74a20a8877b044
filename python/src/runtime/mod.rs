//! The runtime that runs calls in this process, and its behaviour when the process forks or the interpreter exits.
//!
//! **Fork.** Worker threads do not survive a fork, and a lock that another thread held stays locked in the child. So a
//! [`Runtime`] belongs to one process: a child sees that the runtime is not its own and creates another one, and reads only
//! atomics of its parent. The inherited runtime is leaked, because dropping it would join threads that do not exist. There is
//! no before-fork hook, because it would also run in other cases, such as for each subprocess of uvloop.
//!
//! **Exit.** See [`finalization_gate`].

mod completion_queue;
mod finalization_gate;
mod fork_safe_client;
mod gil_thread;
mod process;
mod shared_runtime;
mod wait;
mod wake_socket;
mod workers;

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use futures_util::future::AbortHandle;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict};
use tenant_select::binding;

pub(crate) use self::completion_queue::CompletionQueue;
pub(crate) use self::finalization_gate::python;
pub(crate) use self::fork_safe_client::ForkSafeClient;
pub(crate) use self::gil_thread::Task;
pub(crate) use self::wait::Wait;

use self::finalization_gate::FinalizationGate;
pub(crate) use self::process::ProcessId;
pub(crate) use self::workers::Order;
use self::workers::Workers;

static CURRENT: ArcSwapOption<&'static Runtime> = ArcSwapOption::const_empty();

/// The runtime of this process. It exists until the process ends.
pub(crate) struct Runtime {
    id: ProcessId,
    workers: Workers,
    /// No Python code may run while this is locked: another thread would wait for the lock and hold the interpreter.
    gil_thread: Mutex<Option<Sender<Task>>>,
    finalization_gate: FinalizationGate,
}

impl Runtime {
    /// The runtime of this process, created by the first call. Fails when the interpreter is exiting.
    pub(crate) fn current() -> tenant_select::Result<&'static Self> {
        let id = ProcessId::current();
        if finalization_gate::is_exiting_process(id) {
            return Err(binding::shutting_down());
        }
        let found = CURRENT.load();
        match found.as_deref() {
            Some(runtime) if runtime.id == id => Ok(runtime),
            _ => {
                let workers = Workers::start().map_err(|refused| binding::not_started(&refused))?;
                let made: &'static Self = Box::leak(Box::new(Self {
                    id,
                    workers,
                    gil_thread: Mutex::default(),
                    finalization_gate: FinalizationGate::default(),
                }));
                let before = CURRENT.compare_and_swap(&found, Some(Arc::new(made)));
                match before.as_deref() {
                    // Another thread of this process was faster. The runtime created here stays idle.
                    Some(faster) if faster.id == id => Ok(faster),
                    _ => Ok(made),
                }
            }
        }
    }

    /// Whether this is still the process that created it.
    pub(crate) fn is_current(&self) -> bool {
        self.id == ProcessId::current()
    }

    /// Starts `work`.
    pub(crate) fn spawn(&self, order: Order, work: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.workers.spawn(order, work)
    }

    /// Runs `work` in this thread, which holds neither a lock nor the interpreter. Gives it back when it is to be spawned.
    fn run<W>(&self, work: W, until: impl FnMut() -> bool) -> Option<W>
    where
        W: Future<Output = ()> + Unpin,
    {
        self.workers.run(work, until)
    }

    /// Drops the future of started work, unless it belongs to the parent process.
    pub(crate) fn abort(&self, work: &AbortHandle) {
        if self.is_current() {
            work.abort();
        }
    }

    /// The channel for tasks of the interpreter. The first caller starts the thread that runs them; programs without an event
    /// loop do not need it.
    pub(crate) fn gil_thread(&'static self) -> tenant_select::Result<Sender<Task>> {
        let mut gil_thread = self.gil_thread.lock().unwrap_or_else(PoisonError::into_inner);
        match &*gil_thread {
            Some(sender) => Ok(sender.clone()),
            None => {
                let started = gil_thread::start(&self.finalization_gate);
                Ok(gil_thread.insert(started.map_err(|refused| binding::not_started(&refused))?).clone())
            }
        }
    }
}

/// Registers the hooks for fork and exit; called once, when the module is imported.
pub(crate) fn register_hooks(py: Python<'_>) -> PyResult<()> {
    let forked = PyCFunction::new_closure(py, Some(c"forked"), None, |_, _| {
        process::after_fork_in_child();
        finalization_gate::after_fork_in_child();
    })?;
    let os = py.import("os")?;
    if let Some(register) = os.getattr_opt("register_at_fork")? {
        let hooks = PyDict::new(py);
        hooks.set_item("after_in_child", forked)?;
        register.call((), Some(&hooks))?;
    }
    let exit = PyCFunction::new_closure(py, Some(c"exit"), None, |args, _| begin_exit(args.py()))?;
    py.import("atexit")?.call_method1("register", (exit,))?;
    Ok(())
}

fn begin_exit(py: Python<'_>) {
    let id = ProcessId::current();
    finalization_gate::begin_exit(py, id);
    if let Some(runtime) = CURRENT.load().as_deref()
        && runtime.id == id
    {
        runtime.finalization_gate.close(py);
    }
}
