//! The calls whose instructions `tests/instructions/run.py` counts: each a number of times, and then twice as often.
//!
//! Arguments: how many calls a measurement starts with, then the base URL, the project, a session token and a refresh token. It
//! prints the name of each measurement. Run by itself, it checks that the calls work.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::env;
use std::hint::black_box;

use tenant_select::{Client, ClientBuilder, RefreshJwt, SessionJwt};

/// Callgrind writes down and resets its counts here.
#[inline(never)]
fn mark_section() {
    black_box(());
}

async fn measure(name: &str, calls: usize, call: impl AsyncFn()) {
    for _ in 0..calls {
        call().await;
    }
    for section in [calls, 2 * calls] {
        mark_section();
        for _ in 0..section {
            call().await;
        }
        mark_section();
    }
    println!("{name}");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [calls, base_url, project_id, session_jwt, refresh_jwt] = <[String; 5]>::try_from(arguments).unwrap();
    let calls = calls.parse().unwrap();
    let (session_jwt, refresh_jwt) = (SessionJwt::from(session_jwt), RefreshJwt::from(refresh_jwt));
    let builder = || -> ClientBuilder {
        Client::builder().base_url(base_url.clone()).project_id(project_id.clone()).rotation(false)
    };

    let unverified = builder().verify(false).build().unwrap();
    measure("select_tenant, unverified", calls, async || {
        unverified.select_tenant("acme", &refresh_jwt).await.unwrap();
    })
    .await;
    let client = builder().build().unwrap();
    measure("select_tenant", calls, async || {
        client.select_tenant("acme", &refresh_jwt).await.unwrap();
    })
    .await;
    measure("validate_session", calls, async || {
        client.validate_session_cached(&session_jwt, None).unwrap().unwrap();
    })
    .await;
    let oversized = SessionJwt::from("eyJhbGciOiJSUzI1NiJ9.".repeat(10 * 1024 * 1024 / 21));
    measure("validate_session, 10 MiB", calls, async || {
        client.validate_session_cached(&oversized, None).unwrap().unwrap_err();
    })
    .await;
    let caching = builder().session_cache(100).build().unwrap();
    caching.validate_session(&session_jwt, None).await.unwrap();
    measure("validate_session, session_cache", calls, async || {
        caching.validate_session_cached(&session_jwt, None).unwrap().unwrap();
    })
    .await;
    assert_eq!(caching.diagnostics().session_cache_misses, 1);
}
