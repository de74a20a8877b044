//! The project's keys over a real endpoint: how often they are fetched, and what a rotation or an outage does.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use tenant_select::{ErrorKind, Outcome, RefreshOptions, SessionJwt};
use tenant_select_emulator::{Fault, FaultKind};
use tenant_select_tests::fixture::{Fixture, SELECT, all_at_once};

fn keys_path(fixture: &Fixture) -> String {
    format!("/v2/keys/{}", fixture.emulator.project_id())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_cold_validations_fetch_once() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    let token = Arc::new(fixture.session_jwt.clone());
    let results = all_at_once((0..10_000).map(|_| {
        let (client, token) = (client.clone(), Arc::clone(&token));
        async move { client.validate_session(&token, None).await.map(|session| session.user_id().len()) }
    }))
    .await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(fixture.arrived(&keys_path(&fixture)).len(), 1);
}

#[tokio::test]
async fn a_bad_signature_causes_no_fetch_and_evicts_nothing() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    client.validate_session(&fixture.session_jwt, None).await.unwrap();
    let text = fixture.session_jwt.expose();
    let (signed, signature) = text.rsplit_once('.').unwrap();
    let last = if signature.starts_with('A') { "B" } else { "A" };
    let forged = SessionJwt::new(format!("{signed}.{last}{}", &signature[1..]));
    for _ in 0..100 {
        assert_eq!(client.validate_session(&forged, None).await.unwrap_err().kind(), ErrorKind::InvalidToken);
    }
    assert!(client.validate_session_cached(&fixture.session_jwt, None).unwrap().is_ok(), "still at hand");
    assert_eq!(fixture.arrived(&keys_path(&fixture)).len(), 1);
}

#[tokio::test]
async fn a_rotation_is_picked_up_at_once_for_tokens_just_returned() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    client.validate_session(&fixture.session_jwt, None).await.unwrap();
    fixture.emulator.rotate_keys(false).unwrap();
    let refreshed = client.refresh_session(&fixture.refresh_jwt, RefreshOptions::new()).await.unwrap();
    assert_eq!(fixture.arrived(&keys_path(&fixture)).len(), 2);
    let session_jwt = refreshed.into_body().session_jwt.unwrap();
    assert!(client.validate_session_cached(&session_jwt, None).unwrap().is_ok());
    client.validate_session(&fixture.session_jwt, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_refuses_no_good_token_while_the_keys_are_fetched() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    client.validate_session(&fixture.session_jwt, None).await.unwrap();
    fixture.emulator.rotate_keys(false).unwrap();
    let new = SessionJwt::new(fixture.emulator.sign_in("ada@example.com", Some("acme")).unwrap().session_jwt);
    fixture.fault(Fault::new(keys_path(&fixture), FaultKind::Delay).delay(Duration::from_millis(200))).unwrap();
    // The first fetch was a moment ago, so only a token that the service returns itself may cause another one.
    let refresh = tokio::spawn({
        let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
        async move { client.refresh_session(&token, RefreshOptions::new()).await }
    });
    fixture.until_arrived(&keys_path(&fixture), 2).await.unwrap();
    let results = all_at_once((0..100).map(|_| {
        let (client, token) = (client.clone(), new.clone());
        async move { client.validate_session(&token, None).await.map(drop) }
    }))
    .await;
    let refused = results.iter().filter(|result| result.is_err()).count();
    assert_eq!(refused, 0, "of 100 good tokens: {:?}", results.iter().find(|result| result.is_err()));
    refresh.await.unwrap().unwrap();
    assert_eq!(fixture.arrived(&keys_path(&fixture)).len(), 2);
}

#[tokio::test]
async fn keys_are_kept_when_their_fetch_outlasts_its_callers() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().timeout(Duration::from_millis(100)).build().unwrap();
    fixture
        .fault(Fault::new(keys_path(&fixture), FaultKind::Delay).delay(Duration::from_millis(400)).forever())
        .unwrap();
    let mut refused = 0;
    // Each of these waits for as long as its caller can, so a few in a row wait longer than the endpoint needs.
    let session = loop {
        match client.validate_session(&fixture.session_jwt, None).await {
            Ok(session) => break session,
            Err(error) => assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::KeysUnavailable, true)),
        }
        refused += 1;
        assert!(refused < 100, "never learnt");
    };
    assert_eq!(session.active_tenant().unwrap().tenant_id(), "acme");
    assert!(refused > 0, "the first caller could not wait that long");
    assert_eq!(fixture.arrived(&keys_path(&fixture)).len(), 1);
}

#[tokio::test]
async fn keys_are_kept_when_all_callers_of_their_fetch_are_cancelled() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::new(keys_path(&fixture), FaultKind::Delay).delay(Duration::from_millis(300))).unwrap();
    let calls: Vec<_> = (0..10)
        .map(|_| {
            let (client, token) = (client.clone(), fixture.session_jwt.clone());
            tokio::spawn(async move { client.validate_session(&token, None).await.map(drop) })
        })
        .collect();
    fixture.until_arrived(&keys_path(&fixture), 1).await.unwrap();
    for call in calls {
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
    }
    client.validate_session(&fixture.session_jwt, None).await.unwrap();
    assert_eq!(fixture.arrived(&keys_path(&fixture)).len(), 1);
}

#[tokio::test]
async fn tokens_are_kept_when_the_keys_are_out_of_reach() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().retries(0).build().unwrap();
    fixture.fault(Fault::new(keys_path(&fixture), FaultKind::Reset)).unwrap();
    let error = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::KeysUnavailable, Outcome::Applied));
    let response = error.response().unwrap();
    assert_eq!(response.set_cookie_headers(&Default::default()).unwrap_err().kind(), ErrorKind::KeysUnavailable);
    let session = client.validate_session(response.session_jwt.as_ref().unwrap(), None).await.unwrap();
    assert_eq!(session.active_tenant().unwrap().tenant_id(), "globex");
    assert_eq!(fixture.arrived(SELECT).len(), 1);
}

#[tokio::test]
async fn a_supplied_key_needs_no_network() {
    let fixture = Fixture::start().await.unwrap();
    let body = fixture.get(&keys_path(&fixture)).await.unwrap();
    let offline = fixture.builder().base_url("https://localhost:1").public_key(body).build().unwrap();
    assert!(offline.validate_session_cached(&fixture.session_jwt, None).unwrap().is_ok());
    offline.validate_session(&fixture.session_jwt, None).await.unwrap();
}
