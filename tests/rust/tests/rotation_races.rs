//! Calls that meet an exchange at the wrong moment: behind a rate limit, in a long queue, while keys are out of reach.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tenant_select::{CallOptions, Client, ErrorKind, JwtResponse, Outcome, RefreshJwt, RefreshOptions, Result};
use tenant_select_emulator::{Fault, FaultKind};
use tenant_select_tests::fixture::{Fixture, SELECT};
use tokio::task::JoinHandle;

const KEYS: &str = "/v2/keys/*";
const ME: &str = "/v1/auth/me";

fn select(fixture: &Fixture, client: &Client, tenant: &'static str) -> JoinHandle<Result<JwtResponse>> {
    let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
    tokio::spawn(async move { client.select_tenant(tenant, &token).await })
}

fn me(fixture: &Fixture, client: &Client) -> JoinHandle<Result<tenant_select::User>> {
    let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
    tokio::spawn(async move { client.me(&token).await })
}

/// How often the service saw a superseded token, and how many sessions it ended for that.
fn reuses(fixture: &Fixture) -> (u64, u64) {
    let counters = fixture.emulator.counters();
    (counters.reuses, counters.revocations)
}

#[tokio::test]
async fn reads_behind_a_rate_limit_send_what_an_exchange_brought_meanwhile() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.builder().timeout(Duration::from_secs(20)).build().unwrap();
    // More than an exchange waits for reads.
    fixture.fault(Fault::status(ME, 429).header("Retry-After", "6")).unwrap();
    let first = me(&fixture, &client);
    fixture.until_arrived(ME, 1).await.unwrap();
    let reads: Vec<_> = (0..5).map(|_| me(&fixture, &client)).collect();
    tokio::task::yield_now().await;
    client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    first.await.unwrap().unwrap();
    for read in reads {
        read.await.unwrap().unwrap();
    }
    assert_eq!(reuses(&fixture), (0, 0));
}

#[tokio::test]
async fn a_read_that_is_sent_again_sends_what_an_exchange_brought_meanwhile() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.builder().timeout(Duration::from_secs(20)).build().unwrap();
    fixture.fault(Fault::status(ME, 503).header("Retry-After", "6")).unwrap();
    let read = me(&fixture, &client);
    fixture.until_arrived(ME, 1).await.unwrap();
    client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    read.await.unwrap().unwrap();
    assert_eq!(reuses(&fixture), (0, 0));
}

#[tokio::test]
async fn a_call_in_the_queue_is_served_after_the_grace() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.builder().rotation_grace(Duration::from_secs(1)).build().unwrap();
    fixture.emulator.update_settings(|settings| settings.delay_ms = 1500).unwrap();
    for call in ["globex", "acme", "globex"].map(|tenant| select(&fixture, &client, tenant)) {
        call.await.unwrap().unwrap();
    }
    assert_eq!(reuses(&fixture), (0, 0));
}

#[tokio::test]
async fn tokens_out_of_an_error_belong_to_their_chain() {
    let fixture = Fixture::rotating().await.unwrap();
    fixture.fault(Fault::status(KEYS, 404).forever()).unwrap();
    let client = fixture.client().unwrap();
    let error = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
    let second = error.response().unwrap().refresh_jwt.clone().unwrap();
    fixture.emulator.clear_faults();
    // Another client, whose key cache has no cooldown to wait for, shares what is remembered.
    let client = fixture.client().unwrap();
    client.refresh_session(&second, RefreshOptions::new()).await.unwrap();
    client.select_tenant("acme", &fixture.refresh_jwt).await.unwrap();
    assert_eq!(reuses(&fixture), (0, 0));
}

#[tokio::test]
async fn a_kept_response_is_in_the_error_of_the_next_exchange() {
    let fixture = Fixture::rotating().await.unwrap();
    fixture.fault(Fault::status(KEYS, 404).forever()).unwrap();
    fixture.emulator.update_settings(|settings| settings.delay_ms = 200).unwrap();
    let client = fixture.client().unwrap();
    let call = select(&fixture, &client, "globex");
    fixture.until_arrived(SELECT, 1).await.unwrap();
    call.abort();
    let error = client.select_tenant("acme", &fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::KeysUnavailable, Outcome::NotSent));
    let response = error.response().unwrap();
    assert!(response.refresh_jwt.is_some() && response.set_cookie_headers(&Default::default()).is_err());
}

#[tokio::test]
async fn an_exchange_without_callers_ends_with_the_timeout_of_the_client() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.builder().timeout(Duration::from_secs(1)).build().unwrap();
    fixture.fault(Fault::new(SELECT, FaultKind::Stall)).unwrap();
    let patient = client.with(CallOptions::new().timeout(Duration::from_secs(60)));
    let call = select(&fixture, &patient, "globex");
    fixture.until_arrived(SELECT, 1).await.unwrap();
    call.abort();
    fixture.until_disconnected().await.unwrap();
    client.me(&fixture.refresh_jwt).await.unwrap();
}

#[tokio::test]
async fn a_sign_out_everywhere_ends_the_pending_exchanges_of_the_user() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    let other = RefreshJwt::new(fixture.emulator.sign_in("ada@example.com", Some("acme")).unwrap().refresh_jwt);
    fixture.fault(Fault::new(SELECT, FaultKind::Delay).delay(Duration::from_millis(500))).unwrap();
    // A service that ends the sessions only later.
    fixture.fault(Fault::status("/v1/auth/logoutall", 200)).unwrap();
    let call = select(&fixture, &client, "globex");
    fixture.until_arrived(SELECT, 1).await.unwrap();
    client.logout_all(&other).await.unwrap();
    let error = call.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.response().is_none()), (ErrorKind::Authentication, true));
}

#[tokio::test]
async fn a_switch_that_brought_another_tenant_is_reported_with_that_tenant() {
    let fixture = Fixture::rotating().await.unwrap();
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&events);
    let builder = fixture.builder().on_switch(move |event| {
        seen.lock().unwrap().push((event.to_tenant.clone(), event.code));
        panic!("an observer's fault");
    });
    let client = builder.build().unwrap();
    let other = fixture.emulator.sign_in("ada@example.com", Some("acme")).unwrap();
    let body = json!({"sessionJwt": other.session_jwt, "refreshJwt": other.refresh_jwt});
    fixture.fault(Fault::status(SELECT, 200).body(body)).unwrap();
    let error = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TenantMismatch);
    assert_eq!(*events.lock().unwrap(), [(Some("acme".to_owned()), Some(ErrorKind::TenantMismatch))]);
}
