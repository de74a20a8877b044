//! The gate that a 429 closes for every call of a client.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use tenant_select::{CallOptions, ErrorKind, Outcome};
use tenant_select_emulator::Fault;
use tenant_select_tests::scene::{Scene, all_at_once};

const ME: &str = "/v1/auth/me";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_callers_send_one_probe_per_window() {
    let scene = Scene::start().await.unwrap();
    let client = scene.builder().timeout(Duration::from_secs(30)).build().unwrap();
    // The first call learns of the limit; three probes are refused as well before the service is willing again.
    let refusals = 4;
    scene.fault(Fault::status(ME, 429).header("Retry-After", "1").times(refusals)).unwrap();
    let first = client.with(CallOptions::new().retries(0)).me(&scene.refresh_jwt).await.unwrap_err();
    assert_eq!((first.kind(), first.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(1))));

    let patient = client.with(CallOptions::new().retries(5));
    let results = all_at_once((0..64).map(|_| {
        let (client, token) = (patient.clone(), scene.refresh_jwt.clone());
        async move { client.me(&token).await }
    }))
    .await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let refused = scene.arrived(ME).iter().filter(|entry| entry.status == Some(429)).count();
    assert_eq!(refused, refusals as usize, "every refusal was one probe");
    assert_eq!(scene.arrived(ME).len(), refusals as usize + 64);
}

#[tokio::test]
async fn a_call_that_cannot_wait_fails_at_once_and_sends_nothing() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    scene.fault(Fault::status(ME, 429).header("Retry-After", "50")).unwrap();
    client.me(&scene.refresh_jwt).await.unwrap_err();
    let error = client.select_tenant("globex", &scene.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::RateLimited, Outcome::NotSent));
    assert_eq!((error.attempts(), error.is_retryable()), (0, true));
    assert!(error.retry_after().is_some_and(|wait| (45..=50).contains(&wait.as_secs())));
    assert!(scene.arrived("/v1/auth/tenant/select").is_empty());
}

#[tokio::test]
async fn the_keys_have_a_gate_of_their_own() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    scene.fault(Fault::status(ME, 429).header("Retry-After", "50")).unwrap();
    client.me(&scene.refresh_jwt).await.unwrap_err();
    client.validate_session(&scene.session_jwt, None).await.unwrap();
}
