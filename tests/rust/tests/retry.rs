//! How often a call goes out when something fails: the emulator's journal is the judge.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tenant_select::{CallOptions, Client, Error, ErrorKind, JwtResponse, Outcome, TenantFilter};
use tenant_select_emulator::{Fault, FaultKind};
use tenant_select_tests::scene::{SELECT, Scene};

const ME: &str = "/v1/auth/me";
const LOGOUT: &str = "/v1/auth/logout";
const LOGOUT_ALL: &str = "/v1/auth/logoutall";

async fn select(scene: &Scene, client: &Client) -> Result<JwtResponse, Error> {
    client.select_tenant("globex", &scene.refresh_jwt).await
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
async fn an_exchange_that_breaks_is_sent_once_and_its_outcome_is_unknown() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    for fault in breakages(SELECT) {
        scene.emulator.clear_requests();
        scene.fault(fault.clone()).unwrap();
        let error = select(&scene, &client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{fault:?}");
        assert_eq!((error.outcome(), error.is_retryable()), (Outcome::Unknown, false), "{fault:?}");
        assert_eq!((error.attempts(), scene.arrived(SELECT).len()), (1, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn retry_unknown_sends_it_again() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap().with(CallOptions::new().retry_unknown(true));
    for fault in breakages(SELECT) {
        scene.emulator.clear_requests();
        scene.fault(fault.clone()).unwrap();
        let response = select(&scene, &client).await.unwrap();
        assert_eq!((response.http().attempts, scene.arrived(SELECT).len()), (2, 2), "{fault:?}");
    }
}

#[tokio::test]
async fn a_read_that_breaks_is_sent_again() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    for fault in breakages(ME) {
        scene.emulator.clear_requests();
        scene.fault(fault.clone()).unwrap();
        client.me(&scene.refresh_jwt).await.unwrap();
        assert_eq!(scene.arrived(ME).len(), 2, "{fault:?}");
    }
    scene.emulator.clear_requests();
    scene.fault(Fault::status("/v1/auth/me/tenants", 502).times(2)).unwrap();
    assert_eq!(client.my_tenants(&scene.refresh_jwt, &TenantFilter::All).await.unwrap().len(), 2);
    assert_eq!(scene.arrived("/v1/auth/me/tenants").len(), 3);
}

#[tokio::test]
async fn retries_are_counted_and_zero_means_none() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    for (retries, requests) in [(0, 1), (1, 2), (2, 3), (4, 5)] {
        scene.emulator.clear_requests();
        scene.emulator.clear_faults();
        scene.fault(Fault::status(ME, 503).forever()).unwrap();
        let error = client.with(CallOptions::new().retries(retries)).me(&scene.refresh_jwt).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Server, requests));
        assert_eq!(scene.arrived(ME).len(), requests as usize);
    }
}

#[tokio::test]
async fn every_retry_is_told_before_the_wait() {
    let scene = Scene::start().await.unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let observer = Arc::clone(&told);
    let options = CallOptions::new().on_retry(move |retry| observer.lock().unwrap().push(retry.clone()));
    scene.fault(Fault::status(ME, 502).header("x-request-id", "r1")).unwrap();
    scene.fault(Fault::new(ME, FaultKind::Reset)).unwrap();
    scene.client().unwrap().with(options).me(&scene.refresh_jwt).await.unwrap();
    let told = told.lock().unwrap();
    let summary: Vec<_> = told.iter().map(|retry| (retry.attempts, retry.status, retry.outcome)).collect();
    assert_eq!(summary, [(1, Some(502), Outcome::Unknown), (2, None, Outcome::Unknown)]);
    assert_eq!(told[0].request_id.as_deref(), Some("r1"));
    assert!(told.iter().all(|retry| retry.wait <= Duration::from_millis(200)));
}

