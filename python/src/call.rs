//! One call, which a thread waits for or an event loop awaits.
//!
//! The operations in `client` are written once and return a [`Call`]; the sync facade waits for it, the async facade awaits
//! it.

use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tenant_select::{
    AuthenticationResult, Client, HistoryEntry, JwtResponse, Outcome, ResponseMetadata, RetryEvent, Session, Tenant,
    User, ValidationResult, binding,
};

use crate::call_name::CallName;
use crate::error::{self, NativeError};
use crate::model::{self, Retry};
use crate::pending_call::{Completions, Next, Notifier, PendingCall};
use crate::runtime::{ForkSafeClient, Order, Runtime, Wait};
use crate::switches::{CallSwitches, Observer};
use crate::warnings::Warnings;

/// The result of an operation.
pub(crate) enum Reply {
    Response(Box<JwtResponse>),
    User(Box<User>),
    Tenants(Vec<Tenant>),
    History(Vec<HistoryEntry>),
    Session(Box<Session>),
    ValidationResult(Box<ValidationResult>),
    AuthenticationResult(Box<AuthenticationResult>),
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
    AuthenticationResult => |value| Self::AuthenticationResult(Box::new(value)),
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
            Self::ValidationResult(value) => Bound::new(py, model::ValidationResult((*value).into()))?.into_any(),
            Self::AuthenticationResult(value) => Bound::new(py, model::AuthenticationResult::new(*value))?.into_any(),
        })
    }
}

pub(crate) type CallResult = tenant_select::Result<Reply>;
pub(crate) type Work = Pin<Box<dyn Future<Output = CallResult> + Send>>;
type Start = Box<dyn FnOnce(Client) -> Work + Send>;

/// What a thread that waits for a call receives.
enum Message {
    Retry(Retry),
    End(Box<CallResult>),
}

/// What is left to do of a call.
enum Todo {
    Start(Start),
    /// It runs, and a thread waits for it.
    Wait(Wait<Message>),
    /// It needed no network: its result is known.
    Deliver(CallResult),
    Nothing,
}

/// A call, which can be run once.
#[pyclass(frozen, module = "tenant_select._native")]
pub(crate) struct Call {
    name: CallName,
    order: Order,
    client: Arc<ForkSafeClient>,
    todo: Mutex<Todo>,
    pending: OnceLock<Arc<PendingCall>>,
    metadata: Metadata,
    retries: Retries,
    warnings: Warnings,
    switches: Option<CallSwitches>,
}

/// Where the retries of a call go once it is started.
pub(crate) type Retries = Arc<OnceLock<Box<dyn Fn(&RetryEvent) + Send + Sync>>>;

/// Where a call puts the metadata of the response by which it succeeded.
pub(crate) type Metadata = Arc<OnceLock<ResponseMetadata>>;

impl Call {
    pub(crate) fn new<F, T>(
        name: impl Into<CallName>,
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
        Self::with(name.into(), client, Todo::Start(start))
    }

    /// The same call, which stores the metadata of its response there.
    pub(crate) fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// The same call, which begins after those that were made before it in this order.
    pub(crate) fn in_order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// The same call, whose retries are sent there.
    pub(crate) fn with_retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// The same call, which takes what its client has reported to the facade.
    pub(crate) fn with_warnings(mut self, warnings: &Warnings) -> Self {
        self.warnings = warnings.clone();
        self
    }

    /// The same call, whose switches go to this observer.
    pub(crate) fn with_switches(mut self, observer: &Arc<Observer>) -> Self {
        self.switches = Some(CallSwitches::new(observer));
        self
    }

    /// A call whose result is known already.
    pub(crate) fn done(
        name: impl Into<CallName>,
        client: &Arc<ForkSafeClient>,
        result: tenant_select::Result<impl Into<Reply>>,
    ) -> Self {
        Self::with(name.into(), client, Todo::Deliver(result.map(Into::into)))
    }

    fn with(name: CallName, client: &Arc<ForkSafeClient>, todo: Todo) -> Self {
        let (client, todo) = (Arc::clone(client), Mutex::new(todo));
        let (metadata, retries, warnings) = (Metadata::default(), Retries::default(), Warnings::default());
        let order = Order::Any;
        Self { name, order, client, todo, pending: OnceLock::new(), metadata, retries, warnings, switches: None }
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
            Err(error) => Ok(Bound::new(py, NativeError(self.name.of_error(error)))?.into_any()),
        }
    }

    /// A part of the runtime, or the exception for a call that it refuses.
    fn granted<T>(&self, py: Python<'_>, result: tenant_select::Result<T>) -> PyResult<T> {
        result.map_err(|refused| error::raise(py, self.name.of_error(refused)))
    }

    fn give_up_switches(&self) {
        if let Some(switches) = &self.switches {
            switches.give_up();
        }
    }

    fn begin(&self, py: Python<'_>) -> PyResult<(&'static Runtime, Work)> {
        let runtime = self.granted(py, Runtime::current())?;
        match self.take(|todo| matches!(todo, Todo::Start(_))) {
            Some(Todo::Start(start)) => {
                let work = start(self.client.of(runtime));
                let work: Work = match &self.switches {
                    Some(switches) => Box::pin(switches.within(work)),
                    None => work,
                };
                Ok((runtime, work))
            }
            _ => Err(PyRuntimeError::new_err("a call is made once")),
        }
    }

    fn begin_for(
        &self,
        py: Python<'_>,
        event_loop: &Bound<'_, PyAny>,
        notifier: Notifier,
        waiter: Py<PyAny>,
    ) -> PyResult<()> {
        let (runtime, work) = self.begin(py)?;
        if let Some(switches) = &self.switches {
            switches.awaited_in(event_loop);
        }
        let pending = Arc::new(PendingCall::new(runtime, notifier, waiter));
        let observed = Arc::downgrade(&pending);
        self.observe_retries(move |retry| {
            if let Some(pending) = observed.upgrade() {
                pending.retried(retry);
            }
        });
        pending.run(self.order, work);
        // It cannot be set already, because `begin` succeeds once.
        let _ = self.pending.set(pending);
        Ok(())
    }

    /// Lets the retries of the call go to `receive`.
    fn observe_retries(&self, receive: impl Fn(Retry) + Send + Sync + 'static) {
        let (operation, client) = (self.name.as_str(), Arc::clone(&self.client));
        let observer = move |event: &RetryEvent| receive(Retry::new(operation, client.get().project_id(), event));
        // A call is started once.
        let _ = self.retries.set(Box::new(observer));
    }
}

