//! Many callers with one refresh token, at a service that rotates refresh tokens and ends the session when one is reused:
//! 25, 100 and 1,000 callers spread over half a second, which refresh, switch to two tenants and read.
//!
//! It prints a row for each scenario and fails when one of them is not as it has to be: every call is good, for the tenant that
//! it requested, or a `TENANT_MISMATCH` that says what happened; the service sees no reuse; a thing requested is exchanged once.
//! With `--quick`, without the 1,000.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tenant_select::{Client, ErrorKind, JwtResponse, RefreshJwt, RefreshOptions, Result, TenantFilter, TenantGrant};
use tenant_select_tests::fixture::{Fixture, all_at_once};

const SPREAD: Duration = Duration::from_millis(500);

/// What happens besides the calls, in the middle of them.
#[derive(Clone, Copy, PartialEq)]
enum Event {
    Nothing,
    /// All switches to one tenant come before those to the other.
    OrderedSwitches,
    KeyRotation,
    SignOut,
}

/// What a caller requests.
#[derive(Clone, Copy, PartialEq)]
enum Request {
    Refresh,
    Select(&'static str),
    Me,
    MyTenants,
    History,
}

/// How a call ended.
enum Ended {
    Read,
    Tokens(Box<JwtResponse>),
    Failed(Box<tenant_select::Error>),
}

struct Scenario {
    callers: u32,
    jitter_ms: u32,
    event: Event,
}

fn request(number: u32, scenario: &Scenario) -> Request {
    let first_half = number < scenario.callers / 2;
    match number % 6 {
        0 => Request::Refresh,
        1 if scenario.event == Event::OrderedSwitches && !first_half => Request::Select("acme"),
        1 => Request::Select("globex"),
        2 => Request::Me,
        3 => Request::MyTenants,
        4 if scenario.event == Event::OrderedSwitches && first_half => Request::Select("globex"),
        4 => Request::Select("acme"),
        _ => Request::History,
    }
}

async fn call(client: Client, token: RefreshJwt, request: Request) -> Result<Option<JwtResponse>> {
    match request {
        Request::Refresh => client.refresh_session(&token, RefreshOptions::new()).await.map(Some),
        Request::Select(tenant) => client.select_tenant(tenant, &token).await.map(Some),
        Request::Me => client.me(&token).await.map(|_| None),
        Request::MyTenants => client.my_tenants(&token, &TenantFilter::All).await.map(|_| None),
        Request::History => client.history(&token).await.map(|_| None),
    }
}

/// How often the tenant requested changes, from one call to the next.
fn changes(scenario: &Scenario) -> u64 {
    let tenants = (0..scenario.callers).filter_map(|number| match request(number, scenario) {
        Request::Select(tenant) => Some(tenant),
        _ => None,
    });
    let (mut last, mut count) = (None, 0);
    for tenant in tenants {
        count += u64::from(last.replace(tenant) != Some(tenant));
    }
    count
}

async fn run(scenario: &Scenario) -> std::result::Result<String, String> {
    let fixture = Fixture::rotating().await.map_err(|error| error.to_string())?;
    let change = fixture.emulator.update_settings(|settings| settings.delay_jitter_ms = scenario.jitter_ms);
    change.map_err(|error| error.to_string())?;
    let client = fixture.client().map_err(|error| error.to_string())?;
    let signed_out = Arc::new(AtomicBool::new(false));
    let began = Instant::now();
    let callers = scenario.callers;
    let calls = (0..callers).map(|number| {
        let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
        let (signed_out, request) = (Arc::clone(&signed_out), request(number, scenario));
        async move {
            tokio::time::sleep(SPREAD * number / callers).await;
            let after_sign_out = signed_out.load(Ordering::SeqCst);
            let ended = match call(client, token, request).await {
                Ok(Some(response)) => Ended::Tokens(Box::new(response)),
                Ok(None) => Ended::Read,
                Err(error) => Ended::Failed(Box::new(error)),
            };
            (request, after_sign_out, ended)
        }
    });
    let event = async {
        tokio::time::sleep(SPREAD / 2).await;
        match scenario.event {
            Event::Nothing | Event::OrderedSwitches => {}
            Event::KeyRotation => drop(fixture.emulator.rotate_keys(false)),
            Event::SignOut => {
                client.logout(&fixture.refresh_jwt).await.map_err(|error| error.to_string())?;
                signed_out.store(true, Ordering::SeqCst);
            }
        }
        Ok::<_, String>(())
    };
    let (results, event) = tokio::join!(all_at_once(calls), event);
    event?;
    let elapsed = began.elapsed();

    let mut counts = BTreeMap::new();
    for (request, after_sign_out, ended) in results {
        let name = match judge(request, after_sign_out, scenario, &ended) {
            Ok(name) => name,
            Err(wrong) => return Err(wrong),
        };
        *counts.entry(name).or_insert(0_u32) += 1;
    }
    let counters = fixture.emulator.counters();
    let most = if scenario.event == Event::OrderedSwitches { 2 } else { changes(scenario) };
    if counters.reuses > 0 || counters.revocations > 0 {
        return Err(format!("the service saw {} reuses and ended {} sessions", counters.reuses, counters.revocations));
    }
    if counters.refreshes > 1 || counters.selections > most {
        return Err(format!(
            "{} refreshes, and {} selections of {most} at most",
            counters.refreshes, counters.selections
        ));
    }
    if scenario.event == Event::OrderedSwitches {
        let options = RefreshOptions::new().follow_switch(true);
        let newest = client.refresh_session(&fixture.refresh_jwt, options).await.map_err(|error| error.to_string())?;
        if tenant(&newest) != Some("acme") {
            return Err(format!("the last switch was to acme, and {:?} stands", tenant(&newest)));
        }
    }
    let counts: Vec<_> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    Ok(format!(
        "{:>4} | {:>4} | {:>5.2} s | {}",
        counters.refreshes,
        counters.selections,
        elapsed.as_secs_f64(),
        counts.join(", ")
    ))
}

fn tenant(response: &JwtResponse) -> Option<&str> {
    response.session().and_then(|session| session.active_tenant()).map(TenantGrant::tenant_id)
}

/// What became of a call, if that is as it has to be.
fn judge(
    request: Request,
    after_sign_out: bool,
    scenario: &Scenario,
    ended: &Ended,
) -> std::result::Result<&'static str, String> {
    match (ended, request) {
        (Ended::Tokens(_), _) if after_sign_out => Err("a call got tokens after the sign-out".to_owned()),
        (Ended::Read, _) => Ok("read"),
        (Ended::Tokens(response), _) => {
            // A refresh keeps the tenant of the token that it presents.
            let requested = if let Request::Select(tenant) = request { tenant } else { "acme" };
            match tenant(response) {
                Some(tenant) if tenant == requested && response.reused() => Ok("reused"),
                Some(tenant) if tenant == requested => Ok("exchanged"),
                other => Err(format!("a call for {requested} got {other:?}")),
            }
        }
        (Ended::Failed(error), Request::Refresh) if error.kind() == ErrorKind::TenantMismatch => {
            Ok("told of the switch")
        }
        (Ended::Failed(error), _) if scenario.event == Event::SignOut && error.kind() == ErrorKind::Authentication => {
            Ok("signed out")
        }
        (Ended::Failed(error), _) => Err(error.to_string()),
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let quick = std::env::args().any(|argument| argument == "--quick");
    println!("callers | delay     | event            | refreshes | selections | time | calls");
    let mut failed = false;
    for callers in [25, 100, 1000].into_iter().filter(|callers| !quick || *callers < 1000) {
        for jitter_ms in [0, 200] {
            let events = [
                (Event::Nothing, "none"),
                (Event::OrderedSwitches, "ordered switches"),
                (Event::KeyRotation, "key rotation"),
                (Event::SignOut, "sign-out"),
            ];
            for (event, name) in events {
                let row = match run(&Scenario { callers, jitter_ms, event }).await {
                    Ok(row) => row,
                    Err(wrong) => {
                        failed = true;
                        format!("FAILED: {wrong}")
                    }
                };
                println!("{callers:>7} | 0..{jitter_ms:>3} ms | {name:<16} | {row}");
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
