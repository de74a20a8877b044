//! How often a call is sent when something fails, counted in the emulator's journal.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tenant_select::{CallOptions, Client, Error, ErrorKind, JwtResponse, Outcome, TenantFilter};
use tenant_select_emulator::{Fault, FaultKind};
use tenant_select_tests::fixture::{Fixture, SELECT};

const ME: &str = "/v1/auth/me";
const LOGOUT: &str = "/v1/auth/logout";
const LOGOUT_ALL: &str = "/v1/auth/logoutall";

async fn select(fixture: &Fixture, client: &Client) -> Result<JwtResponse, Error> {
    client.select_tenant("globex", &fixture.refresh_jwt).await
}

/// Every way in which a connection can end after the request has gone out.
fn breakages(path: &str) -> Vec<Fault> {
    vec![
        Fault::new(path, FaultKind::Reset),
        Fault::new(path, FaultKind::Reset).applied(),
        Fault::new(path, FaultKind::Close),
        Fault::new(path, FaultKind::Garbage),
        Fault::new(path, FaultKind::Truncate).after_bytes(0),
        Fault::new(path, FaultKind::Truncate).after_bytes(100),
        Fault::new(path, FaultKind::Truncate).after_bytes(100).with_reset(),
    ]
}

#[tokio::test]
async fn an_interrupted_exchange_is_sent_once_with_unknown_outcome() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    for fault in breakages(SELECT) {
        fixture.emulator.clear_requests();
        fixture.fault(fault.clone()).unwrap();
        let error = select(&fixture, &client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{fault:?}");
        assert_eq!((error.outcome(), error.is_retryable()), (Outcome::Unknown, false), "{fault:?}");
        assert_eq!((error.attempts(), fixture.arrived(SELECT).len()), (1, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn retry_unknown_sends_an_interrupted_exchange_again() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().rotation(false).build().unwrap().with(CallOptions::new().retry_unknown(true));
    for fault in breakages(SELECT) {
        fixture.emulator.clear_requests();
        fixture.fault(fault.clone()).unwrap();
        let response = select(&fixture, &client).await.unwrap();
        assert_eq!((response.http().attempts, fixture.arrived(SELECT).len()), (2, 2), "{fault:?}");
    }
}

#[tokio::test]
async fn an_interrupted_read_is_sent_again() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    for fault in breakages(ME) {
        fixture.emulator.clear_requests();
        fixture.fault(fault.clone()).unwrap();
        client.me(&fixture.refresh_jwt).await.unwrap();
        assert_eq!(fixture.arrived(ME).len(), 2, "{fault:?}");
    }
    fixture.emulator.clear_requests();
    fixture.fault(Fault::status("/v1/auth/me/tenants", 502).times(2)).unwrap();
    assert_eq!(client.my_tenants(&fixture.refresh_jwt, &TenantFilter::All).await.unwrap().len(), 2);
    assert_eq!(fixture.arrived("/v1/auth/me/tenants").len(), 3);
}

#[tokio::test]
async fn retries_are_counted_and_zero_means_none() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    for (retries, requests) in [(0, 1), (1, 2), (2, 3), (4, 5)] {
        fixture.emulator.clear_requests();
        fixture.emulator.clear_faults();
        fixture.fault(Fault::status(ME, 503).forever()).unwrap();
        let error = client.with(CallOptions::new().retries(retries)).me(&fixture.refresh_jwt).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Server, requests));
        assert_eq!(fixture.arrived(ME).len(), requests as usize);
    }
}

#[tokio::test]
async fn on_retry_is_called_before_each_wait() {
    let fixture = Fixture::start().await.unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let observer = Arc::clone(&told);
    let options = CallOptions::new().on_retry(move |retry| observer.lock().unwrap().push(retry.clone()));
    fixture.fault(Fault::status(ME, 502).header("x-request-id", "r1")).unwrap();
    fixture.fault(Fault::new(ME, FaultKind::Reset)).unwrap();
    fixture.client().unwrap().with(options).me(&fixture.refresh_jwt).await.unwrap();
    let told = told.lock().unwrap();
    let summary: Vec<_> = told.iter().map(|retry| (retry.attempts, retry.status, retry.outcome)).collect();
    assert_eq!(summary, [(1, Some(502), Outcome::Unknown), (2, None, Outcome::Unknown)]);
    assert_eq!(told[0].request_id.as_deref(), Some("r1"));
    assert!(told.iter().all(|retry| retry.wait <= Duration::from_millis(200)));
}