#[pymethods]
impl Call {
    /// The name of the operation, or of the method of a request authenticator.
    #[getter]
    fn operation(&self) -> &'static str {
        self.name.as_str()
    }

    /// The result of a call that needs no network, or None.
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.take(|todo| matches!(todo, Todo::Deliver(_))) {
            Some(Todo::Deliver(result)) => self.returned(py, result).map(Some),
            _ => Ok(None),
        }
    }

    /// Blocks until the call ends, and gives the result; or until it is sent again, gives the retry, and is to be called once
    /// more. Other threads run meanwhile; a signal handler that raises drops the request.
    fn wait<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut wait = match self.take(|todo| matches!(todo, Todo::Wait(_))) {
            Some(Todo::Wait(wait)) => wait,
            _ => {
                let (runtime, work) = self.begin(py)?;
                Wait::new(runtime, self.order, |sender| {
                    // The work alone keeps the channel open: when it breaks off, the wait ends too.
                    let sender = Arc::new(sender);
                    let retries = Arc::downgrade(&sender);
                    self.observe_retries(move |retry| {
                        if let Some(sender) = retries.upgrade() {
                            // Fails when no thread waits any more.
                            let _ = sender.send(Message::Retry(retry));
                        }
                    });
                    async move {
                        let _ = sender.send(Message::End(Box::new(work.await)));
                    }
                })
            }
        };
        match wait.next(py).inspect_err(|_| self.give_up_switches())? {
            Ok(Message::Retry(retry)) => {
                *self.todo.lock().unwrap_or_else(PoisonError::into_inner) = Todo::Wait(wait);
                Ok(Bound::new(py, model::RetryEvent(retry))?.into_any())
            }
            Ok(Message::End(result)) => self.returned(py, *result),
            Err(error) => self.returned(py, Err(error)),
        }
    }

    /// Starts the call in an event loop that has [`Completions`], which give `future` when there is something to come for:
    /// `next` then tells what. False, with nothing started, when the loop has none.
    fn start(&self, py: Python<'_>, event_loop: &Bound<'_, PyAny>, future: Py<PyAny>) -> PyResult<bool> {
        match Completions::of(event_loop) {
            Some(completions) => self.begin_for(py, event_loop, Notifier::Queue(completions), future).map(|()| true),
            None => Ok(false),
        }
    }

    /// Starts the call. When there is something to come for, a native thread calls `wake`.
    fn start_with_thread(&self, py: Python<'_>, event_loop: &Bound<'_, PyAny>, wake: Py<PyAny>) -> PyResult<()> {
        let gil_thread = self.granted(py, Runtime::current().and_then(Runtime::gil_thread))?;
        self.begin_for(py, event_loop, Notifier::Thread(gil_thread), wake)
    }

    /// The next retry of a call that was started, or its result. None when there is neither yet: what waits is then woken when
    /// there is, a future or, with a thread, what it calls.
    #[pyo3(signature = (waiter=None))]
    fn next<'py>(&self, py: Python<'py>, waiter: Option<Py<PyAny>>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(pending) = self.pending.get() else {
            return Err(PyRuntimeError::new_err("the call was not started"));
        };
        // A greenlet of gevent goes on in a forked child, the call does not.
        if !pending.is_current() {
            return self.returned(py, Err(binding::left_behind())).map(Some);
        }
        match pending.next(waiter) {
            Next::Retry(retry) => Ok(Some(Bound::new(py, model::RetryEvent(retry))?.into_any())),
            Next::End(result) => {
                let result = result.unwrap_or_else(|| Err(binding::panicked(Outcome::Unknown)));
                self.returned(py, result).map(Some)
            }
            Next::Nothing => Ok(None),
            Next::Over => Err(PyRuntimeError::new_err("the result of a call is given once")),
        }
    }

    /// The metadata of the response by which the call succeeded; None when it sent nothing itself.
    #[getter]
    fn http(&self) -> Option<model::ResponseMetadata> {
        self.metadata.get().cloned().map(model::ResponseMetadata)
    }

    /// What the client has reported since the last call of this method on any of its calls; None when nothing.
    fn take_warnings<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.warnings.take(py)
    }

    /// The switches that the call has caused, for the facade to report: the client's `on_switch`, and the events. None when
    /// there are none.
    fn take_switches(&self, py: Python<'_>) -> Option<(Option<Py<PyAny>>, Vec<model::SwitchEvent>)> {
        self.switches.as_ref()?.take(py)
    }

    /// Gives the call up if it is still under way: a read is dropped, and so is an exchange that was not sent yet.
    fn abort(&self) {
        let waited = self.take(|todo| matches!(todo, Todo::Wait(_))).is_some();
        if waited || self.pending.get().is_some_and(|pending| pending.abandon()) {
            self.give_up_switches();
        }
    }
}
