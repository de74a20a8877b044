//! The whole measurement: rounds in which every driver runs once, and the report of them.

mod participants;
mod processes;
mod redis;
pub(crate) mod results;

use std::io::Write;

use self::participants::Participants;
use self::processes::Server;
pub(crate) use self::processes::root;
use self::redis::Redis;
use self::results::Results;
use crate::Failure;
use crate::clients::load::{self, Client};
use crate::drivers::usage;
use crate::plan::{Load, Plan, Series, Startup};
use crate::report::{self, Conditions};
use crate::scenario::Scenario;
use crate::settings::{Extent, Settings, Sweep};

/// The warm-up lets every caller call once, at this number of calls per second.
const SLOWEST_START: f64 = 2000.0;

/// The measured time lets every caller call once at this number of calls per second, within a limit in seconds.
const SLOWEST_CALLS: f64 = 500.0;
const LONGEST_SECONDS: f64 = 4.0;

/// Files that a process has open besides the sockets of its calls.
const OTHER_FILES: u64 = 64;

/// The number of times that each package is loaded in a round.
const LOADS_PER_ROUND: usize = 3;

pub(crate) async fn run(settings: &Settings) -> Result<(), Failure> {
    let open_files = usage::raise_open_files();
    let mut participants = Participants::of(settings)?;
    let mut results = Results::default();
    for sweep in &mut participants.sweeps {
        let sockets = |scenario: &Scenario| scenario.sockets() as u64 + OTHER_FILES;
        for scenario in sweep.scenarios.extract_if(.., |scenario| sockets(scenario) > open_files) {
            results.notes.push(format!("{scenario}: not measured, because only {open_files} files can be open"));
        }
    }
    let redis = redis_of(&mut participants.sweeps, &mut results).await?;
    let load_before = report::load_average();
    let mut servers = Servers { server: Server::start().await?, redis };
    let measured = measure(settings, &participants, &mut servers, &mut results).await;
    let counts = servers.server.counts(0).await;
    servers.server.stop().await?;
    measured?;
    let counts = counts?;
    let conditions = Conditions {
        load_before,
        load_after: report::load_average(),
        server_micros: counts.cpu_seconds * 1e6 / (counts.requests as f64).max(1.0),
    };
    results.notes.extend(participants.notes());
    report::publish(settings, &participants.sweeps, &results, &conditions)
}

/// What the drivers call.
struct Servers {
    server: Server,
    redis: Option<Redis>,
}

/// The Redis, where one is installed and a sweep needs it; that sweep is left out otherwise.
async fn redis_of(sweeps: &mut Vec<Sweep>, results: &mut Results) -> Result<Option<Redis>, Failure> {
    if !sweeps.iter().any(|sweep| sweep.extent == Extent::Exchanges) {
        return Ok(None);
    }
    let redis = Redis::start().await?;
    match &redis {
        Some(redis) => {
            results.runtimes.insert(redis.name.clone());
        }
        None => {
            sweeps.retain(|sweep| sweep.extent != Extent::Exchanges);
            let missing = "Exchanges with Redis: not measured, because there is no redis-server and no valkey-server";
            results.notes.push(missing.to_owned());
        }
    }
    Ok(redis)
}

async fn measure(
    settings: &Settings,
    participants: &Participants,
    servers: &mut Servers,
    results: &mut Results,
) -> Result<(), Failure> {
    for round in 1..=settings.rounds {
        progress(&format!("round {round} of {}", settings.rounds));
        for sweep in participants.sweeps.iter().filter(|sweep| round <= sweep.rounds) {
            for &scenario in &sweep.scenarios {
                load_all(settings, participants, sweep, scenario, servers, results).await?;
            }
        }
        repeat_all(settings, participants, &mut servers.server, results).await?;
        start_all(participants, &mut servers.server, results, round == 1).await?;
    }
    Ok(())
}

/// Every client of a sweep under one load, in turn.
async fn load_all(
    settings: &Settings,
    participants: &Participants,
    sweep: &Sweep,
    scenario: Scenario,
    servers: &mut Servers,
    results: &mut Results,
) -> Result<(), Failure> {
    for client in participants.clients_of(sweep, settings) {
        if client.gap(scenario.protocol).is_some() {
            results.gaps.insert((scenario, client.name));
            continue;
        }
        let about = |failure: Failure| format!("{}, {scenario}: {failure}", client.name);
        let measured = match client.redis {
            None => load(settings, &mut servers.server, client, None, scenario, results).await.map(drop),
            Some(redis) => exchange(settings, servers, client, redis, scenario, results).await,
        };
        measured.map_err(about)?;
    }
    Ok(())
}

