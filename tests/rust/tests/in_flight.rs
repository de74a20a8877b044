//! Calls at the same time: identical exchanges are one, users stay apart, a dropped call lets go of its connection.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use tenant_select::{CallOptions, Client, ErrorKind, JwtResponse, Outcome, RefreshJwt, RefreshOptions};
use tenant_select_emulator::{Fault, FaultKind, TokenDelivery, User};
use tenant_select_tests::scene::{SELECT, Scene, all_at_once};
use tokio::task::JoinHandle;

const KEYS: &str = "/v2/keys/*";

fn select(scene: &Scene, client: &Client) -> JoinHandle<tenant_select::Result<JwtResponse>> {
    let (client, token) = (client.clone(), scene.refresh_jwt.clone());
    tokio::spawn(async move { client.select_tenant("globex", &token).await })
}

fn within(client: &Client, timeout: Duration) -> Client {
    client.with(CallOptions::new().timeout(timeout))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn identical_exchanges_are_one_request() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    scene.fault(Fault::new(SELECT, FaultKind::Delay).delay(Duration::from_millis(300)).forever()).unwrap();
    let results = all_at_once((0..50).map(|number| {
        let (client, token) = (client.clone(), scene.refresh_jwt.clone());
        let tenant = if number % 2 == 0 { "acme" } else { "globex" };
        async move { (tenant, client.select_tenant(tenant, &token).await) }
    }))
    .await;
    for (tenant, result) in results {
        assert_eq!(result.unwrap().session().unwrap().active_tenant().unwrap().tenant_id(), tenant);
    }
    assert_eq!(scene.arrived(SELECT).len(), 2, "one for each tenant");
    client.select_tenant("acme", &scene.refresh_jwt).await.unwrap();
    assert_eq!(scene.arrived(SELECT).len(), 3, "a later one is a request of its own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_refreshes_survive_rotation_with_reuse_detection() {
    let scene = Scene::start().await.unwrap();
    scene
        .emulator
        .update_settings(|settings| {
            settings.refresh_rotation = true;
            settings.reuse_detection = true;
        })
        .unwrap();
    scene.fault(Fault::new("/v1/auth/refresh", FaultKind::Delay).delay(Duration::from_millis(300))).unwrap();
    let client = scene.client().unwrap();
    let results = all_at_once((0..20).map(|_| {
        let (client, token) = (client.clone(), scene.refresh_jwt.clone());
        async move { client.refresh_session(&token, RefreshOptions::new()).await }
    }))
    .await;
    let mut newest = None;
    for result in results {
        newest = result.unwrap().into_body().refresh_jwt;
    }
    assert_eq!(scene.arrived("/v1/auth/refresh").len(), 1);
    client.me(&newest.unwrap()).await.unwrap();
}

#[tokio::test]
async fn two_users_on_one_client_never_see_each_others_cookies() {
    let scene = Scene::start().await.unwrap();
    scene.emulator.add_user(User::new("bob@example.com").tenant("globex", ["owner"], [])).unwrap();
    let ada = scene.refresh_jwt.clone();
    let bob = RefreshJwt::new(scene.emulator.sign_in("bob@example.com", None).unwrap().refresh_jwt);
    scene.emulator.update_settings(|settings| settings.token_delivery = TokenDelivery::Cookies).unwrap();

    let client = scene.client().unwrap();
    let first = client.select_tenant("globex", &ada).await.unwrap();
    assert!(first.session_jwt.is_some() && first.refresh_jwt.is_some(), "read from Set-Cookie");
    let user = client.me(&bob).await.unwrap();
    assert_eq!(user.login_ids.as_deref(), Some(&["bob@example.com".to_owned()][..]));
    let second = client.select_tenant("globex", &bob).await.unwrap();
    assert_ne!(first.session().unwrap().user_id(), second.session().unwrap().user_id());
    for entry in scene.emulator.requests().iter().filter_map(|entry| entry.as_request()) {
        assert!(!entry.headers.contains_key("cookie"), "{entry:?}");
    }
}

#[tokio::test]
async fn a_dropped_call_lets_go_of_its_connection() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    scene.fault(Fault::new(SELECT, FaultKind::Stall)).unwrap();
    let call = tokio::spawn({
        let token = scene.refresh_jwt.clone();
        async move { client.select_tenant("globex", &token).await }
    });
    scene.until_arrived(SELECT, 1).await.unwrap();
    call.abort();
    scene.until_disconnected().await.unwrap();
}

