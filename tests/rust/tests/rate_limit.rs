//! The rate-limit gate that a 429 closes for every call of a client.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use tenant_select::{CallOptions, ErrorKind, Outcome};
use tenant_select_emulator::{Fault, FaultKind};
use tenant_select_tests::fixture::{Fixture, all_at_once};

const ME: &str = "/v1/auth/me";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_callers_send_one_half_open_probe_per_window() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().timeout(Duration::from_secs(30)).build().unwrap();
    // The first call learns of the limit; three half-open probes are refused as well before the service accepts calls again.
    let refusals = 4;
    fixture.fault(Fault::status(ME, 429).header("Retry-After", "1").times(refusals)).unwrap();
    let first = client.with(CallOptions::new().retries(0)).me(&fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((first.kind(), first.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(1))));

    let patient = client.with(CallOptions::new().retries(5));
    let results = all_at_once((0..64).map(|_| {
        let (client, token) = (patient.clone(), fixture.refresh_jwt.clone());
        async move { client.me(&token).await }
    }))
    .await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let refused = fixture.arrived(ME).iter().filter(|entry| entry.status == Some(429)).count();
    assert_eq!(refused, refusals as usize, "every refusal was one half-open probe");
    assert_eq!(fixture.arrived(ME).len(), refusals as usize + 64);
}

#[tokio::test]
async fn a_call_that_cannot_wait_fails_at_once_and_sends_nothing() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::status(ME, 429).header("Retry-After", "50")).unwrap();
    client.me(&fixture.refresh_jwt).await.unwrap_err();
    let error = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::RateLimited, Outcome::NotSent));
    assert_eq!((error.attempts(), error.is_retryable()), (0, true));
    assert!(error.retry_after().is_some_and(|wait| (45..=50).contains(&wait.as_secs())));
    assert!(fixture.arrived("/v1/auth/tenant/select").is_empty());
}

#[tokio::test]
async fn the_keys_have_a_rate_limit_gate_of_their_own() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::status(ME, 429).header("Retry-After", "50")).unwrap();
    client.me(&fixture.refresh_jwt).await.unwrap_err();
    client.validate_session(&fixture.session_jwt, None).await.unwrap();
}

#[tokio::test]
async fn the_next_call_is_sent_when_the_half_open_probe_stalls() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().timeout(Duration::from_secs(30)).retries(0).build().unwrap();
    fixture.fault(Fault::status(ME, 429).header("Retry-After", "0")).unwrap();
    fixture.fault(Fault::new(ME, FaultKind::Stall)).unwrap();
    client.me(&fixture.refresh_jwt).await.unwrap_err();
    let first = tokio::spawn({
        let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
        async move { client.me(&token).await }
    });
    fixture.until_arrived(ME, 2).await.unwrap();
    let results = all_at_once((0..50).map(|_| {
        let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
        async move { client.me(&token).await }
    }))
    .await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert!(!first.is_finished(), "the stalled one goes on");
    first.abort();
}

#[tokio::test]
async fn the_next_call_is_the_half_open_probe_when_one_is_cancelled() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().timeout(Duration::from_secs(30)).retries(0).build().unwrap();
    fixture.fault(Fault::status(ME, 429).header("Retry-After", "0")).unwrap();
    fixture.fault(Fault::new(ME, FaultKind::Stall)).unwrap();
    client.me(&fixture.refresh_jwt).await.unwrap_err();
    let call = || {
        let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
        tokio::spawn(async move { client.me(&token).await })
    };
    let first = call();
    fixture.until_arrived(ME, 2).await.unwrap();
    // The next request is refused for longer than the others can wait.
    fixture.fault(Fault::status(ME, 429).header("Retry-After", "50")).unwrap();
    let waiting: Vec<_> = (0..20).map(|_| call()).collect();
    tokio::task::yield_now().await;
    first.abort();
    for call in waiting {
        assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::RateLimited);
    }
    assert_eq!(fixture.arrived(ME).len(), 3, "one half-open probe and no more");
}

#[tokio::test]
async fn the_rate_limit_gate_does_not_delay_a_sign_out() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    let other = fixture.emulator.sign_in("ada@example.com", None).unwrap().refresh_jwt.into();
    fixture.fault(Fault::status(ME, 429).header("Retry-After", "50")).unwrap();
    client.me(&fixture.refresh_jwt).await.unwrap_err();
    client.logout(&other).await.unwrap();
    client.logout_all(&fixture.refresh_jwt).await.unwrap();
    let error = client.me(&fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::RateLimited, Outcome::NotSent), "it is still closed");
}

#[tokio::test]
async fn a_sign_out_that_is_refused_for_its_rate_closes_the_rate_limit_gate() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().retries(0).build().unwrap();
    fixture.fault(Fault::status("/v1/auth/logout", 429).header("Retry-After", "50")).unwrap();
    let error = client.logout(&fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 1));
    let error = client.me(&fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 0));
    client.logout(&fixture.refresh_jwt).await.unwrap();
}
