//! One refresh token in two processes that share their state through Redis, at a service that rotates refresh tokens and ends
//! the session when one is reused. Clients of one process that have the Redis under two names know nothing of each other, as
//! two processes do.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use serde_json::json;
use tenant_select::{
    CallOptions, Client, ErrorKind, JwtResponse, Outcome, RefreshJwt, RefreshOptions, Result, TenantFilter, TenantGrant,
};
use tenant_select_emulator::{Fault, FaultKind};
use tenant_select_tests::fixture::{Fixture, SELECT, all_at_once};
use tenant_select_tests::redis::{self, Redis};
use tokio::task::JoinHandle;

const KEYS: &str = "/v2/keys/*";
const REFRESH: &str = "/v1/auth/refresh";
const ME: &str = "/v1/auth/me";
const LOGOUT: &str = "/v1/auth/logout";

/// A service, a Redis and the clients of two processes.
struct Service {
    fixture: Fixture,
    redis: Redis,
    one: Client,
    other: Client,
}

impl Service {
    async fn start() -> Option<Self> {
        if !redis::is_there() {
            return None;
        }
        let (fixture, redis) = (Fixture::rotating().await.unwrap(), Redis::start().await.unwrap());
        let client = |host| fixture.builder().shared_state(redis.url(host)).build().unwrap();
        let (one, other) = (client("127.0.0.1"), client("localhost"));
        Some(Self { fixture, redis, one, other })
    }

    fn slow(&self, millis: u32) {
        self.fixture.emulator.update_settings(|settings| settings.delay_ms = millis).unwrap();
    }

    fn token(&self) -> &RefreshJwt {
        &self.fixture.refresh_jwt
    }

    fn select(&self, client: &Client, tenant: &'static str) -> JoinHandle<Result<JwtResponse>> {
        let (client, token) = (client.clone(), self.token().clone());
        tokio::spawn(async move { client.select_tenant(tenant, &token).await })
    }

