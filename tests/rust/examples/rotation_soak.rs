//! Users with several tabs each, for a long time: they refresh, switch and read with the token that their browser has, at a
//! service that rotates refresh tokens and ends the session when one is reused. 2 % of the requests fail before they are
//! processed, and 5 % of the calls are given up half-way. No user may be signed out.
//!
//! `rotation_soak [SECONDS]`, 600 by default.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tenant_select::{Client, ErrorKind, JwtResponse, Outcome, RefreshJwt, RefreshOptions, TenantFilter};
use tenant_select_emulator::{Emulator, Fault, FaultKind, Options, RequestEntry, User};

const USERS: usize = 40;
const TABS: usize = 4;
const TENANTS: (&str, &str) = ("acme", "globex");

/// What a run has seen.
#[derive(Default)]
struct Counts {
    calls: AtomicU64,
    given_up: AtomicU64,
    failed: AtomicU64,
    told: AtomicU64,
    reused: AtomicU64,
    signed_out: AtomicU64,
}

/// The cookie jar of a browser: all tabs use it, and the response that arrives last sets it.
type Jar = Arc<Mutex<RefreshJwt>>;

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn keep(jar: &Jar, counts: &Counts, response: &JwtResponse) {
    if response.reused() {
        count(&counts.reused);
    }
    if let Some(token) = &response.refresh_jwt {
        *jar.lock().unwrap() = token.clone();
    }
}

async fn call(client: &Client, jar: &Jar, counts: &Counts) {
    let token = jar.lock().unwrap().clone();
    let tenant = if rand::random() { TENANTS.0 } else { TENANTS.1 };
    let result = match rand::random_range(0..6) {
        0 | 1 => client.refresh_session(&token, RefreshOptions::new()).await.map(Some),
        2 => client.select_tenant(tenant, &token).await.map(Some),
        3 => client.me(&token).await.map(|_| None),
        4 => client.my_tenants(&token, &TenantFilter::All).await.map(|_| None),
        _ => client.history(&token).await.map(|_| None),
    };
    match result {
        Ok(Some(response)) => keep(jar, counts, &response),
        Ok(None) => {}
        Err(error) if error.kind() == ErrorKind::TenantMismatch => {
            count(&counts.told);
            keep(jar, counts, error.response().unwrap());
        }
        Err(error) if matches!(error.kind(), ErrorKind::Connection | ErrorKind::Server) => count(&counts.failed),
        Err(error) => {
            // `Applied` cannot be: the keys are in reach.
            assert_ne!(error.outcome(), Outcome::Applied);
            // The first one ends the run: those that follow say nothing new.
            if counts.signed_out.fetch_add(1, Ordering::Relaxed) == 0 {
                println!("{error}");
            }
        }
    }
}

/// One tab until the end: calls with a moment between them, of which some are given up.
async fn tab(client: Client, jar: Jar, counts: Arc<Counts>, end: Instant) {
    while Instant::now() < end && counts.signed_out.load(Ordering::Relaxed) == 0 {
        count(&counts.calls);
        let call = call(&client, &jar, &counts);
        if rand::random_range(0..20) == 0 {
            if tokio::time::timeout(Duration::from_millis(rand::random_range(0..20)), call).await.is_err() {
                count(&counts.given_up);
            }
        } else {
            call.await;
        }
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..100))).await;
    }
}

/// What a service that ended a session had seen of it before.
fn print_reuse(emulator: &Emulator) {
    let entries = emulator.requests();
    let of = |entry: &RequestEntry| entry.refresh_token.as_ref().and_then(|token| token.sign_in);
    let requests: Vec<_> = entries.iter().filter_map(|entry| entry.as_request()).collect();
    let reused = requests.iter().find(|entry| entry.refresh_token.as_ref().is_some_and(|token| token.revoked));
    let Some(reused) = reused else { return };
    let before = requests.iter().filter(|entry| of(entry) == of(reused) && entry.sequence <= reused.sequence);
    let before: Vec<_> = before.collect();
    for entry in before.iter().skip(before.len().saturating_sub(12)) {
        let Some(token) = &entry.refresh_token else { continue };
        let issued = token.issued.as_ref().and_then(|issued| issued.number);
        println!(
            "{} port {} {:<24} token {:?} {:?}, issued {issued:?}, fault {:?}",
            entry.time, entry.connection, entry.path, token.number, token.status, entry.fault
        );
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let seconds = std::env::args().nth(1).map_or(600, |text| text.parse().unwrap());
    let users = (0..USERS).map(|number| {
        let user = User::new(format!("user{number}@example.com"));
        user.tenant(TENANTS.0, ["viewer"], []).tenant(TENANTS.1, ["viewer"], [])
    });
    let emulator = Emulator::start(users.fold(Options::default(), Options::user)).await.unwrap();
    let settings = emulator.update_settings(|settings| {
        settings.refresh_rotation = true;
        settings.select_supersedes = true;
        settings.reuse_detection = true;
        settings.delay_jitter_ms = 20;
    });
    settings.unwrap();
    let unavailable = Fault::status("/v1/auth/*", 503).header("Retry-After", "0");
    let reset = Fault::new("/v1/auth/*", FaultKind::Reset);
    for (seed, fault) in [unavailable, reset].into_iter().enumerate() {
        emulator.add_fault(fault.forever().probability(0.01, seed as u64)).unwrap();
    }
    let client = Client::builder().project_id(emulator.project_id()).base_url(emulator.url()).build().unwrap();
    let counts = Arc::new(Counts::default());
    let (began, end) = (Instant::now(), Instant::now() + Duration::from_secs(seconds));
    let tabs: Vec<_> = (0..USERS)
        .flat_map(|number| {
            let signed_in = emulator.sign_in(&format!("user{number}@example.com"), Some("acme")).unwrap();
            let jar: Jar = Arc::new(Mutex::new(RefreshJwt::new(signed_in.refresh_jwt)));
            (0..TABS).map(move |_| Arc::clone(&jar))
        })
        .map(|jar| tokio::spawn(tab(client.clone(), jar, Arc::clone(&counts), end)))
        .collect();
    for tab in tabs {
        tab.await.unwrap();
    }
    let seen = emulator.counters();
    let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    println!(
        "{:.0} s: {} calls of {USERS} users in {TABS} tabs each; {} given up, {} failed, {} told of a switch, {} responses reused",
        began.elapsed().as_secs_f64(),
        of(&counts.calls),
        of(&counts.given_up),
        of(&counts.failed),
        of(&counts.told),
        of(&counts.reused),
    );
    println!(
        "the service: {} refreshes, {} selections, {} faults; {} reuses, {} sign-outs; {:?}",
        seen.refreshes,
        seen.selections,
        seen.faults,
        seen.reuses,
        seen.revocations,
        client.diagnostics()
    );
    print_reuse(&emulator);
    if seen.reuses + seen.revocations + of(&counts.signed_out) == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
