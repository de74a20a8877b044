//! One call, which a thread waits for or an event loop awaits.
//!
//! The operations in `client` are written once and return a [`Call`]; the sync facade waits for it, the async facade awaits
//! it. For the event loop this module does what a bridge crate would do, with three differences: the task holds no Python
//! objects, so that cancelling only drops the request; a loop that was closed in the meantime is not an error; and a
//! native thread only wakes the loop and runs no other code in the interpreter.

use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use tenant_select::{
    Client, HistoryEntry, JwtResponse, Operation, Outcome, ResponseMetadata, Session, Tenant, User, ValidationResult,
    binding,
};
use tokio::task::AbortHandle;

use crate::error::{self, NativeError};
use crate::model;
use crate::runtime::{ForkSafeClient, Runtime, Task};

/// The result of an operation.
pub(crate) enum Reply {
    Response(Box<JwtResponse>),
    User(Box<User>),
    Tenants(Vec<Tenant>),
    History(Vec<HistoryEntry>),
    Session(Box<Session>),
    ValidationResult(Box<ValidationResult>),
}

macro_rules! replies {
    ($($type:ty => $make:expr),+ $(,)?) => {$(
        impl From<$type> for Reply {
            fn from(value: $type) -> Self {
                $make(value)
            }
        }
    )+};
}

replies! {
    JwtResponse => |value| Self::Response(Box::new(value)),
    User => |value| Self::User(Box::new(value)),
    Vec<Tenant> => Self::Tenants,
    Vec<HistoryEntry> => Self::History,
    Session => |value| Self::Session(Box::new(value)),
    ValidationResult => |value| Self::ValidationResult(Box::new(value)),
}

impl Reply {
    fn into_py(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        Ok(match self {
            Self::Response(value) => Bound::new(py, model::JwtResponse(*value))?.into_any(),
            Self::User(value) => Bound::new(py, model::User(*value))?.into_any(),
            Self::Tenants(values) => values.into_iter().map(model::Tenant).collect::<Vec<_>>().into_pyobject(py)?,
            Self::History(values) => {
                values.into_iter().map(model::HistoryEntry).collect::<Vec<_>>().into_pyobject(py)?
            }
            Self::Session(value) => Bound::new(py, model::Session(*value))?.into_any(),
            Self::ValidationResult(value) => Bound::new(py, model::ValidationResult(*value))?.into_any(),
        })
    }
}

type CallResult = tenant_select::Result<Reply>;
type Work = Pin<Box<dyn Future<Output = CallResult> + Send>>;
type Start = Box<dyn FnOnce(Client) -> Work + Send>;

/// The stages of a call.
enum Todo {
    Start(Start),
    /// The call needed no network, and its result is known.
    Deliver(CallResult),
    Nothing,
}

/// A call, which can be run once.
#[pyclass(frozen, module = "tenant_select._native")]
pub(crate) struct Call {
    operation: Operation,
    client: Arc<ForkSafeClient>,
    todo: Mutex<Todo>,
    pending: OnceLock<Arc<PendingCall>>,
    metadata: Metadata,
}

/// The place for the metadata of the response of a successful call.
pub(crate) type Metadata = Arc<OnceLock<ResponseMetadata>>;

impl Call {
    pub(crate) fn new<F, T>(
        operation: Operation,
        client: &Arc<ForkSafeClient>,
        start: impl FnOnce(Client) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = tenant_select::Result<T>> + Send + 'static,
        T: Into<Reply>,
    {
        let start: Start = Box::new(|client| {
            let work = start(client);
            Box::pin(async { work.await.map(Into::into) })
        });
        Self::with(operation, client, Todo::Start(start))
    }

    /// The same call, which stores the metadata of its response there.
    pub(crate) fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// A call whose result is already known.
    pub(crate) fn done(
        operation: Operation,
        client: &Arc<ForkSafeClient>,
        result: tenant_select::Result<impl Into<Reply>>,
    ) -> Self {
        Self::with(operation, client, Todo::Deliver(result.map(Into::into)))
    }

    fn with(operation: Operation, client: &Arc<ForkSafeClient>, todo: Todo) -> Self {
        let (client, todo) = (Arc::clone(client), Mutex::new(todo));
        Self { operation, client, todo, pending: OnceLock::new(), metadata: Metadata::default() }
    }

    /// Takes the stage, if it is the expected one.
    fn take(&self, expected: impl FnOnce(&Todo) -> bool) -> Option<Todo> {
        let mut todo = self.todo.lock().unwrap_or_else(PoisonError::into_inner);
        expected(&todo).then(|| mem::replace(&mut *todo, Todo::Nothing))
    }

    /// The result, or the error as data. The facade creates the exception, because that runs Python code: a thread that
    /// runs Python code from within native code crashes the process when the interpreter stops it at that moment.
    fn returned<'py>(&self, py: Python<'py>, result: CallResult) -> PyResult<Bound<'py, PyAny>> {
        match result {
            Ok(reply) => reply.into_py(py),
            Err(error) => Ok(Bound::new(py, NativeError(error.in_operation(self.operation)))?.into_any()),
        }
    }

    /// A part of the runtime, or the exception for a call that it refuses.
    fn granted<T>(&self, py: Python<'_>, result: tenant_select::Result<T>) -> PyResult<T> {
        result.map_err(|refused| error::raise(py, refused.in_operation(self.operation)))
    }

    fn begin(&self, py: Python<'_>) -> PyResult<(&'static Runtime, Work)> {
        let runtime = self.granted(py, Runtime::current())?;
        match self.take(|todo| matches!(todo, Todo::Start(_))) {
            Some(Todo::Start(start)) => Ok((runtime, start(self.client.get()))),
            _ => Err(PyRuntimeError::new_err("a call is made once")),
        }
    }
}

