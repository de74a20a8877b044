//! The threads that the core's futures run on, and how a future becomes a promise.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::OnceLock;
use std::task::Poll;

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use crate::handle::CallHandle;
use crate::result::Settled;

/// One small runtime for the whole process, made by the first call and never shut down: its threads do nothing while no
/// call is under way, and Node's exit does not wait for them. It is our own rather than napi's, which ends with the last
/// environment that loaded the addon and comes back with one thread per core.
static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// The runtime. A system that was short of threads may have some by the next call, so a failure is not kept.
fn runtime() -> std::io::Result<&'static Runtime> {
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let made = Builder::new_multi_thread()
        .worker_threads(2)
        // Name resolution is the only blocking work.
        .max_blocking_threads(4)
        .thread_name("tenant-select")
        .enable_all()
        .build()?;
    Ok(RUNTIME.get_or_init(|| made))
}

/// What ends together with the JavaScript environment (the main thread or a worker) that the calls belong to.
struct Environment {
    alive: watch::Sender<()>,
}

/// Runs `work` on the runtime and gives a promise that always resolves: with what came out, or as cancelled when the
/// handle says so before the call was answered. A terminated worker's calls are dropped with it.
pub(crate) fn promise<'env, F>(env: &'env Env, handle: Option<&CallHandle>, work: F) -> Result<Object<'env>>
where
    F: Future<Output = Settled> + Send + 'static,
{
    let runtime = runtime().map_err(|error| napi::Error::from_reason(format!("no runtime: {error}")))?;
    let mut environment = environment(env)?;
    let handle = handle.cloned();
    let (deferred, promise) = env.create_deferred()?;
    runtime.spawn(async move {
        let settled = tokio::select! {
            biased;
            settled = contained(work) => settled,
            () = cancelled(handle) => Settled::cancelled(),
            _ = environment.changed() => Settled::cancelled(),
        };
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

async fn cancelled(handle: Option<CallHandle>) {
    match handle {
        Some(handle) => handle.cancelled().await,
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
