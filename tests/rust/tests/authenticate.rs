//! Requests at the same time and one after the other, at a service that rotates refresh tokens and ends the session when one is
//! reused.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use tenant_select::{
    AuthenticationResult, Client, ErrorKind, IncomingRequest, RefreshJwt, RefusalCode, RequestAuthenticator,
    Requirement,
};
use tenant_select_emulator::{Fault, FaultKind};
use tenant_select_tests::fixture::{Fixture, SELECT, all_at_once};

const REFRESH: &str = "/v1/auth/refresh";

/// A request with these cookies.
async fn request(authenticator: &RequestAuthenticator, cookies: &str) -> AuthenticationResult {
    let headers = [("host", "app.example"), ("cookie", cookies)];
    let request = IncomingRequest::new("GET", "/documents", &headers);
    authenticator.authenticate(&request, &Requirement::new()).await.unwrap()
}

fn refresh_cookie(token: &RefreshJwt) -> String {
    format!("DSR={}", token.expose())
}

fn set_cookies(result: &AuthenticationResult) -> usize {
    result.headers().filter(|header| header.name == "set-cookie").count()
}

fn authenticator(client: Client) -> RequestAuthenticator {
    RequestAuthenticator::new(client).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_requests_of_one_page_are_refreshed_once() {
    let fixture = Fixture::rotating().await.unwrap();
    let authenticator = authenticator(fixture.client().unwrap());
    let results = all_at_once((0..20).map(|_| {
        let (authenticator, cookies) = (authenticator.clone(), refresh_cookie(&fixture.refresh_jwt));
        async move { request(&authenticator, &cookies).await }
    }))
    .await;
    for result in results {
        assert!(result.refusal().is_none());
        assert_eq!(set_cookies(&result), 2);
    }
    assert_eq!(fixture.arrived(REFRESH).len(), 1);
    assert_eq!(fixture.emulator.counters().revocations, 0);
}

#[tokio::test]
async fn the_loser_of_a_race_leaves_the_cookies_of_the_winner() {
    let fixture = Fixture::rotating().await.unwrap();
    // Two processes, which share no memory.
    let winner = authenticator(fixture.client().unwrap());
    let loser = authenticator(fixture.builder().rotation(false).build().unwrap());
    let cookies = refresh_cookie(&fixture.refresh_jwt);
    assert_eq!(set_cookies(&request(&winner, &cookies).await), 2);
    let lost = request(&loser, &cookies).await;
    assert_eq!(lost.refusal().unwrap().code(), RefusalCode::SignedOut);
    assert_eq!(set_cookies(&lost), 0);
}

#[tokio::test]
async fn copies_share_what_they_remember_of_refused_tokens() {
    let fixture = Fixture::start().await.unwrap();
    let authenticator = authenticator(fixture.client().unwrap());
    let cookies = refresh_cookie(&fixture.refresh_jwt);
    fixture.fault(Fault::status(REFRESH, 401)).unwrap();
    for _ in 0..3 {
        let result = request(&authenticator.clone(), &cookies).await;
        assert_eq!(result.refusal().unwrap().code(), RefusalCode::SignedOut);
    }
    assert_eq!(fixture.arrived(REFRESH).len(), 1);
}

#[tokio::test]
async fn a_switch_in_one_tab_is_seen_by_the_stale_tab() {
    let fixture = Fixture::rotating().await.unwrap();
    let authenticator = authenticator(fixture.client().unwrap());
    let cookies = refresh_cookie(&fixture.refresh_jwt);
    let headers = [("host", "app.example"), ("origin", "https://app.example"), ("cookie", cookies.as_str())];
    let switch = IncomingRequest::new("POST", "/switch", &headers);
    let switched = authenticator.switch(&switch, "globex").await.unwrap();
    assert_eq!(switched.grant().unwrap().tenant_id(), "globex");
    // The stale tab has the token of acme still, and does not say for which tenant it is.
    let stale = request(&authenticator, &cookies).await;
    assert_eq!(stale.refusal().unwrap().code(), RefusalCode::TenantNotActive);
    assert_eq!(set_cookies(&stale), 2);
    assert!(fixture.arrived(REFRESH).is_empty());
    assert_eq!(fixture.arrived(SELECT).len(), 1);
}

#[tokio::test]
async fn a_request_that_is_dropped_loses_no_token() {
    let fixture = Fixture::rotating().await.unwrap();
    let authenticator = authenticator(fixture.client().unwrap());
    let cookies = refresh_cookie(&fixture.refresh_jwt);
    fixture.fault(Fault::new(REFRESH, FaultKind::Delay).delay(Duration::from_millis(300))).unwrap();
    let dropped = tokio::spawn({
        let (authenticator, cookies) = (authenticator.clone(), cookies.clone());
        async move { request(&authenticator, &cookies).await }
    });
    fixture.until_arrived(REFRESH, 1).await.unwrap();
    dropped.abort();
    let next = request(&authenticator, &cookies).await;
    assert_eq!(set_cookies(&next), 2);
    assert_eq!(fixture.arrived(REFRESH).len(), 1);
}

#[tokio::test]
async fn a_closed_client_is_an_error_for_every_request() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    let authenticator = authenticator(client.clone());
    client.close();
    let request = IncomingRequest::new("GET", "/", &[]);
    let kinds = [
        authenticator.authenticate(&request, &Requirement::new()).await.unwrap_err().kind(),
        authenticator.switch(&request, "acme").await.unwrap_err().kind(),
        authenticator.sign_out(&request).await.unwrap_err().kind(),
    ];
    assert_eq!(kinds, [ErrorKind::ClientClosed; 3]);
}
