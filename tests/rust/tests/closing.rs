//! A client that is closed: calls under way finish, later ones are refused, idle connections go.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use tenant_select::{CallOptions, ErrorKind, Outcome};
use tenant_select_emulator::{Fault, FaultKind};
use tenant_select_tests::scene::{SELECT, Scene};

#[tokio::test]
async fn a_selection_under_way_is_verified_after_the_client_was_closed() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    scene.fault(Fault::new(SELECT, FaultKind::Delay).delay(Duration::from_millis(300))).unwrap();
    let call = tokio::spawn({
        let (client, token) = (client.clone(), scene.refresh_jwt.clone());
        async move { client.select_tenant("globex", &token).await }
    });
    scene.until_arrived(SELECT, 1).await.unwrap();
    client.close();
    let response = call.await.unwrap().unwrap();
    assert_eq!(response.session().unwrap().active_tenant().unwrap().tenant_id(), "globex");

    let error = client.me(&scene.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::ClientClosed, Outcome::NotSent, 0));
    assert_eq!(scene.arrived("/v1/auth/me").len(), 0);
    scene.until_disconnected().await.unwrap();
}

#[tokio::test]
async fn a_call_under_way_is_repeated_after_the_client_was_closed() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    scene.fault(Fault::status(SELECT, 503).header("Retry-After", "0")).unwrap();
    let closing = client.with(CallOptions::new().on_retry({
        let client = client.clone();
        move |_| client.close()
    }));
    let response = closing.select_tenant("globex", &scene.refresh_jwt).await.unwrap();
    assert_eq!(response.http().attempts, 2);
    assert!(client.is_closed());
}

#[tokio::test]
async fn a_validation_under_way_gets_its_keys_after_the_client_was_closed() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    let keys = format!("/v2/keys/{}", scene.emulator.project_id());
    scene.fault(Fault::status(&keys, 503).header("Retry-After", "1")).unwrap();
    scene.fault(Fault::new(&keys, FaultKind::Delay).delay(Duration::from_millis(300))).unwrap();
    let call = tokio::spawn({
        let (client, token) = (client.clone(), scene.session_jwt.clone());
        async move { client.validate_session(&token, None).await }
    });
    scene.until_arrived(&keys, 1).await.unwrap();
    client.close();
    assert_eq!(call.await.unwrap().unwrap().active_tenant().unwrap().tenant_id(), "acme");
    assert_eq!(
        client.validate_session_cached(&scene.session_jwt, None).unwrap().unwrap_err().kind(),
        ErrorKind::ClientClosed
    );
}

#[tokio::test]
async fn idle_connections_of_a_closed_client_go() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    client.me(&scene.refresh_jwt).await.unwrap();
    client.close();
    client.close();
    scene.until_disconnected().await.unwrap();
}