#[pymethods]
impl Call {
    /// The name of the operation.
    #[getter]
    fn operation(&self) -> &'static str {
        self.operation.as_str()
    }

    /// The result of a call that needs no network, or None.
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.take(|todo| matches!(todo, Todo::Deliver(_))) {
            Some(Todo::Deliver(result)) => self.returned(py, result).map(Some),
            _ => Ok(None),
        }
    }

    /// Blocks until the call ends. Other threads run in the meantime; a signal handler that raises drops the request.
    fn wait<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (runtime, work) = self.begin(py)?;
        let result = runtime.wait(py, work)?.and_then(|result| result);
        self.returned(py, result)
    }

    /// Starts the call. When it ends, `event_loop` runs `wake(future)`; then `result` returns the result.
    fn start(&self, py: Python<'_>, event_loop: Py<PyAny>, wake: Py<PyAny>, future: Py<PyAny>) -> PyResult<()> {
        let (runtime, work) = self.begin(py)?;
        let gil_thread = self.granted(py, runtime.gil_thread())?;
        let waiter = Waiter { event_loop, wake, future };
        let pending = Arc::new(PendingCall {
            runtime,
            task: OnceLock::new(),
            abandoned: AtomicBool::new(false),
            stage: Mutex::new(Stage::Waiting(waiter)),
        });
        let completion = CompletionGuard { pending: Arc::clone(&pending), result: None, gil_thread };
        let task = runtime.spawn(async move { completion.with(work.await) });
        // Neither can be set already, because `begin` succeeds once.
        let _ = pending.task.set(task);
        let _ = self.pending.set(pending);
        Ok(())
    }

    /// The result of a call that was started and has ended.
    fn result<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        // A gevent greenlet continues in a forked child, but the call does not.
        if self.pending.get().is_some_and(|pending| !pending.runtime.is_current()) {
            return self.returned(py, Err(binding::left_behind()));
        }
        let is_completed = |stage: &Stage| matches!(stage, Stage::Completed(_));
        match self.pending.get().and_then(|pending| pending.advance(is_completed, Stage::Over)) {
            Some(Stage::Completed(result)) => {
                self.returned(py, result.unwrap_or_else(|| Err(binding::panicked(Outcome::Unknown))))
            }
            _ => Err(PyRuntimeError::new_err("the call has not ended")),
        }
    }

    /// The metadata of the response by which the call succeeded; None when it sent nothing itself.
    #[getter]
    fn http(&self) -> Option<model::ResponseMetadata> {
        self.metadata.get().cloned().map(model::ResponseMetadata)
    }

    /// Drops the request if it is still pending.
    fn abort(&self) {
        if let Some(pending) = self.pending.get() {
            pending.abandon();
        }
    }
}

/// A pending call of an event loop.
struct PendingCall {
    runtime: &'static Runtime,
    task: OnceLock<AbortHandle>,
    abandoned: AtomicBool,
    /// Only attached threads lock it, and a fork happens in an attached thread, so it is never locked during a fork.
    stage: Mutex<Stage>,
}

enum Stage {
    Waiting(Waiter),
    /// Ended, with the result, or without one when the task was dropped.
    Completed(Option<CallResult>),
    Over,
}

struct Waiter {
    event_loop: Py<PyAny>,
    wake: Py<PyAny>,
    future: Py<PyAny>,
}

impl PendingCall {
    /// Moves to the next stage if the current one is the expected one, and returns the current one.
    fn advance(&self, expected: impl FnOnce(&Stage) -> bool, next: Stage) -> Option<Stage> {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        expected(&stage).then(|| mem::replace(&mut *stage, next))
    }

    fn abandon(&self) {
        // In any other stage the task has ended.
        if self.advance(|stage| matches!(stage, Stage::Waiting(_)), Stage::Over).is_some() {
            self.abandoned.store(true, Ordering::Release);
            if let Some(task) = self.task.get() {
                self.runtime.abort(task);
            }
        }
    }

    fn complete(&self, py: Python<'_>, result: Option<CallResult>) {
        let waiting = self.advance(|stage| matches!(stage, Stage::Waiting(_)), Stage::Completed(result));
        if let Some(Stage::Waiting(Waiter { event_loop, wake, future })) = waiting {
            // Fails when the loop is closed; then no task is waiting.
            let _ = event_loop.call_method1(py, intern!(py, "call_soon_threadsafe"), (wake, future));
        }
    }
}

/// Completes the pending call when the task ends in any way, also by a panic, so that no future stays pending.
struct CompletionGuard {
    pending: Arc<PendingCall>,
    result: Option<CallResult>,
    gil_thread: Sender<Task>,
}

impl CompletionGuard {
    fn with(mut self, result: CallResult) {
        self.result = Some(result);
    }
}

impl Drop for CompletionGuard {
    fn drop(&mut self) {
        if !self.pending.abandoned.load(Ordering::Acquire) {
            let (pending, result) = (Arc::clone(&self.pending), self.result.take());
            let _ = self.gil_thread.send(Box::new(move |py| pending.complete(py, result)));
        }
    }
}
