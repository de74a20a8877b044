//! The project's keys over a real endpoint: how often they are fetched, and what a rotation or an outage does.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use tenant_select::{ErrorKind, Outcome, RefreshOptions, SessionJwt};
use tenant_select_emulator::{Fault, FaultKind};
use tenant_select_tests::scene::{SELECT, Scene, all_at_once};

fn keys_path(scene: &Scene) -> String {
    format!("/v2/keys/{}", scene.emulator.project_id())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_cold_validations_fetch_once() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    let token = Arc::new(scene.session_jwt.clone());
    let results = all_at_once((0..10_000).map(|_| {
        let (client, token) = (client.clone(), Arc::clone(&token));
        async move { client.validate_session(&token, None).await.map(|session| session.user_id().len()) }
    }))
    .await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(scene.arrived(&keys_path(&scene)).len(), 1);
}

#[tokio::test]
async fn a_bad_signature_causes_no_fetch_and_evicts_nothing() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    client.validate_session(&scene.session_jwt, None).await.unwrap();
    let text = scene.session_jwt.expose();
    let (signed, signature) = text.rsplit_once('.').unwrap();
    let last = if signature.starts_with('A') { "B" } else { "A" };
    let forged = SessionJwt::new(format!("{signed}.{last}{}", &signature[1..]));
    for _ in 0..100 {
        assert_eq!(client.validate_session(&forged, None).await.unwrap_err().kind(), ErrorKind::InvalidToken);
    }
    assert!(client.validate_session_cached(&scene.session_jwt, None).unwrap().is_ok(), "still at hand");
    assert_eq!(scene.arrived(&keys_path(&scene)).len(), 1);
}

#[tokio::test]
async fn a_rotation_is_picked_up_at_once_for_tokens_just_returned() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    client.validate_session(&scene.session_jwt, None).await.unwrap();
    scene.emulator.rotate_keys(false).unwrap();
    let refreshed = client.refresh_session(&scene.refresh_jwt, RefreshOptions::new()).await.unwrap();
    assert_eq!(scene.arrived(&keys_path(&scene)).len(), 2);
    let session_jwt = refreshed.session_jwt.unwrap();
    assert!(client.validate_session_cached(&session_jwt, None).unwrap().is_ok());
    client.validate_session(&scene.session_jwt, None).await.unwrap();
}

#[tokio::test]
async fn tokens_are_kept_when_the_keys_are_out_of_reach() {
    let scene = Scene::start().await.unwrap();
    let client = scene.builder().retries(0).build().unwrap();
    scene.fault(Fault::new(keys_path(&scene), FaultKind::Reset)).unwrap();
    let error = client.select_tenant("globex", &scene.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::KeysUnavailable, Outcome::Applied));
    let response = error.response().unwrap();
    assert_eq!(response.set_cookie_headers(&Default::default()).unwrap_err().kind(), ErrorKind::KeysUnavailable);
    let session = client.validate_session(response.session_jwt.as_ref().unwrap(), None).await.unwrap();
    assert_eq!(session.active_tenant().unwrap().tenant_id(), "globex");
    assert_eq!(scene.arrived(SELECT).len(), 1);
}

#[tokio::test]
async fn a_supplied_key_needs_no_network() {
    let scene = Scene::start().await.unwrap();
    let body = scene.get(&keys_path(&scene)).await.unwrap();
    let offline = scene.builder().base_url("https://localhost:1").public_key(body).build().unwrap();
    assert!(offline.validate_session_cached(&scene.session_jwt, None).unwrap().is_ok());
    offline.validate_session(&scene.session_jwt, None).await.unwrap();
}