    async fn until_locked(&self, locks: usize) {
        while self.redis.named(true).await.unwrap().len() != locks {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// The service saw no reuse, the newest token works in both processes, and no order was lost.
    async fn still_signed_in(&self) {
        for client in [&self.one, &self.other] {
            client.me(self.token()).await.unwrap();
            let counted = client.diagnostics();
            assert_eq!((counted.shared_state_failures, counted.unordered_exchanges), (0, 0));
        }
        let counters = self.fixture.emulator.counters();
        assert_eq!((counters.reuses, counters.revocations), (0, 0));
        self.until_locked(0).await;
    }
}

fn tenant(response: &JwtResponse) -> Option<&str> {
    response.session().unwrap().active_tenant().map(TenantGrant::tenant_id)
}

async fn refresh(client: &Client, token: &RefreshJwt) -> Result<JwtResponse> {
    client.refresh_session(token, RefreshOptions::new()).await
}

#[tokio::test]
async fn a_response_of_one_process_serves_the_other() {
    let Some(service) = Service::start().await else { return };
    let first = service.one.select_tenant("globex", service.token()).await.unwrap();
    let again = service.other.select_tenant("globex", service.token()).await.unwrap();
    assert!(!first.reused() && again.reused());
    assert_eq!((again.refresh_jwt.as_ref(), again.http()), (first.refresh_jwt.as_ref(), first.http()));
    assert_eq!(again.session(), first.session());
    let cookies = |response: &JwtResponse| response.set_cookie_headers(&Default::default()).unwrap();
    assert_eq!(cookies(&again), cookies(&first));
    assert_eq!(service.fixture.arrived(SELECT).len(), 1);
    service.still_signed_in().await;
}

#[tokio::test]
async fn every_call_sends_what_succeeded_its_token_in_another_process() {
    let Some(service) = Service::start().await else { return };
    let (one, other, token) = (&service.one, &service.other, service.token());
    refresh(one, token).await.unwrap();
    assert_eq!(tenant(&other.select_tenant("globex", token).await.unwrap()), Some("globex"));
    assert_eq!(tenant(&one.select_tenant("acme", token).await.unwrap()), Some("acme"));
    other.me(token).await.unwrap();
    other.my_tenants(token, &TenantFilter::All).await.unwrap();
    one.history(token).await.unwrap();
    service.still_signed_in().await;
    other.logout(token).await.unwrap();
    let counters = service.fixture.emulator.counters();
    assert_eq!((counters.reuses, counters.revocations, counters.logouts), (0, 0, 1));
}

#[tokio::test]
async fn a_refresh_is_told_of_a_switch_in_another_process() {
    let Some(service) = Service::start().await else { return };
    service.one.select_tenant("globex", service.token()).await.unwrap();
    let error = refresh(&service.other, service.token()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::TenantMismatch, Outcome::NotSent, 0));
    assert_eq!(tenant(error.response().unwrap()), Some("globex"));
    assert!(error.response().unwrap().set_cookie_headers(&Default::default()).is_ok());
    service.still_signed_in().await;
}

#[tokio::test]
async fn what_another_process_did_counts_for_more_than_what_this_one_remembers() {
    let Some(service) = Service::start().await else { return };
    let (one, other, token) = (&service.one, &service.other, service.token());
    one.select_tenant("globex", token).await.unwrap();
    other.select_tenant("acme", token).await.unwrap();
    let last = one.select_tenant("globex", token).await.unwrap();
    assert!(!last.reused(), "globex is not active any more");
    assert_eq!(service.fixture.arrived(SELECT).len(), 3);
    service.still_signed_in().await;
}

#[tokio::test]
async fn exchanges_of_two_processes_run_one_after_the_other() {
    let Some(service) = Service::start().await else { return };
    service.slow(200);
    let first = service.select(&service.one, "globex");
    service.fixture.until_arrived(SELECT, 1).await.unwrap();
    let second = service.select(&service.other, "acme");
    let read = service.other.me(service.token()).await;
    assert_eq!(tenant(&first.await.unwrap().unwrap()), Some("globex"));
    assert_eq!(tenant(&second.await.unwrap().unwrap()), Some("acme"));
    read.unwrap();
    service.still_signed_in().await;
}

#[tokio::test]
async fn an_exchange_waits_for_the_reads_of_another_process() {
    let Some(service) = Service::start().await else { return };
    service.fixture.fault(Fault::new(ME, FaultKind::Delay).delay(Duration::from_millis(400))).unwrap();
    let read = tokio::spawn({
        let (client, token) = (service.one.clone(), service.token().clone());
        async move { client.me(&token).await }
    });
    service.fixture.until_arrived(ME, 1).await.unwrap();
    let select = service.select(&service.other, "globex");
    service.fixture.until_arrived(SELECT, 1).await.unwrap();
    assert!(read.is_finished());
    read.await.unwrap().unwrap();
    assert_eq!(tenant(&select.await.unwrap().unwrap()), Some("globex"));
    service.still_signed_in().await;
}

#[tokio::test]
async fn many_callers_of_two_processes_need_one_exchange_for_each_thing_requested() {
    let Some(service) = Service::start().await else { return };
    service.slow(20);
    let clients = [&service.one, &service.other].into_iter().cycle().take(100);
    let calls = clients.map(|client| {
        let (client, token) = (client.clone(), service.token().clone());
        async move { refresh(&client, &token).await }
    });
    for result in all_at_once(calls).await {
        assert_eq!(tenant(&result.unwrap()), Some("acme"));
    }
    assert_eq!(service.fixture.arrived(REFRESH).len(), 1);
    service.still_signed_in().await;
}

#[tokio::test]
async fn a_deadline_that_passes_while_another_process_holds_the_lock_sends_nothing() {
    let Some(service) = Service::start().await else { return };
    service.slow(600);
    let first = service.select(&service.one, "globex");
    service.fixture.until_arrived(SELECT, 1).await.unwrap();
    let hasty = service.other.with(CallOptions::new().timeout(Duration::from_millis(200)));
    let errors =
        [hasty.select_tenant("acme", service.token()).await.unwrap_err(), hasty.me(service.token()).await.unwrap_err()];
    for error in errors {
        assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Timeout, Outcome::NotSent, 0));
        assert!(error.is_retryable(), "{error}");
    }
    first.await.unwrap().unwrap();
    assert_eq!((service.fixture.arrived(SELECT).len(), service.fixture.arrived(ME).len()), (1, 0));
    service.still_signed_in().await;
}

#[tokio::test]
async fn an_exchange_that_is_dropped_before_it_is_sent_releases_its_lock() {
    let Some(service) = Service::start().await else { return };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let builder = service.fixture.builder().base_url(&url).shared_state(service.redis.url("127.0.0.1"));
    let client = builder.build().unwrap();
    let call = service.select(&client, "globex");
    let _connection = listener.accept().await.unwrap();
    service.until_locked(1).await;
    call.abort();
    service.until_locked(0).await;
}

#[tokio::test]
async fn an_exchange_that_failed_releases_its_lock() {
    let Some(service) = Service::start().await else { return };
    service.fixture.fault(Fault::status(SELECT, 500)).unwrap();
    let error = service.one.select_tenant("globex", service.token()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
    service.other.select_tenant("globex", service.token()).await.unwrap();
    service.still_signed_in().await;
}

#[tokio::test]
async fn a_sign_out_ends_the_session_in_every_process() {
    let Some(service) = Service::start().await else { return };
    let (one, other, token) = (&service.one, &service.other, service.token());
    one.select_tenant("globex", token).await.unwrap();
    assert!(other.select_tenant("globex", token).await.unwrap().reused());
    one.logout(token).await.unwrap();
    for client in [other, one] {
        let error = client.select_tenant("globex", token).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert!(error.response().is_none(), "what was remembered is given to no call");
    }
    assert_eq!(service.fixture.emulator.counters().logouts, 1);
}

#[tokio::test]
async fn what_a_pending_exchange_brings_after_a_sign_out_elsewhere_is_discarded() {
    let Some(service) = Service::start().await else { return };
    // The select is carried out, and its response is late.
    service.fixture.fault(Fault::new(SELECT, FaultKind::Delay).delay(Duration::from_secs(4))).unwrap();
    let call = service.select(&service.one, "globex");
    service.fixture.until_arrived(SELECT, 1).await.unwrap();
    // The token is used up, and the service does not say so to a sign-out.
    service.fixture.fault(Fault::status(LOGOUT, 200).body("{}")).unwrap();
    service.other.logout(service.token()).await.unwrap();
    let error = call.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.response().is_none() && error.to_string().contains("signed out"), "{error}");
}

