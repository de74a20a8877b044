//! The load that every driver makes: a closed loop. Each of `pending` workers calls, waits for the result, and calls again;
//! calls that end inside the window count.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::task::JoinSet;

use crate::plan::{Load, Plan};
use crate::{Failure, cpu};

#[derive(Default)]
struct Window {
    open: AtomicBool,
    over: AtomicBool,
}

#[derive(Default)]
struct Tally {
    requests: u64,
    latencies: Vec<u64>,
}

/// Makes the load of the plan. `worker` makes what one worker does again and again, from its refresh token.
pub(crate) async fn drive<W, C, F>(plan: &Plan, worker: W) -> Result<Load, Failure>
where
    W: Fn(&str) -> C,
    C: Fn() -> F + Send + 'static,
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let window = Arc::new(Window::default());
    let mut workers = JoinSet::new();
    for token in plan.fixture.refresh_jwts.iter().take(plan.pending) {
        workers.spawn(work(worker(token), Arc::clone(&window)));
    }
    if workers.len() != plan.pending {
        return Err("there are too few tokens for that many pending calls".into());
    }
    tokio::time::sleep(plan.warm_up()?).await;
    let (began, cpu_before) = (Instant::now(), cpu::time());
    window.open.store(true, Ordering::Relaxed);
    tokio::time::sleep(plan.duration()?).await;
    window.open.store(false, Ordering::Relaxed);
    let (took, cpu_took) = (began.elapsed(), cpu::time() - cpu_before);
    window.over.store(true, Ordering::Relaxed);

    let mut total = Tally::default();
    while let Some(ended) = workers.join_next().await {
        let tally = ended??;
        total.requests += tally.requests;
        total.latencies.extend(tally.latencies);
    }
    Ok(Load {
        runtime: if cfg!(debug_assertions) { "Rust, DEBUG BUILD" } else { "Rust, release build" }.to_owned(),
        requests: total.requests,
        seconds: took.as_secs_f64(),
        cpu_seconds: cpu_took.as_secs_f64(),
        latencies: total.latencies,
    })
}

async fn work<C, F>(call: C, window: Arc<Window>) -> Result<Tally, Failure>
where
    C: Fn() -> F,
    F: Future<Output = Result<(), Failure>>,
{
    let mut tally = Tally { requests: 0, latencies: Vec::with_capacity(4096) };
    while !window.over.load(Ordering::Relaxed) {
        let started = Instant::now();
        call().await?;
        let took = started.elapsed();
        tally.requests += 1;
        if window.open.load(Ordering::Relaxed) {
            tally.latencies.push(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
        }
    }
    Ok(tally)
}
