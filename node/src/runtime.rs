//! How a future becomes a promise, and what runs it.

use std::future::{Future, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::Poll;

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use tokio::sync::watch;

use crate::pending::PendingCall;
use crate::result::Settled;
use crate::workers::Workers;

/// For the whole process, made by the first call and never shut down: its threads do nothing while no call is under way, and
/// Node's exit does not wait for them. Our own rather than napi's runtime, which ends with the last environment that loaded
/// the addon and comes back with one thread per core.
static WORKERS: OnceLock<Workers> = OnceLock::new();

/// Held while the workers are started, so that two environments do not start twice as many.
static STARTING: Mutex<()> = Mutex::new(());

/// The workers. A system that was short of threads may have some by the next call, so a failure is not kept.
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

/// What ends together with the JavaScript environment (the main thread or a worker) that the calls belong to.
struct Environment {
    alive: watch::Sender<()>,
}

/// Runs `work` on the workers and gives a promise that always resolves: with what came out, as cancelled when that was asked
/// before the call was answered, or as failed when the system grants no thread. A terminated worker's calls are dropped with
/// it.
pub(crate) fn promise<'env, F>(env: &'env Env, call: Option<PendingCall>, work: F) -> Result<Object<'env>>
where
    F: Future<Output = Settled> + Send + 'static,
{
    let workers = match workers() {
        Ok(workers) => workers,
        Err(refused) => {
            let (deferred, promise) = env.create_deferred()?;
            deferred.resolve(move |_| Ok(Settled::not_started(&refused)));
            return Ok(promise);
        }
    };
    let mut environment = environment(env)?;
    let (deferred, promise) = env.create_deferred()?;
    workers.spawn(async move {
        let settled = tokio::select! {
            biased;
            settled = contained(work) => settled.of_call(call.as_ref()),
            () = cancelled(call.as_ref()) => Settled::cancelled(),
            _ = environment.changed() => Settled::cancelled(),
        };
        // Before the promise settles: what comes after it finds no trace of the call.
        drop(call);
        deferred.resolve(move |_| Ok(settled));
    });
    Ok(promise)
}

fn environment(env: &Env) -> Result<watch::Receiver<()>> {
    if let Some(environment) = env.get_instance_data::<Environment>()? {
        return Ok(environment.alive.subscribe());
    }
    let (alive, receiver) = watch::channel(());
    env.set_instance_data(Environment { alive }, (), drop)?;
    Ok(receiver)
}

async fn cancelled(call: Option<&PendingCall>) {
    match call {
        Some(call) => call.cancelled().await,
        None => std::future::pending().await,
    }
}

/// A panic in the core becomes an error of the call rather than a promise that never settles.
async fn contained<F: Future<Output = Settled>>(work: F) -> Settled {
    let mut work = pin!(work);
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
            .unwrap_or_else(|_| Poll::Ready(Settled::panicked()))
    })
    .await
}
