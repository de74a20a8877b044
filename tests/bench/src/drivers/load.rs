//! The load that every driver makes: a closed loop. Each of `pending` workers calls, waits for the result, and calls again.
//! Calls that end inside the window count.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::task::JoinSet;

use super::usage;
use crate::Failure;
use crate::plan::{Load, Memory, Plan};

/// The memory before the client was made.
pub(super) struct Start {
    memory: Option<u64>,
}

impl Start {
    pub(super) fn now() -> Self {
        usage::forget_peak();
        Self { memory: usage::memory() }
    }
}

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

/// Makes the load of the plan. `worker` returns what one worker repeats, from its refresh token.
pub(super) async fn drive<W, C, F>(plan: &Plan, start: &Start, worker: W) -> Result<Load, Failure>
where
    W: Fn(&str) -> C,
    C: Fn() -> F + Send + 'static,
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let idle = usage::memory();
    let window = Arc::new(Window::default());
    // One call alone, which opens the connection that all calls share over HTTP/2. Without it each of them opens one.
    let first = plan.fixture.refresh_jwts.first().ok_or("there are no tokens")?;
    worker(first)().await?;
    let mut workers = JoinSet::new();
    for token in plan.fixture.refresh_jwts.iter().take(plan.pending) {
        workers.spawn(work(worker(token), Arc::clone(&window)));
    }
    if workers.len() != plan.pending {
        return Err("there are too few tokens for that many pending calls".into());
    }
    tokio::time::sleep(plan.warm_up()?).await;
    let (began, cpu_before) = (Instant::now(), usage::cpu_time());
    window.open.store(true, Ordering::Relaxed);
    tokio::time::sleep(plan.duration()?).await;
    window.open.store(false, Ordering::Relaxed);
    let (took, cpu_took) = (began.elapsed(), usage::cpu_time() - cpu_before);
    let peak = usage::peak();
    window.over.store(true, Ordering::Relaxed);

    let mut total = Tally { requests: 1, latencies: Vec::new() };
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
        memory: start.memory.zip(idle).zip(peak).map(|((before, idle), peak)| Memory { before, idle, peak }),
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
