//! Calls at the same time: identical exchanges are one, users stay apart, a dropped call releases its connection.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use tenant_select::{
    CallOptions, Client, Error, ErrorKind, JwtResponse, Operation, Outcome, RefreshJwt, RefreshOptions, ValidateOptions,
};
use tenant_select_emulator::{Fault, FaultKind, TokenDelivery, User};
use tenant_select_tests::fixture::{Fixture, SELECT, all_at_once};
use tokio::task::JoinHandle;

const KEYS: &str = "/v2/keys/*";
const ME: &str = "/v1/auth/me";

fn select(fixture: &Fixture, client: &Client) -> JoinHandle<tenant_select::Result<JwtResponse>> {
    let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
    tokio::spawn(async move { client.select_tenant("globex", &token).await })
}

fn within(client: &Client, timeout: Duration) -> Client {
    client.with(CallOptions::new().timeout(timeout))
}

#[tokio::test]
async fn identical_exchanges_are_one_request() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().rotation(false).build().unwrap();
    fixture.fault(Fault::new(SELECT, FaultKind::Delay).delay(Duration::from_millis(300)).forever()).unwrap();
    let results = all_at_once((0..50).map(|number| {
        let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
        let tenant = if number < 25 { "acme" } else { "globex" };
        async move { (tenant, client.select_tenant(tenant, &token).await) }
    }))
    .await;
    for (tenant, result) in results {
        assert_eq!(result.unwrap().session().unwrap().active_tenant().unwrap().tenant_id(), tenant);
    }
    assert_eq!(fixture.arrived(SELECT).len(), 2, "one for each tenant");
    client.select_tenant("acme", &fixture.refresh_jwt).await.unwrap();
    assert_eq!(fixture.arrived(SELECT).len(), 3, "a later one is a request of its own");
}

#[tokio::test]
async fn calls_that_share_a_failed_request_name_their_own_operation() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::status("/v1/auth/refresh", 403)).unwrap();
    let refresh = client.refresh_session(&fixture.refresh_jwt, RefreshOptions::new());
    let (refreshed, validated) =
        tokio::join!(refresh, client.validate_and_refresh(None, &fixture.refresh_jwt, ValidateOptions::new()));
    let (refreshed, validated) = (refreshed.unwrap_err(), validated.unwrap_err());
    assert_eq!(fixture.arrived("/v1/auth/refresh").len(), 1);
    assert_eq!(refreshed.operation(), Some(Operation::RefreshSession));
    assert_eq!(validated.operation(), Some(Operation::ValidateAndRefresh));
    let without_name = |error: &Error| error.to_string().split_once(": ").unwrap().1.to_owned();
    assert_eq!(without_name(&refreshed), without_name(&validated));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_refreshes_survive_rotation_with_reuse_detection() {
    let fixture = Fixture::start().await.unwrap();
    fixture
        .emulator
        .update_settings(|settings| {
            settings.refresh_rotation = true;
            settings.reuse_detection = true;
        })
        .unwrap();
    fixture.fault(Fault::new("/v1/auth/refresh", FaultKind::Delay).delay(Duration::from_millis(300))).unwrap();
    let client = fixture.client().unwrap();
    let results = all_at_once((0..20).map(|_| {
        let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
        async move { client.refresh_session(&token, RefreshOptions::new()).await }
    }))
    .await;
    let mut newest = None;
    for result in results {
        newest = result.unwrap().into_body().refresh_jwt;
    }
    assert_eq!(fixture.arrived("/v1/auth/refresh").len(), 1);
    client.me(&newest.unwrap()).await.unwrap();
}

#[tokio::test]
async fn cookies_of_one_user_are_not_sent_for_another() {
    let fixture = Fixture::start().await.unwrap();
    fixture.emulator.add_user(User::new("bob@example.com").tenant("globex", ["owner"], [])).unwrap();
    let ada = fixture.refresh_jwt.clone();
    let bob = RefreshJwt::new(fixture.emulator.sign_in("bob@example.com", None).unwrap().refresh_jwt);
    fixture.emulator.update_settings(|settings| settings.token_delivery = TokenDelivery::Cookies).unwrap();

    let client = fixture.client().unwrap();
    let first = client.select_tenant("globex", &ada).await.unwrap();
    assert!(first.session_jwt.is_some() && first.refresh_jwt.is_some(), "read from Set-Cookie");
    let user = client.me(&bob).await.unwrap();
    assert_eq!(user.login_ids.as_deref(), Some(&["bob@example.com".to_owned()][..]));
    let second = client.select_tenant("globex", &bob).await.unwrap();
    assert_ne!(first.session().unwrap().user_id(), second.session().unwrap().user_id());
    for entry in fixture.emulator.requests().iter().filter_map(|entry| entry.as_request()) {
        assert!(!entry.headers.contains_key("cookie"), "{entry:?}");
    }
}