/// One run of a client whose calls have distinct tokens, and what it costs Redis.
async fn exchange(
    settings: &Settings,
    servers: &mut Servers,
    client: &Client,
    shares: load::Redis,
    scenario: Scenario,
    results: &mut Results,
) -> Result<(), Failure> {
    let redis = servers.redis.as_mut().ok_or("there is no Redis")?;
    // The drivers present the same tokens.
    redis.prepare().await?;
    let before = redis.used().await?;
    if shares == load::Redis::Paused {
        redis.pause().await?;
    }
    let url = (shares != load::Redis::Absent).then(|| redis.url.clone());
    let requests = load(settings, &mut servers.server, client, url, scenario, results).await?;
    let after = redis.used().await?;
    if shares == load::Redis::Used {
        results.redis(
            scenario,
            client.name,
            requests,
            after.commands - before.commands,
            after.cpu_seconds - before.cpu_seconds,
        );
    }
    Ok(())
}

/// One run of a client; how many calls it made.
async fn load(
    settings: &Settings,
    server: &mut Server,
    client: &Client,
    shared_state: Option<String>,
    scenario: Scenario,
    results: &mut Results,
) -> Result<u64, Failure> {
    let plan = Plan {
        fixture: server.endpoints.fixture(scenario.protocol).for_callers(scenario.pending),
        protocol: scenario.protocol,
        verify: client.verify,
        distinct: client.redis.is_some(),
        shared_state,
        pending: scenario.pending,
        warm_up_seconds: settings.warm_up_seconds.max(scenario.pending as f64 / SLOWEST_START),
        seconds: settings.seconds.max((scenario.pending as f64 / SLOWEST_CALLS).min(LONGEST_SECONDS)),
    };
    let before = server.counts(scenario.delay_ms).await?;
    let load: Load = processes::carry_out(client.program, &plan).await?;
    let after = server.counts(0).await?;
    let arrived = after.requests - before.requests;
    if arrived != load.requests {
        return Err(format!("{} calls, but {arrived} requests", load.requests).into());
    }
    results.load(scenario, client.name, load, after.connections - before.connections)?;
    Ok(arrived)
}

/// The operations without a network: validations, borders, and the curve of tenants.
async fn repeat_all(
    settings: &Settings,
    participants: &Participants,
    server: &mut Server,
    results: &mut Results,
) -> Result<(), Failure> {
    let scenario = Scenario::plain(1);
    let plan = Plan {
        fixture: server.endpoints.fixture(scenario.protocol),
        protocol: scenario.protocol,
        verify: true,
        distinct: false,
        shared_state: None,
        pending: scenario.pending,
        warm_up_seconds: settings.warm_up_seconds,
        seconds: settings.seconds,
    };
    server.counts(0).await?;
    for repeater in participants.repeaters() {
        let mut series: Series = processes::carry_out(repeater.program, &plan).await?;
        for &(key, label) in repeater.operations {
            results.operation(label, series.operations.remove(key))?;
        }
    }
    for program in participants.curve_programs() {
        let series: Series = processes::carry_out(program, &plan).await?;
        results.curves(program, series)?;
    }
    Ok(())
}

/// Every package in a fresh process, in turn. The first time is not counted: it writes the byte code of Python.
async fn start_all(
    participants: &Participants,
    server: &mut Server,
    results: &mut Results,
    first: bool,
) -> Result<(), Failure> {
    let fixture = server.endpoints.fixture(Scenario::plain(1).protocol);
    let uncounted = usize::from(first);
    for time in 0..LOADS_PER_ROUND + uncounted {
        for loading in &participants.loadings {
            let (took, startup): (_, Startup) = processes::time(loading.program, &fixture.project_id).await?;
            if time >= uncounted {
                results.startup(loading.name, took, &startup);
            }
        }
    }
    Ok(())
}

/// Progress is not a result, so it goes to standard error.
fn progress(text: &str) {
    // When standard error is closed, there is nowhere to write to.
    drop(writeln!(std::io::stderr(), "{text}"));
}
