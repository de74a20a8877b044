//! One call, ready to be made: waited for by a thread, or awaited on an event loop.
//!
//! The operations in `client` are written once and give a [`Call`]; the sync facade waits for it, the async facade awaits
//! it. On the loop's side this is by hand what a bridge crate would do, with three differences: nothing of Python is kept
//! in the task, so that cancelling drops the request and nothing else; a loop that was closed meanwhile is met with
//! silence; and all that a native thread does in the interpreter is to wake the loop.

use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use tenant_select::{Client, HistoryEntry, JwtResponse, ResponseMetadata, Session, Tenant, User, ValidationResult};
use tokio::task::AbortHandle;

use crate::courier::Errand;
use crate::error::{self, Failure};
use crate::home::Home;
use crate::model;
use crate::runtime::{self, Process};

/// What operations return.
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

type Outcome = tenant_select::Result<Reply>;
type Work = Pin<Box<dyn Future<Output = Outcome> + Send>>;
type Start = Box<dyn FnOnce(Client) -> Work + Send>;

/// The result, or the failure as data. Making the exception is the facade's part: it runs Python code, and a thread that
/// runs Python code from within native code crashes the process if the interpreter chooses that moment to stop it.
fn handed_over(py: Python<'_>, outcome: Result<Reply, Failure>) -> PyResult<Bound<'_, PyAny>> {
    match outcome {
        Ok(reply) => reply.into_py(py),
        Err(failure) => Ok(Bound::new(py, failure)?.into_any()),
    }
}

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
    answer: Answer,
}

/// Where a call leaves what is known of the answer by which it succeeded.
pub(crate) type Answer = Arc<OnceLock<ResponseMetadata>>;

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

    /// The same call, which leaves what is known of its answer there.
    pub(crate) fn answered(mut self, answer: Answer) -> Self {
        self.answer = answer;
        self
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
        let (home, todo) = (Arc::clone(home), Mutex::new(todo));
        Self { operation, home, todo, flight: OnceLock::new(), answer: Answer::default() }
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
    /// The outcome of a call that needs no network, or None.
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.take(|todo| matches!(todo, Todo::Deliver(_))) {
            Some(Todo::Deliver(outcome)) => handed_over(py, outcome.map_err(Failure::from)).map(Some),
            _ => Ok(None),
        }
    }

    /// Blocks until the call ends. Other threads run meanwhile; a signal handler that raises drops the request.
    fn wait<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (process, work) = self.begin(py)?;
        let outcome = process.wait(py, work)?.and_then(|outcome| outcome.map_err(Failure::from));
        handed_over(py, outcome)
    }

    /// Starts the call. When it ends, `event_loop` is asked to run `wake(future)`; then `outcome` has it.
    fn start(&self, py: Python<'_>, event_loop: Py<PyAny>, wake: Py<PyAny>, future: Py<PyAny>) -> PyResult<()> {
        let (process, work) = self.begin(py)?;
        let courier = process.courier().map_err(|refused| error::not_started(py, &refused))?;
        let waiter = Waiter { event_loop, wake, future };
        let flight = Arc::new(Flight {
            process,
            task: OnceLock::new(),
            abandoned: AtomicBool::new(false),
            stage: Mutex::new(Stage::Waiting(waiter)),
        });
        let landing = Landing { flight: Arc::clone(&flight), outcome: None, courier };
        let task = process.spawn(async move { landing.with(work.await) });
        // Neither can be set before: `begin` lets nobody pass twice.
        let _ = flight.task.set(task);
        let _ = self.flight.set(flight);
        Ok(())
    }

    /// The outcome of a call that was started and has ended.
    fn outcome<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        // A greenlet of gevent goes on in a forked child, the call does not.
        if self.flight.get().is_some_and(|flight| !flight.process.is_current()) {
            return handed_over(py, Err(Failure::forked()));
        }
        let landed =
            self.flight.get().and_then(|flight| flight.leave(|stage| matches!(stage, Stage::Landed(_)), Stage::Over));
        match landed {
            Some(Stage::Landed(outcome)) => handed_over(
                py,
                outcome.map_or_else(|| Err(Failure::panicked()), |outcome| outcome.map_err(Failure::from)),
            ),
            _ => Err(PyRuntimeError::new_err("the call has not ended")),
        }
    }

    /// What is known of the answer by which the call succeeded; None when it sent nothing itself.
    #[getter]
    fn http(&self) -> Option<model::ResponseMetadata> {
        self.answer.get().cloned().map(model::ResponseMetadata)
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
    stage: Mutex<Stage>,
}

enum Stage {
    Waiting(Waiter),
    /// With the outcome, or without one when the task broke off.
    Landed(Option<Outcome>),
    Over,
}

struct Waiter {
    event_loop: Py<PyAny>,
    wake: Py<PyAny>,
    future: Py<PyAny>,
}

impl Flight {
    /// Moves on to the next stage if this is the one that is expected, and gives this one.
    fn leave(&self, expected: impl FnOnce(&Stage) -> bool, next: Stage) -> Option<Stage> {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        expected(&stage).then(|| mem::replace(&mut *stage, next))
    }

    fn abandon(&self) {
        // In any other stage the task has ended.
        if self.leave(|stage| matches!(stage, Stage::Waiting(_)), Stage::Over).is_some() {
            self.abandoned.store(true, Ordering::Release);
            if let Some(task) = self.task.get() {
                runtime::abort(self.process, task);
            }
        }
    }

    fn land(&self, py: Python<'_>, outcome: Option<Outcome>) {
        let waiting = self.leave(|stage| matches!(stage, Stage::Waiting(_)), Stage::Landed(outcome));
        if let Some(Stage::Waiting(Waiter { event_loop, wake, future })) = waiting {
            // Fails when the loop is closed; then nobody waits any more.
            let _ = event_loop.call_method1(py, intern!(py, "call_soon_threadsafe"), (wake, future));
        }
    }
}

/// Brings the outcome home when the task ends in any way, a panic included: a future must never be left pending.
struct Landing {
    flight: Arc<Flight>,
    outcome: Option<Outcome>,
    courier: Sender<Errand>,
}

impl Landing {
    fn with(mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if !self.flight.abandoned.load(Ordering::Acquire) {
            let (flight, outcome) = (Arc::clone(&self.flight), self.outcome.take());
            let _ = self.courier.send(Box::new(move |py| flight.land(py, outcome)));
        }
    }
}
