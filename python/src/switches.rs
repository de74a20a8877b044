//! Switches of a tenant on their way from the core to the application.
//!
//! A worker must not run the application's code. So a switch waits for the call that drives its exchange, and the facade
//! reports it where that call is waited for. An exchange that goes on when its callers have left has no such call: the facade
//! is told by the thread that takes the GIL, and reports the switch in the event loop that the client was used in last, or in
//! a thread of its own.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use tenant_select::ClientBuilder;

use crate::model::{Switch, SwitchEvent};
use crate::runtime::Runtime;

tokio::task_local! {
    /// The switches of the call that a task drives.
    static CALL: Arc<Waiting>;
}

/// Switches that wait for the facade; nothing once no call takes them any more. Without a lock, because a worker may hold one
/// during a fork.
struct Waiting(ArcSwapOption<Vec<Switch>>);

impl Waiting {
    /// False when no call takes it.
    fn put(&self, switch: &Switch) -> bool {
        let more = |waiting: &Vec<Switch>| waiting.iter().chain([switch]).cloned().collect::<Vec<_>>();
        self.0.rcu(|waiting| waiting.as_ref().map(|waiting| Arc::new(more(waiting)))).is_some()
    }

    fn close(&self) -> Arc<Vec<Switch>> {
        self.0.swap(None).unwrap_or_default()
    }
}

/// Who is told of the switches of one client.
#[derive(Default)]
pub(crate) struct Observer {
    /// What the application gave.
    on_switch: ArcSwapOption<Py<PyAny>>,
    /// The event loop, or what stands for one, in which a call was last waited for.
    event_loop: ArcSwapOption<Py<PyAny>>,
}

impl Observer {
    pub(crate) fn new(on_switch: Option<Py<PyAny>>) -> Arc<Self> {
        Arc::new(Self { on_switch: ArcSwapOption::from_pointee(on_switch), event_loop: ArcSwapOption::empty() })
    }

    /// The builder of a client whose switches come here.
    pub(crate) fn observe(self: &Arc<Self>, builder: ClientBuilder) -> ClientBuilder {
        let observer = Arc::clone(self);
        builder.on_switch(move |event| {
            let switch = Switch::from(event);
            if !CALL.try_with(|waiting| waiting.put(&switch)).unwrap_or(false) {
                observer.tell(switch);
            }
        })
    }

    /// Lets the facade report a switch that no call waits for.
    fn tell(self: &Arc<Self>, switch: Switch) {
        // Refused when the interpreter is exiting, and when the system grants no thread.
        let Ok(gil_thread) = Runtime::current().and_then(Runtime::gil_thread) else { return };
        let observer = Arc::clone(self);
        let _ = gil_thread.send(Box::new(move |py| {
            // Fails when the interpreter starts no thread any more.
            let _ = observer.report(py, switch);
        }));
    }

    fn report(&self, py: Python<'_>, switch: Switch) -> PyResult<()> {
        let report = py.import(intern!(py, "tenant_select._log"))?.getattr(intern!(py, "report_detached"))?;
        let event_loop = self.event_loop.load_full().map(|event_loop| event_loop.clone_ref(py));
        report.call1((SwitchEvent(switch), self.on_switch(py), event_loop)).map(drop)
    }

    fn on_switch(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.on_switch.load_full().map(|on_switch| on_switch.clone_ref(py))
    }

    /// For the garbage collector: an observer often holds the client that holds it.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        [&self.on_switch, &self.event_loop].into_iter().try_for_each(|held| visit.call(held.load().as_deref()))
    }

    pub(crate) fn clear(&self) {
        self.on_switch.store(None);
        self.event_loop.store(None);
    }
}

/// The switches of one call.
pub(crate) struct CallSwitches {
    waiting: Arc<Waiting>,
    observer: Arc<Observer>,
}

impl CallSwitches {
    pub(crate) fn new(observer: &Arc<Observer>) -> Self {
        let waiting = Waiting(ArcSwapOption::from_pointee(Vec::new()));
        Self { waiting: Arc::new(waiting), observer: Arc::clone(observer) }
    }

    /// The same work, whose switches wait here while this call drives it.
    pub(crate) fn within<F>(&self, work: F) -> impl Future<Output = F::Output> + Send + use<F>
    where
        F: Future + Send + 'static,
    {
        CALL.scope(Arc::clone(&self.waiting), work)
    }

    /// The call is waited for in this event loop.
    pub(crate) fn awaited_in(&self, event_loop: &Bound<'_, PyAny>) {
        let known = self.observer.event_loop.load();
        if !known.as_ref().is_some_and(|known| known.is(event_loop)) {
            self.observer.event_loop.store(Some(Arc::new(event_loop.clone().unbind())));
        }
    }

    /// The switches for the facade to report, with the application's own observer; nothing when there were none.
    pub(crate) fn take(&self, py: Python<'_>) -> Option<(Option<Py<PyAny>>, Vec<SwitchEvent>)> {
        let switches = self.waiting.close();
        let events: Vec<_> = switches.iter().cloned().map(SwitchEvent).collect();
        (!events.is_empty()).then(|| (self.observer.on_switch(py), events))
    }

    /// The call is given up: what its exchange comes to is reported without it.
    pub(crate) fn give_up(&self) {
        for switch in self.waiting.close().iter() {
            self.observer.tell(switch.clone());
        }
    }
}
