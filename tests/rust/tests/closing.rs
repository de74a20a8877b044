//! A client that is closed: calls under way finish, later ones are refused, idle connections go.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use tenant_select::{CallOptions, ErrorKind, Outcome};
use tenant_select_emulator::{Fault, FaultKind};
use tenant_select_tests::fixture::{Fixture, SELECT};

#[tokio::test]
async fn a_selection_under_way_is_verified_after_the_client_was_closed() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::new(SELECT, FaultKind::Delay).delay(Duration::from_millis(300))).unwrap();
    let call = tokio::spawn({
        let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
        async move { client.select_tenant("globex", &token).await }
    });
    fixture.until_arrived(SELECT, 1).await.unwrap();
    client.close();
    let response = call.await.unwrap().unwrap();
    assert_eq!(response.session().unwrap().active_tenant().unwrap().tenant_id(), "globex");

    let error = client.me(&fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::ClientClosed, Outcome::NotSent, 0));
    assert_eq!(fixture.arrived("/v1/auth/me").len(), 0);
    fixture.until_disconnected().await.unwrap();
}

#[tokio::test]
async fn a_call_under_way_is_repeated_after_the_client_was_closed() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::status(SELECT, 503).header("Retry-After", "0")).unwrap();
    let closing = client.with(CallOptions::new().on_retry({
        let client = client.clone();
        move |_| client.close()
    }));
    let response = closing.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    assert_eq!(response.http().attempts, 2);
    assert!(client.is_closed());
}

#[tokio::test]
async fn a_validation_under_way_gets_its_keys_after_the_client_was_closed() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    let keys = format!("/v2/keys/{}", fixture.emulator.project_id());
    fixture.fault(Fault::status(&keys, 503).header("Retry-After", "1")).unwrap();
    fixture.fault(Fault::new(&keys, FaultKind::Delay).delay(Duration::from_millis(300))).unwrap();
    let call = tokio::spawn({
        let (client, token) = (client.clone(), fixture.session_jwt.clone());
        async move { client.validate_session(&token, None).await }
    });
    fixture.until_arrived(&keys, 1).await.unwrap();
    client.close();
    assert_eq!(call.await.unwrap().unwrap().active_tenant().unwrap().tenant_id(), "acme");
    assert_eq!(
        client.validate_session_cached(&fixture.session_jwt, None).unwrap().unwrap_err().kind(),
        ErrorKind::ClientClosed
    );
}

#[tokio::test]
async fn idle_connections_close_with_the_client() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    client.me(&fixture.refresh_jwt).await.unwrap();
    client.close();
    client.close();
    fixture.until_disconnected().await.unwrap();
}