#[tokio::test]
async fn the_deadline_covers_an_answer_that_never_ends() {
    let scene = Scene::start().await.unwrap();
    let client = scene.builder().timeout(Duration::from_millis(300)).build().unwrap();
    for fault in [Fault::new(SELECT, FaultKind::Stall), Fault::new(SELECT, FaultKind::Stall).after_bytes(50)] {
        scene.fault(fault).unwrap();
        let error = client.select_tenant("globex", &scene.refresh_jwt).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown));
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn a_call_that_is_late_before_it_begins_sends_nothing() {
    let scene = Scene::start().await.unwrap();
    let client = scene.builder().timeout(Duration::from_nanos(1)).build().unwrap();
    for error in [
        client.select_tenant("globex", &scene.refresh_jwt).await.unwrap_err(),
        client.me(&scene.refresh_jwt).await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.outcome(), error.is_retryable()), (ErrorKind::Timeout, Outcome::NotSent, true));
    }
    assert!(scene.emulator.requests().is_empty());
}

#[tokio::test]
async fn a_peer_that_never_shakes_hands_was_sent_nothing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let scene = Scene::start().await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let client = scene.builder().base_url(&url).timeout(Duration::from_millis(300)).build().unwrap();
    let error = client.select_tenant("globex", &scene.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.is_retryable()), (ErrorKind::Timeout, Outcome::NotSent, true));

    let hasty = scene.builder().base_url(&url).connect_timeout(Duration::from_millis(100)).retries(1).build().unwrap();
    let error = hasty.select_tenant("globex", &scene.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Connection, Outcome::NotSent, 2));
}

#[tokio::test]
async fn a_caller_that_joins_a_call_outlives_the_deadline_of_the_first() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    scene.fault(Fault::new(SELECT, FaultKind::Delay).delay(Duration::from_secs(1))).unwrap();
    let first = select(&scene, &within(&client, Duration::from_millis(500)));
    scene.until_arrived(SELECT, 1).await.unwrap();
    let second = select(&scene, &client);
    let error = first.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Timeout, Outcome::Unknown, 1));
    assert!(!error.is_retryable() && !second.is_finished());
    second.await.unwrap().unwrap();
    assert_eq!(scene.arrived(SELECT).len(), 1);
}

#[tokio::test]
async fn a_caller_with_an_earlier_deadline_gives_up_alone() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    scene.fault(Fault::new(SELECT, FaultKind::Delay).delay(Duration::from_secs(1))).unwrap();
    let first = select(&scene, &client);
    scene.until_arrived(SELECT, 1).await.unwrap();
    let error = select(&scene, &within(&client, Duration::from_millis(100))).await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Timeout, Outcome::Unknown, 1));
    assert!(!error.is_retryable() && !first.is_finished());
    first.await.unwrap().unwrap();
    assert_eq!(scene.arrived(SELECT).len(), 1);
}

#[tokio::test]
async fn a_caller_that_gives_up_while_the_response_is_verified_gets_the_response() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    scene.fault(Fault::new(KEYS, FaultKind::Delay).delay(Duration::from_secs(1))).unwrap();
    let first = select(&scene, &client);
    let second = select(&scene, &within(&client, Duration::from_millis(500)));
    let error = second.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::KeysUnavailable, Outcome::Applied));
    assert!(error.response().unwrap().refresh_jwt.is_some());
    assert!(first.await.unwrap().unwrap().session().is_some());
    assert_eq!(scene.arrived(SELECT).len(), 1);
}

#[tokio::test]
async fn calls_with_other_retry_settings_are_not_the_same() {
    let scene = Scene::start().await.unwrap();
    let client = scene.client().unwrap();
    scene.fault(Fault::status(SELECT, 503).header("Retry-After", "0").forever()).unwrap();
    let settings = [
        CallOptions::new().retries(3),
        CallOptions::new().retries(0),
        CallOptions::new().retries(1),
        CallOptions::new().retries(3).retry_unknown(true),
        CallOptions::new().retries(3),
    ];
    let calls = settings.map(|options| select(&scene, &client.with(options)));
    let mut attempts = Vec::new();
    for call in calls {
        attempts.push(call.await.unwrap().unwrap_err().attempts());
    }
    assert_eq!(attempts, [4, 1, 2, 4, 4]);
    assert_eq!(scene.arrived(SELECT).len(), 11, "the first and the last are one");
}