#[tokio::test]
async fn a_dropped_read_releases_its_connection() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::new(ME, FaultKind::Stall)).unwrap();
    let call = tokio::spawn({
        let token = fixture.refresh_jwt.clone();
        async move { client.me(&token).await }
    });
    fixture.until_arrived(ME, 1).await.unwrap();
    call.abort();
    fixture.until_disconnected().await.unwrap();
}

#[tokio::test]
async fn the_deadline_covers_a_response_that_never_ends() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().timeout(Duration::from_millis(300)).build().unwrap();
    for fault in [Fault::new(SELECT, FaultKind::Stall), Fault::new(SELECT, FaultKind::Stall).after_bytes(50)] {
        fixture.fault(fault).unwrap();
        let error = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown));
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn a_call_sends_nothing_when_its_deadline_has_passed() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().timeout(Duration::from_nanos(1)).build().unwrap();
    for error in [
        client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err(),
        client.me(&fixture.refresh_jwt).await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.outcome(), error.is_retryable()), (ErrorKind::Timeout, Outcome::NotSent, true));
    }
    assert!(fixture.emulator.requests().is_empty());
}

#[tokio::test]
async fn a_call_is_not_sent_when_the_handshake_stalls() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let fixture = Fixture::start().await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let client = fixture.builder().base_url(&url).timeout(Duration::from_millis(300)).build().unwrap();
    let error = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.is_retryable()), (ErrorKind::Timeout, Outcome::NotSent, true));

    let hasty =
        fixture.builder().base_url(&url).connect_timeout(Duration::from_millis(100)).retries(1).build().unwrap();
    let error = hasty.select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Connection, Outcome::NotSent, 2));
}

#[tokio::test]
async fn a_joined_call_outlives_the_deadline_of_the_first() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::new(SELECT, FaultKind::Delay).delay(Duration::from_secs(1))).unwrap();
    let first = select(&fixture, &within(&client, Duration::from_millis(500)));
    fixture.until_arrived(SELECT, 1).await.unwrap();
    let second = select(&fixture, &client);
    let error = first.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Timeout, Outcome::Unknown, 1));
    assert!(!error.is_retryable() && !second.is_finished());
    second.await.unwrap().unwrap();
    assert_eq!(fixture.arrived(SELECT).len(), 1);
}

#[tokio::test]
async fn a_joined_call_times_out_alone_at_its_earlier_deadline() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::new(SELECT, FaultKind::Delay).delay(Duration::from_secs(1))).unwrap();
    let first = select(&fixture, &client);
    fixture.until_arrived(SELECT, 1).await.unwrap();
    let error = select(&fixture, &within(&client, Duration::from_millis(100))).await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Timeout, Outcome::Unknown, 1));
    assert!(!error.is_retryable() && !first.is_finished());
    first.await.unwrap().unwrap();
    assert_eq!(fixture.arrived(SELECT).len(), 1);
}

#[tokio::test]
async fn a_call_that_times_out_during_verification_keeps_its_response() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::new(KEYS, FaultKind::Delay).delay(Duration::from_secs(1))).unwrap();
    let first = select(&fixture, &client);
    let second = select(&fixture, &within(&client, Duration::from_millis(500)));
    let error = second.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::KeysUnavailable, Outcome::Applied));
    assert!(error.response().unwrap().refresh_jwt.is_some());
    assert!(first.await.unwrap().unwrap().session().is_some());
    assert_eq!(fixture.arrived(SELECT).len(), 1);
}

#[tokio::test]
async fn calls_with_other_headers_are_not_the_same() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().rotation(false).build().unwrap();
    fixture.fault(Fault::new(SELECT, FaultKind::Delay).delay(Duration::from_millis(300)).forever()).unwrap();
    let with = |device: &str| client.with(CallOptions::new().headers([("x-descope-trusted-device-token", device)]));
    let clients = [client.clone(), with("one"), with("two"), with("one"), client.clone()];
    let results = all_at_once(clients.map(|client| {
        let token = fixture.refresh_jwt.clone();
        async move { client.select_tenant("globex", &token).await }
    }))
    .await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(fixture.arrived(SELECT).len(), 3, "one without headers, and one for each device");
}

#[tokio::test]
async fn calls_with_other_retry_settings_are_not_the_same() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::status(SELECT, 503).header("Retry-After", "0").forever()).unwrap();
    let settings = [
        CallOptions::new().retries(3),
        CallOptions::new().retries(0),
        CallOptions::new().retries(1),
        CallOptions::new().retries(3).retry_unknown(true),
        CallOptions::new().retries(3),
    ];
    let calls = settings.map(|options| select(&fixture, &client.with(options)));
    let mut attempts = Vec::new();
    for call in calls {
        attempts.push(call.await.unwrap().unwrap_err().attempts());
    }
    assert_eq!(attempts, [4, 1, 2, 4, 4]);
    assert_eq!(fixture.arrived(SELECT).len(), 11, "the first and the last are one");
}
