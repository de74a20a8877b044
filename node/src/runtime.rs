//! Turns a future into a promise and runs it.

use std::future::{Future, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::Poll;

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use tenant_select::{Operation, Outcome, binding};
use tokio::sync::watch;

use crate::error::in_operation;
use crate::pending::PendingCall;
use crate::promises::Promises;
use crate::result::CallResult;
use crate::switches::Switches;
use crate::workers::{Order, Workers};

/// The workers of the process, started by the first call and never shut down: they are idle while no call is pending, and
/// Node's exit does not wait for them. napi's own runtime is not used, because it ends with the last environment that loaded
/// the addon, and has one thread per core.
static WORKERS: OnceLock<Workers> = OnceLock::new();

/// Held while the workers are started, so that two environments do not both start them.
static STARTING: Mutex<()> = Mutex::new(());

/// The workers. A failure to start them is not kept, because a thread may be available at the next call.
fn workers() -> io::Result<&'static Workers> {
    if let Some(workers) = WORKERS.get() {
        return Ok(workers);
    }
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(workers) = WORKERS.get() {
        return Ok(workers);
    }
    let started = Workers::start()?;
    Ok(WORKERS.get_or_init(|| started))
}

/// Dropped together with the JavaScript environment (the main thread or a worker) that the calls belong to.
struct Environment {
    alive: watch::Sender<()>,
    promises: Promises,
    switches: Switches,
}

/// Runs `work` on the workers and returns a promise that always resolves: with the result, as cancelled when the call was
/// cancelled before its response arrived, or as failed when the system refuses a thread. The calls of a terminated worker
/// are dropped.
pub(crate) fn promise<'env, F>(
    env: &'env Env,
    operation: Option<Operation>,
    order: Order,
    call: Option<PendingCall>,
    work: F,
) -> Result<Object<'env>>
where
    F: Future<Output = CallResult> + Send + 'static,
{
    let Environment { alive, promises, .. } = environment(env)?;
    let (settle, promise) = promises.pending(env)?;
    let workers = match workers() {
        Ok(workers) => workers,
        Err(refused) => {
            settle.with(CallResult::failed(&in_operation(binding::not_started(&refused), operation)));
            return Ok(promise);
        }
    };
    let mut alive = alive.subscribe();
    workers.spawn(order, async move {
        let result = tokio::select! {
            biased;
            result = contained(operation, work) => result.of_call(call.as_ref()),
            () = cancelled(call.as_ref()) => CallResult::cancelled(),
            _ = alive.changed() => CallResult::cancelled(),
        };
        // Removed before the promise settles, so that later code no longer finds the call.
        drop(call);
        settle.with(result);
    });
    Ok(promise)
}

/// Settles the promises of this environment whose results have arrived.
pub(crate) fn settle(env: &Env) {
    // Without an environment there are no promises.
    if let Ok(Environment { promises, switches, .. }) = environment(env) {
        switches.age();
        promises.settle(env);
    }
}

/// Makes what belongs to this environment. Called when the addon is loaded, because the asynchronous context in which it is made,
/// such as that of a request, would be kept with it.
pub(crate) fn prepare(env: &Env) -> Result<()> {
    environment(env).map(drop)
}

/// Where switches of this environment wait.
pub(crate) fn switches(env: &Env) -> Result<&Switches> {
    environment(env).map(|environment| &environment.switches)
}

fn environment(env: &Env) -> Result<&Environment> {
    if env.get_instance_data::<Environment>()?.is_none() {
        let (alive, _) = watch::channel(());
        env.set_instance_data(
            Environment { alive, promises: Promises::new(env)?, switches: Switches::default() },
            (),
            drop,
        )?;
    }
    env.get_instance_data::<Environment>()?
        .map(|environment| &*environment)
        .ok_or_else(|| napi::Error::from_reason("the environment has no instance data"))
}

async fn cancelled(call: Option<&PendingCall>) {
    match call {
        Some(call) => call.cancelled().await,
        None => std::future::pending().await,
    }
}

/// A panic in the core becomes an error of the call rather than a promise that never settles.
async fn contained<F: Future<Output = CallResult>>(operation: Option<Operation>, work: F) -> CallResult {
    let panicked = || in_operation(binding::panicked(Outcome::Unknown), operation);
    let mut work = pin!(work);
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
            .unwrap_or_else(|_| Poll::Ready(CallResult::failed(&panicked())))
    })
    .await
}