#[tokio::test]
async fn a_response_without_keys_is_verified_by_the_process_that_has_them() {
    let Some(service) = Service::start().await else { return };
    let (one, other, token) = (&service.one, &service.other, service.token());
    service.fixture.fault(Fault::status(KEYS, 404)).unwrap();
    let error = one.select_tenant("globex", token).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::KeysUnavailable, Outcome::Applied));
    let response = other.select_tenant("globex", token).await.unwrap();
    assert!(response.reused());
    assert_eq!(tenant(&response), Some("globex"));
    assert_eq!(service.fixture.arrived(SELECT).len(), 1);
    service.still_signed_in().await;
}

#[tokio::test]
async fn without_verification_the_order_alone_is_shared() {
    let Some(service) = Service::start().await else { return };
    service.fixture.emulator.update_settings(|settings| settings.reuse_detection = false).unwrap();
    let client = |host| service.fixture.builder().verify(false).shared_state(service.redis.url(host)).build().unwrap();
    let (one, other) = (client("127.0.0.1"), client("localhost"));
    service.slow(300);
    let first = service.select(&one, "globex");
    service.fixture.until_arrived(SELECT, 1).await.unwrap();
    service.until_locked(1).await;
    let second = service.select(&other, "acme");
    first.await.unwrap().unwrap();
    // It is sent with the token that it was given, which is used up.
    let error = second.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Authentication, Outcome::Rejected));
    assert!(service.redis.named(false).await.unwrap().is_empty(), "nothing is stored");
    service.until_locked(0).await;
}

#[tokio::test]
async fn other_keys_share_nothing() {
    let Some(service) = Service::start().await else { return };
    let keyed = |key: &str| {
        let builder = service.fixture.builder().shared_state(service.redis.url("localhost"));
        builder.shared_state_key(key).build().unwrap()
    };
    service.one.select_tenant("globex", service.token()).await.unwrap();
    let error = keyed("a secret of the service").select_tenant("globex", service.token()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "it knows nothing, and sends the token that is used up");
}

#[tokio::test]
async fn a_long_chain_of_exchanges_is_followed() {
    let Some(service) = Service::start().await else { return };
    let mut token = service.token().clone();
    for number in 0..14 {
        let tenant = if number % 2 == 0 { "globex" } else { "acme" };
        let response = service.one.select_tenant(tenant, &token).await.unwrap();
        token = response.refresh_jwt.clone().unwrap();
    }
    let response = service.other.select_tenant("acme", service.token()).await.unwrap();
    assert!(response.reused());
    assert_eq!(response.refresh_jwt.as_ref(), Some(&token));
    service.still_signed_in().await;
}

#[tokio::test]
async fn a_validation_does_not_touch_redis() {
    let Some(service) = Service::start().await else { return };
    service.one.validate_session(&service.fixture.session_jwt, None).await.unwrap();
    let reply = service.redis.command(&["INFO", "stats"]).await.unwrap();
    assert!(!service.redis.command(&["INFO", "commandstats"]).await.unwrap().contains("cmdstat_eval"), "{reply}");
    service.one.me(service.token()).await.unwrap();
    assert!(service.redis.command(&["INFO", "commandstats"]).await.unwrap().contains("cmdstat_eval"));
}

#[tokio::test]
async fn redis_holds_no_token_and_no_user_and_every_key_expires() {
    let Some(service) = Service::start().await else { return };
    let response = service.one.select_tenant("globex", service.token()).await.unwrap();
    let claims = json!(response.session().unwrap().claims()).to_string();
    let user_id = response.session().unwrap().user_id().to_owned();
    let tokens = [
        service.token().expose(),
        response.refresh_jwt.as_ref().unwrap().expose(),
        response.session_jwt.as_ref().unwrap().expose(),
    ];
    let keys = service.redis.keys().await.unwrap();
    assert_eq!(keys.len(), 1);
    for key in keys {
        assert!(key.starts_with("tenant-select:1:{"), "{key}");
        let left: String = service.redis.command(&["PTTL", &key]).await.unwrap();
        let left: i64 = left.trim_start_matches(':').trim().parse().unwrap();
        assert!((1..=10_000).contains(&left), "{left}");
        let value = service.redis.bytes(&[b"GET", key.as_bytes()]).await.unwrap();
        let text = format!("{key} {}", String::from_utf8_lossy(&value));
        for token in tokens {
            for part in token.as_bytes().windows(12) {
                assert!(!text.contains(std::str::from_utf8(part).unwrap()));
            }
        }
        assert!(!text.contains(&user_id) && !text.contains("globex") && !claims.is_empty());
    }
}