#[tokio::test]
async fn the_answer_of_a_success_is_told_and_no_other() {
    let scene = Scene::start().await.unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let observer = Arc::clone(&told);
    let options = CallOptions::new().on_response(move |metadata| observer.lock().unwrap().push(metadata.clone()));
    let client = scene.client().unwrap().with(options);
    scene.fault(Fault::status(ME, 502)).unwrap();
    client.me(&scene.refresh_jwt).await.unwrap();
    scene.fault(Fault::status(ME, 404)).unwrap();
    client.me(&scene.refresh_jwt).await.unwrap_err();
    let response = client.select_tenant("acme", &scene.refresh_jwt).await.unwrap();
    let told = told.lock().unwrap();
    assert_eq!(told.iter().map(|facts| (facts.status, facts.attempts)).collect::<Vec<_>>(), [(200, 2), (200, 1)]);
    assert_eq!(told.last(), Some(response.http()));
}

#[tokio::test]
async fn what_was_not_processed_is_sent_again() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    for fault in [
        Fault::status(SELECT, 429).header("Retry-After", "0"),
        Fault::status(SELECT, 503).header("Retry-After", "0"),
        Fault::status(SELECT, 521),
        Fault::status(SELECT, 523),
        Fault::status(SELECT, 525),
        Fault::status(SELECT, 530),
    ] {
        scene.emulator.clear_requests();
        scene.fault(fault.clone()).unwrap();
        let response = select(&scene, &client).await.unwrap();
        assert_eq!((response.http().attempts, scene.arrived(SELECT).len()), (2, 2), "{fault:?}");
    }
}

#[tokio::test]
async fn a_connection_that_closed_while_idle_costs_nothing() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    scene.fault(Fault::new(SELECT, FaultKind::CloseIdle).forever()).unwrap();
    for _ in 0..50 {
        let response = select(&scene, &client).await.unwrap();
        assert_eq!(response.http().attempts, 1);
        // Both ends are on this one thread, so a round trip of another connection lets both see the end of the first.
        scene.get("/emulator/settings").await.unwrap();
    }
    assert_eq!(scene.arrived(SELECT).len(), 50);
}

#[tokio::test]
async fn a_logout_that_had_worked_is_a_success() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    scene.fault(Fault::new(LOGOUT, FaultKind::Reset).applied()).unwrap();
    let response = client.logout(&scene.refresh_jwt).await.unwrap();
    assert_eq!(scene.arrived(LOGOUT).iter().map(|entry| entry.status).collect::<Vec<_>>(), [None, Some(401)]);
    assert_eq!(response.set_cookie_headers(&Default::default()).unwrap().len(), 2);

    // Without an attempt that may have worked, 401 is what it says.
    let error = client.logout(&scene.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Authentication, Outcome::Rejected));
}

#[tokio::test]
async fn a_logout_everywhere_that_may_have_worked_says_so() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    scene.fault(Fault::new(LOGOUT_ALL, FaultKind::Reset).applied()).unwrap();
    let error = client.logout_all(&scene.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Authentication, Outcome::Unknown, 2));
}

#[tokio::test]
async fn an_outage_is_not_fed() {
    let scene = Scene::start().await.unwrap();
    let client = scene.builder().retries(2).build().unwrap();
    scene.fault(Fault::status(ME, 500).forever()).unwrap();
    for _ in 0..100 {
        client.me(&scene.refresh_jwt).await.unwrap_err();
    }
    let sent = scene.arrived(ME).len();
    assert!((100..=130).contains(&sent), "{sent} requests for 100 calls");
}

#[tokio::test]
async fn nobody_there_is_not_sent_and_tried_again() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    let Scene { emulator, refresh_jwt, .. } = scene;
    emulator.shutdown().await;
    let error = client.select_tenant("globex", &refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotSent));
    assert_eq!((error.attempts(), error.is_retryable()), (3, true));
}

#[tokio::test]
async fn a_wait_that_does_not_fit_the_deadline_fails_at_once() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    scene.fault(Fault::status(SELECT, 503).header("Retry-After", "3600").forever()).unwrap();
    let error = select(&scene, &client).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Server, Outcome::NotProcessed, 1));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert!(error.is_retryable());
}