#[tokio::test]
async fn on_response_is_called_after_a_success_only() {
    let fixture = Fixture::start().await.unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let observer = Arc::clone(&told);
    let options = CallOptions::new().on_response(move |metadata| observer.lock().unwrap().push(metadata.clone()));
    let client = fixture.client().unwrap().with(options);
    fixture.fault(Fault::status(ME, 502)).unwrap();
    client.me(&fixture.refresh_jwt).await.unwrap();
    fixture.fault(Fault::status(ME, 404)).unwrap();
    client.me(&fixture.refresh_jwt).await.unwrap_err();
    let response = client.select_tenant("acme", &fixture.refresh_jwt).await.unwrap();
    let told = told.lock().unwrap();
    assert_eq!(told.iter().map(|facts| (facts.status, facts.attempts)).collect::<Vec<_>>(), [(200, 2), (200, 1)]);
    assert_eq!(told.last(), Some(response.http()));
}

#[tokio::test]
async fn what_was_not_processed_is_sent_again() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().rotation(false).build().unwrap();
    for fault in [
        Fault::status(SELECT, 429).header("Retry-After", "0"),
        Fault::status(SELECT, 503).header("Retry-After", "0"),
        Fault::status(SELECT, 521),
        Fault::status(SELECT, 523),
        Fault::status(SELECT, 525),
        Fault::status(SELECT, 530),
    ] {
        fixture.emulator.clear_requests();
        fixture.fault(fault.clone()).unwrap();
        let response = select(&fixture, &client).await.unwrap();
        assert_eq!((response.http().attempts, fixture.arrived(SELECT).len()), (2, 2), "{fault:?}");
    }
}

#[tokio::test]
async fn a_connection_that_closed_while_idle_is_replaced_without_a_retry() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().rotation(false).build().unwrap();
    fixture.fault(Fault::new(SELECT, FaultKind::CloseIdle).forever()).unwrap();
    for _ in 0..50 {
        let response = select(&fixture, &client).await.unwrap();
        assert_eq!(response.http().attempts, 1);
        // Both ends are on this one thread, so a round trip of another connection lets both see the end of the first.
        fixture.get("/emulator/settings").await.unwrap();
    }
    assert_eq!(fixture.arrived(SELECT).len(), 50);
}

#[tokio::test]
async fn a_logout_is_a_success_when_its_first_attempt_had_worked() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::new(LOGOUT, FaultKind::Reset).applied()).unwrap();
    let response = client.logout(&fixture.refresh_jwt).await.unwrap();
    assert_eq!(fixture.arrived(LOGOUT).iter().map(|entry| entry.status).collect::<Vec<_>>(), [None, Some(401)]);
    assert_eq!(response.set_cookie_headers(&Default::default()).unwrap().len(), 2);

    // Without an attempt that may have worked, 401 is an error.
    let error = client.logout(&fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Authentication, Outcome::Rejected));
}

#[tokio::test]
async fn a_logout_everywhere_is_unknown_when_its_first_attempt_may_have_worked() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::new(LOGOUT_ALL, FaultKind::Reset).applied()).unwrap();
    let error = client.logout_all(&fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Authentication, Outcome::Unknown, 2));
}

#[tokio::test]
async fn retries_stop_when_all_calls_fail() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().retries(2).build().unwrap();
    fixture.fault(Fault::status(ME, 500).forever()).unwrap();
    for _ in 0..100 {
        client.me(&fixture.refresh_jwt).await.unwrap_err();
    }
    let sent = fixture.arrived(ME).len();
    assert!((100..=130).contains(&sent), "{sent} requests for 100 calls");
}

#[tokio::test]
async fn a_refused_connection_is_not_sent_and_retried() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    let Fixture { emulator, refresh_jwt, .. } = fixture;
    emulator.shutdown().await;
    let error = client.select_tenant("globex", &refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotSent));
    assert_eq!((error.attempts(), error.is_retryable()), (3, true));
}

#[tokio::test]
async fn a_wait_that_does_not_fit_the_deadline_fails_at_once() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::status(SELECT, 503).header("Retry-After", "3600").forever()).unwrap();
    let error = select(&fixture, &client).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Server, Outcome::NotProcessed, 1));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert!(error.is_retryable());
}
