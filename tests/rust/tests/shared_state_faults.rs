//! Redis is gone, slow, full, empty, tampered with or refuses: no call fails because of it, and none waits long.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tenant_select::{Client, RefreshOptions, Warning};
use tenant_select_tests::fixture::Fixture;
use tenant_select_tests::redis::{self, Redis};
use tokio::net::TcpListener;

type Told = Arc<Mutex<Vec<Warning>>>;

/// A client, and what it has reported.
fn observed(fixture: &Fixture, url: &str) -> (Client, Told) {
    let told = Told::default();
    let observer = Arc::clone(&told);
    let builder = fixture.builder().shared_state(url);
    let client = builder.on_warning(move |warning| observer.lock().unwrap().push(warning.clone())).build().unwrap();
    (client, told)
}

/// The only reason that was reported.
fn reason(told: &Told) -> String {
    match told.lock().unwrap().as_slice() {
        [Warning::SharedStateUnavailable { reason }] => reason.clone(),
        other => unreachable!("{other:?}"),
    }
}

/// Ten refreshes in a row go well, each with the token of the last; what is reported of Redis, once.
async fn goes_on_alone(fixture: &Fixture, url: &str) -> String {
    let (client, told) = observed(fixture, url);
    let mut token = fixture.refresh_jwt.clone();
    for _ in 0..10 {
        let response = client.refresh_session(&token, RefreshOptions::new()).await.unwrap();
        token = response.refresh_jwt.clone().unwrap();
        client.me(&token).await.unwrap();
    }
    let counted = client.diagnostics();
    assert!(counted.shared_state_failures > 0 && counted.unordered_exchanges > 0, "{counted:?}");
    let counters = fixture.emulator.counters();
    assert_eq!((counters.reuses, counters.revocations), (0, 0));
    let reason = reason(&told);
    for secret in ["hunter2", "app-user", "127.0.0.1", "localhost"] {
        assert!(!format!("{reason} {client:?} {told:?}").contains(&format!("redis://{secret}")), "{reason}");
        assert!(!reason.contains(secret), "{reason}");
    }
    reason
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_left_alone() {
    let fixture = Fixture::rotating().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://app-user:hunter2@{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(goes_on_alone(&fixture, &url).await, "no connection could be made");
}

#[tokio::test]
async fn a_redis_that_never_responds_is_left_alone() {
    let fixture = Fixture::rotating().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let began = Instant::now();
    assert_eq!(goes_on_alone(&fixture, &url).await, "no response within 100 ms");
    assert!(began.elapsed() < Duration::from_secs(10), "twenty calls do not wait for each command");
}

#[tokio::test]
async fn a_wrong_password_is_reported() {
    if !redis::is_there() {
        return;
    }
    let redis = Redis::with(&["--requirepass", "right"]).await.unwrap();
    for credentials in ["", ":hunter2@", "app-user:hunter2@"] {
        let fixture = Fixture::rotating().await.unwrap();
        let url = format!("redis://{credentials}127.0.0.1:{}", redis.port());
        assert_eq!(goes_on_alone(&fixture, &url).await, "the user name or the password is wrong");
    }
}
