//! The pending promises of one JavaScript environment, and the results that wait to settle them.
//!
//! One threadsafe function serves all calls. It wakes the event loop, which then settles every promise whose result has arrived,
//! so that under load one wake-up serves many calls. A threadsafe function for each call would need a handle of the event loop, a
//! cleanup hook and a finalizer for each call.

use std::cell::Cell;
use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::bindgen_prelude::{Object, ToNapiValue};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status, check_status, sys};

use crate::result::CallResult;
use crate::{runtime, wake_up};

/// Wakes the event loop. Weak: it keeps the process alive only while a promise is pending.
type Wake = ThreadsafeFunction<(), (), (), Status, false, true>;

/// The promises of one environment. Used on its thread only.
pub(crate) struct Promises {
    arrived: Arc<Arrived>,
    pending: Cell<usize>,
}

/// What workers reach: the results that wait for the event loop.
pub(crate) struct Arrived {
    wake: Wake,
    /// Whether the event loop has been woken since it last took results.
    woken: AtomicBool,
    results: Mutex<Vec<(Deferred, CallResult)>>,
}

/// Settles one promise, from any thread.
pub(crate) struct Settle {
    deferred: Deferred,
    arrived: Arc<Arrived>,
}

/// What Node-API resolves a promise by: once, and on the thread of its environment.
struct Deferred(sys::napi_deferred);

// SAFETY: other threads only pass it on. `Promises::settle` alone uses it, on the thread of its environment.
unsafe impl Send for Deferred {}

impl Promises {
    pub(crate) fn new(env: &Env) -> Result<Self> {
        let settle = env.create_function_from_closure::<(), (), _>("settle", |call| {
            runtime::settle(call.env);
            Ok(())
        })?;
        let wake = settle.build_threadsafe_function::<()>().weak::<true>().callee_handled::<false>().build()?;
        Ok(Self {
            arrived: Arc::new(Arrived { wake, woken: AtomicBool::new(false), results: Mutex::default() }),
            pending: Cell::new(0),
        })
    }

    /// A pending promise, which keeps the process alive, and what settles it.
    pub(crate) fn pending<'env>(&self, env: &'env Env) -> Result<(Settle, Object<'env>)> {
        let (mut deferred, mut promise) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: this is the thread of the environment, and both pointers may be written to.
        check_status!(unsafe { sys::napi_create_promise(env.raw(), &mut deferred, &mut promise) })?;
        if self.pending.replace(self.pending.get().saturating_add(1)) == 0 {
            // SAFETY: this is the thread of the environment, whose end alone ends the function.
            check_status!(unsafe { sys::napi_ref_threadsafe_function(env.raw(), self.arrived.wake.raw()) })?;
        }
        let settle = Settle { deferred: Deferred(deferred), arrived: Arc::clone(&self.arrived) };
        Ok((settle, Object::from_raw(env.raw(), promise)))
    }

    /// Settles the promises whose results have arrived.
    pub(crate) fn settle(&self, env: &Env) {
        // Before they are taken: a result that comes later wakes again.
        self.arrived.woken.store(false, Ordering::Release);
        let arrived = mem::take(&mut *self.arrived.results());
        let pending = self.pending.get().saturating_sub(arrived.len());
        if self.pending.replace(pending) > 0 && pending == 0 {
            // SAFETY: as in `pending`. When it fails, the environment ends.
            unsafe { sys::napi_unref_threadsafe_function(env.raw(), self.arrived.wake.raw()) };
        }
        for (Deferred(deferred), result) in arrived {
            // SAFETY: this is the thread of the environment, and each deferred is taken out of the queue once. What fails does
            // so because the environment ends, and then nothing waits for the promise.
            unsafe {
                if let Ok(value) = ToNapiValue::to_napi_value(env.raw(), result.into_either()) {
                    sys::napi_resolve_deferred(env.raw(), deferred, value);
                }
            }
        }
    }
}

impl Settle {
    /// Resolves the promise with a result.
    pub(crate) fn with(self, result: CallResult) {
        let Self { deferred, arrived } = self;
        arrived.results().push((deferred, result));
        wake_up::soon(&arrived);
    }
}

impl Arrived {
    /// Wakes the event loop, unless it is awake already and has yet to take results.
    pub(crate) fn wake(&self) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            // Fails when the environment has ended; then nothing waits for its promises.
            let _ = self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    fn results(&self) -> MutexGuard<'_, Vec<(Deferred, CallResult)>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
