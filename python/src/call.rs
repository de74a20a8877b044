//! One call, ready to be made: waited for by a thread, or awaited on an event loop.
//!
//! The operations in `client` are written once and give a [`Call`]; the sync facade waits for it, the async facade awaits
//! it. On the loop's side this is by hand what a bridge crate would do, with three differences: nothing of Python is kept
//! in the task, so that cancelling drops the request and nothing else; a loop that was closed meanwhile is met with
//! silence; and the native thread makes one short visit to the interpreter, whose only act is to wake the loop.

use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use tenant_select::{Client, HistoryEntry, JwtResponse, Session, Tenant, User, Validated};
use tokio::task::AbortHandle;

use crate::client::Home;
use crate::error::{self, OrRaise};
use crate::model;
use crate::runtime::{self, Process};

/// What operations return.
pub(crate) enum Reply {
    Response(Box<JwtResponse>),
    User(Box<User>),
    Tenants(Vec<Tenant>),
    History(Vec<HistoryEntry>),
    Session(Box<Session>),
    Validated(Box<Validated>),
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
    Validated => |value| Self::Validated(Box::new(value)),
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
            Self::Validated(value) => Bound::new(py, model::Validated(*value))?.into_any(),
        })
    }
}

type Outcome = tenant_select::Result<Reply>;
type Work = Pin<Box<dyn Future<Output = Outcome> + Send>>;
type Start = Box<dyn FnOnce(Client) -> Work + Send>;

/// What is left to do of a call.
enum Todo {
    Start(Start),
    /// It needed no network: its outcome is known.
    Deliver(Outcome),
    Nothing,
}

/// A call that can be made once.
#[pyclass(frozen, module = "tenant_select._native")]
pub(crate) struct Call {
    #[pyo3(get)]
    operation: &'static str,
    home: Arc<Home>,
    todo: Mutex<Todo>,
    flight: OnceLock<Arc<Flight>>,
}

impl Call {
    pub(crate) fn new<F, T>(
        operation: &'static str,
        home: &Arc<Home>,
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
        Self::with(operation, home, Todo::Start(start))
    }

    /// A call whose outcome is known already.
    pub(crate) fn done(
        operation: &'static str,
        home: &Arc<Home>,
        outcome: tenant_select::Result<impl Into<Reply>>,
    ) -> Self {
        Self::with(operation, home, Todo::Deliver(outcome.map(Into::into)))
    }

    fn with(operation: &'static str, home: &Arc<Home>, todo: Todo) -> Self {
        Self { operation, home: Arc::clone(home), todo: Mutex::new(todo), flight: OnceLock::new() }
    }

    /// What is left to do, if it is what was expected.
    fn take(&self, expected: impl FnOnce(&Todo) -> bool) -> Option<Todo> {
        let mut todo = self.todo.lock().unwrap_or_else(PoisonError::into_inner);
        expected(&todo).then(|| mem::replace(&mut *todo, Todo::Nothing))
    }

    fn begin(&self, py: Python<'_>) -> PyResult<(&'static Process, Work)> {
        let process = Process::current(py)?;
        match self.take(|todo| matches!(todo, Todo::Start(_))) {
            Some(Todo::Start(start)) => Ok((process, start(self.home.client()))),
            _ => Err(PyRuntimeError::new_err("a call is made once")),
        }
    }
}

#[pymethods]
impl Call {
    /// The result of a call that needs no network, or None.
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.take(|todo| matches!(todo, Todo::Deliver(_))) {
            Some(Todo::Deliver(outcome)) => outcome.or_raise(py)?.into_py(py).map(Some),
            _ => Ok(None),
        }
    }

    /// Blocks until the call ends. Other threads run meanwhile; a signal handler that raises drops the request.
    fn wait<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (process, work) = self.begin(py)?;
        process.wait(py, work)?.or_raise(py)?.into_py(py)
    }

    /// Starts the call and returns a future of `event_loop` for its end.
    fn start<'py>(&self, py: Python<'py>, event_loop: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let (process, work) = self.begin(py)?;
        let future = event_loop.call_method0(intern!(py, "create_future"))?;
        let flight = Arc::new(Flight {
            process,
            task: OnceLock::new(),
            abandoned: AtomicBool::new(false),
            waiter: Mutex::new(Some(Waiter { event_loop: event_loop.unbind(), future: future.clone().unbind() })),
        });
        let landing = Landing { flight: Arc::clone(&flight), outcome: None };
        let task = process.spawn(async move { landing.with(work.await) });
        // Neither can be set before: `begin` lets nobody pass twice.
        let _ = flight.task.set(task);
        let _ = self.flight.set(flight);
        Ok(future)
    }

    /// Drops the request if it is still under way.
    fn abort(&self) {
        if let Some(flight) = self.flight.get() {
            flight.abandon();
        }
    }
}

/// A call under way for an event loop.
struct Flight {
    process: &'static Process,
    task: OnceLock<AbortHandle>,
    abandoned: AtomicBool,
    /// Locked by attached threads alone: a fork, which happens attached, can therefore never find it locked.
    waiter: Mutex<Option<Waiter>>,
}

struct Waiter {
    event_loop: Py<PyAny>,
    future: Py<PyAny>,
}

impl Flight {
    fn take_waiter(&self) -> Option<Waiter> {
        self.waiter.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn abandon(&self) {
        // Without a waiter the call has ended, and its task with it.
        if let Some(waiter) = self.take_waiter() {
            self.abandoned.store(true, Ordering::Release);
            drop(waiter);
            if let Some(task) = self.task.get() {
                runtime::abort(self.process, task);
            }
        }
    }

    fn land(&self, py: Python<'_>, outcome: Option<Outcome>) {
        let Some(waiter) = self.take_waiter() else { return };
        let settle = Settle { future: waiter.future, outcome: Mutex::new(outcome) };
        // Fails when the loop is closed; then nobody waits any more.
        let _ = settle
            .into_pyobject(py)
            .and_then(|settle| waiter.event_loop.call_method1(py, intern!(py, "call_soon_threadsafe"), (settle,)));
    }
}

/// Brings the outcome home when the task ends in any way, a panic included: a future must never be left pending.
struct Landing {
    flight: Arc<Flight>,
    outcome: Option<Outcome>,
}

impl Landing {
    fn with(mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if !self.flight.abandoned.load(Ordering::Acquire) {
            let outcome = self.outcome.take();
            self.flight.process.attach(|py| self.flight.land(py, outcome));
        }
    }
}

/// What the loop is asked to run: gives the future its result, on the loop's own thread.
#[pyclass(frozen, module = "tenant_select._native")]
struct Settle {
    future: Py<PyAny>,
    outcome: Mutex<Option<Outcome>>,
}

#[pymethods]
impl Settle {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let future = self.future.bind(py);
        if future.call_method0(intern!(py, "done"))?.is_truthy()? {
            return Ok(());
        }
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
        let result = match outcome {
            Some(outcome) => outcome.or_raise(py).and_then(|reply| reply.into_py(py)),
            None => Err(error::panicked(py)),
        };
        match result {
            Ok(value) => future.call_method1(intern!(py, "set_result"), (value,))?,
            Err(error) => future.call_method1(intern!(py, "set_exception"), (error.into_value(py),))?,
        };
        Ok(())
    }
}
