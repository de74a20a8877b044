//! One refresh token in many calls, at a service that rotates refresh tokens and ends the session when one is reused.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tenant_select::{
    CallOptions, Client, ErrorKind, JwtResponse, Outcome, RefreshJwt, RefreshOptions, Result, SwitchEvent,
    TenantFilter, TenantGrant, ValidateOptions,
};
use tenant_select_emulator::{Fault, FaultKind};
use tenant_select_tests::fixture::{Fixture, SELECT, all_at_once};
use tokio::task::JoinHandle;

const KEYS: &str = "/v2/keys/*";
const REFRESH: &str = "/v1/auth/refresh";
const ME: &str = "/v1/auth/me";
const LOGOUT: &str = "/v1/auth/logout";

/// Holds back every response, after the call was carried out.
fn slow(fixture: &Fixture, millis: u32) {
    fixture.emulator.update_settings(|settings| settings.delay_ms = millis).unwrap();
}

fn select(fixture: &Fixture, client: &Client, tenant: &'static str) -> JoinHandle<Result<JwtResponse>> {
    let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
    tokio::spawn(async move { client.select_tenant(tenant, &token).await })
}

fn refresh(fixture: &Fixture, client: &Client) -> JoinHandle<Result<JwtResponse>> {
    let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
    tokio::spawn(async move { client.refresh_session(&token, RefreshOptions::new()).await })
}

fn tenant(response: &JwtResponse) -> Option<&str> {
    response.session().unwrap().active_tenant().map(TenantGrant::tenant_id)
}

fn within(client: &Client, timeout: Duration) -> Client {
    client.with(CallOptions::new().timeout(timeout))
}

/// The service saw no reuse, and the newest token still works.
async fn still_signed_in(fixture: &Fixture, client: &Client) {
    assert_eq!(fixture.emulator.counters().revocations, 0);
    client.me(&fixture.refresh_jwt).await.unwrap();
    assert_eq!(fixture.emulator.counters().reuses, 0);
}

#[tokio::test]
async fn a_superseded_token_gets_the_response_that_replaced_it() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    let first = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    let again = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    assert!(!first.reused() && again.reused());
    assert_eq!((again.refresh_jwt.as_ref(), again.http()), (first.refresh_jwt.as_ref(), first.http()));
    let cookies = |response: &JwtResponse| response.set_cookie_headers(&Default::default()).unwrap();
    assert_eq!(cookies(&again), cookies(&first));
    assert_eq!(fixture.arrived(SELECT).len(), 1);
    still_signed_in(&fixture, &client).await;
}

#[tokio::test]
async fn a_response_to_a_call_with_headers_serves_identical_calls_only() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    let with = |device: &str| client.with(CallOptions::new().headers([("x-descope-trusted-device-token", device)]));
    let select = async |client: Client| client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap().reused();
    assert!(!select(with("one")).await);
    assert!(select(with("one")).await);
    assert!(!select(with("two")).await);
    assert!(!select(client.clone()).await);
    assert!(select(client.clone()).await);
    assert!(!select(with("one")).await, "the response without headers is the newest now");
    assert_eq!(fixture.arrived(SELECT).len(), 4);
    still_signed_in(&fixture, &client).await;
}

#[tokio::test]
async fn every_call_with_a_superseded_token_sends_the_newest() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    let old = &fixture.refresh_jwt;
    client.refresh_session(old, RefreshOptions::new()).await.unwrap();
    client.me(old).await.unwrap();
    client.my_tenants(old, &TenantFilter::All).await.unwrap();
    client.history(old).await.unwrap();
    assert_eq!(tenant(&client.select_tenant("globex", old).await.unwrap()), Some("globex"));
    client.logout(old).await.unwrap();
    let counters = fixture.emulator.counters();
    assert_eq!((counters.reuses, counters.revocations, counters.logouts), (0, 0, 1));
}

#[tokio::test]
async fn exchanges_run_in_the_order_of_the_calls() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    slow(&fixture, 100);
    let calls = [select(&fixture, &client, "globex"), refresh(&fixture, &client), select(&fixture, &client, "acme")];
    let [first, second, third] = calls;
    assert_eq!(tenant(&first.await.unwrap().unwrap()), Some("globex"));
    let error = second.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::TenantMismatch, Outcome::NotSent, 0));
    let newest = error.response().unwrap();
    assert_eq!((tenant(newest), newest.reused()), (Some("globex"), true));
    assert!(newest.set_cookie_headers(&Default::default()).is_ok());
    assert_eq!(tenant(&third.await.unwrap().unwrap()), Some("acme"));
    assert_eq!((fixture.arrived(SELECT).len(), fixture.arrived(REFRESH).len()), (2, 0));
    still_signed_in(&fixture, &client).await;
}

#[tokio::test]
async fn a_refresh_takes_the_tokens_of_another_tenant_when_it_may() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    for options in [RefreshOptions::new().follow_switch(true), RefreshOptions::new().expect_tenant("globex")] {
        let response = client.refresh_session(&fixture.refresh_jwt, options).await.unwrap();
        assert_eq!((tenant(&response), response.reused()), (Some("globex"), true));
    }
    let options = RefreshOptions::new().follow_switch(true).expect_tenant("acme");
    let error = client.refresh_session(&fixture.refresh_jwt, options).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::TenantMismatch, Outcome::NotSent));
    assert!(fixture.arrived(REFRESH).is_empty());
}

#[tokio::test]
async fn an_exchange_that_was_sent_completes_when_its_caller_is_cancelled() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    slow(&fixture, 200);
    let call = select(&fixture, &client, "globex");
    fixture.until_arrived(SELECT, 1).await.unwrap();
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    let response = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    assert_eq!((tenant(&response), response.reused()), (Some("globex"), true));
    assert_eq!(fixture.arrived(SELECT).len(), 1);
    still_signed_in(&fixture, &client).await;
}

#[tokio::test]
async fn an_exchange_that_was_sent_completes_after_the_deadline_of_its_caller() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    slow(&fixture, 400);
    let error = refresh(&fixture, &within(&client, Duration::from_millis(200))).await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.is_retryable()), (ErrorKind::Timeout, Outcome::Unknown, false));
    let response = client.refresh_session(&fixture.refresh_jwt, RefreshOptions::new()).await.unwrap();
    assert!(response.reused());
    assert_eq!(fixture.arrived(REFRESH).len(), 1);
    still_signed_in(&fixture, &client).await;
}

#[tokio::test]
async fn an_exchange_that_was_not_sent_is_dropped_with_its_caller() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let fixture = Fixture::rotating().await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let client = fixture.builder().base_url(&url).build().unwrap();
    let call = select(&fixture, &client, "globex");
    let (connection, _) = listener.accept().await.unwrap();
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    let mut buffer = [0; 4096];
    // The handshake had begun; then the connection ends, and no other one is made.
    while connection.readable().await.is_ok() {
        match connection.try_read(&mut buffer) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
    }
}

#[tokio::test]
async fn a_deadline_that_passes_in_the_queue_sends_nothing() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    slow(&fixture, 500);
    let first = select(&fixture, &client, "globex");
    fixture.until_arrived(SELECT, 1).await.unwrap();
    let hasty = within(&client, Duration::from_millis(100));
    let errors = [
        select(&fixture, &hasty, "acme").await.unwrap().unwrap_err(),
        hasty.me(&fixture.refresh_jwt).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Timeout, Outcome::NotSent, 0));
        assert!(error.is_retryable(), "{error}");
    }
    first.await.unwrap().unwrap();
    assert_eq!((fixture.arrived(SELECT).len(), fixture.arrived(ME).len()), (1, 0));
    still_signed_in(&fixture, &client).await;
}

#[tokio::test]
async fn a_read_waits_for_the_exchange_of_its_token() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    slow(&fixture, 200);
    let exchange = refresh(&fixture, &client);
    fixture.until_arrived(REFRESH, 1).await.unwrap();
    client.me(&fixture.refresh_jwt).await.unwrap();
    assert!(exchange.is_finished());
    still_signed_in(&fixture, &client).await;
}

#[tokio::test]
async fn an_exchange_gives_a_dropped_read_time_to_arrive() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::new(ME, FaultKind::Stall)).unwrap();
    let read = tokio::spawn({
        let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
        async move { client.me(&token).await }
    });
    fixture.until_arrived(ME, 1).await.unwrap();
    read.abort();
    assert!(read.await.unwrap_err().is_cancelled());
    let began = std::time::Instant::now();
    client.refresh_session(&fixture.refresh_jwt, RefreshOptions::new()).await.unwrap();
    assert!(began.elapsed() > Duration::from_millis(400), "the service may get the read later than the exchange");
    still_signed_in(&fixture, &client).await;
}

#[tokio::test]
async fn a_sign_out_waits_for_a_pending_exchange_and_ends_what_it_brought() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    slow(&fixture, 200);
    let running = select(&fixture, &client, "globex");
    fixture.until_arrived(SELECT, 1).await.unwrap();
    let waiting = select(&fixture, &client, "acme");
    tokio::task::yield_now().await;
    client.logout(&fixture.refresh_jwt).await.unwrap();
    assert_eq!(tenant(&running.await.unwrap().unwrap()), Some("globex"), "it ended before the sign-out");
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Authentication, Outcome::NotSent));
    let error = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Authentication, Some(401)));
    let counters = fixture.emulator.counters();
    assert_eq!((counters.selections, counters.logouts, counters.revocations), (1, 1, 0));
}

#[tokio::test]
async fn a_response_that_arrives_after_the_sign_out_is_discarded() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::new(SELECT, FaultKind::Delay).delay(Duration::from_millis(3000))).unwrap();
    // Carried out late, when the session still stands at a service that ignores the sign-out.
    fixture.fault(Fault::status(LOGOUT, 200)).unwrap();
    let exchange = select(&fixture, &client, "globex");
    fixture.until_arrived(SELECT, 1).await.unwrap();
    client.logout(&fixture.refresh_jwt).await.unwrap();
    assert!(!exchange.is_finished(), "the sign-out waits for 2 s at most");
    let error = exchange.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Authentication, Outcome::Unknown));
    assert!(error.response().is_none());
}

#[tokio::test]
async fn tokens_that_cannot_be_verified_yet_are_verified_later() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::status(KEYS, 404).forever()).unwrap();
    let error = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::KeysUnavailable, Outcome::Applied));
    let read = client.me(&fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((read.kind(), read.outcome()), (ErrorKind::KeysUnavailable, Outcome::NotSent));
    fixture.emulator.clear_faults();
    // Another client, whose key cache has no cooldown to wait for, shares what is remembered.
    let client = fixture.client().unwrap();
    let response = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    assert_eq!((tenant(&response), response.reused()), (Some("globex"), true));
    assert_eq!((fixture.arrived(SELECT).len(), fixture.arrived(ME).len()), (1, 0));
    still_signed_in(&fixture, &client).await;
}

#[tokio::test]
async fn clients_of_one_process_know_of_each_others_exchanges() {
    let fixture = Fixture::rotating().await.unwrap();
    let (first, second) = (fixture.client().unwrap(), fixture.client().unwrap());
    slow(&fixture, 100);
    let calls = [select(&fixture, &first, "globex"), select(&fixture, &second, "globex")];
    let mut reused = Vec::new();
    for call in calls {
        reused.push(call.await.unwrap().unwrap().reused());
    }
    assert_eq!(reused, [false, true]);
    assert_eq!(first.diagnostics(), second.diagnostics());
    assert_eq!(first.diagnostics().superseded_tokens, 1);
    first.close();
    assert_eq!(first.diagnostics().superseded_tokens, 0);
    assert!(second.select_tenant("globex", &fixture.refresh_jwt).await.unwrap().reused());
}

#[tokio::test]
async fn nothing_is_remembered_without_verification_grace_or_rotation() {
    for setting in ["verify", "rotation_grace", "rotation"] {
        let fixture = Fixture::start().await.unwrap();
        let builder = match setting {
            "verify" => fixture.builder().verify(false),
            "rotation_grace" => fixture.builder().rotation_grace(Duration::ZERO),
            _ => fixture.builder().rotation(false),
        };
        let client = builder.build().unwrap();
        for count in 1..=2 {
            client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
            assert_eq!(fixture.arrived(SELECT).len(), count, "{setting}");
        }
        assert_eq!(client.diagnostics().superseded_tokens, 0);
    }
}

#[tokio::test]
async fn a_select_leaves_no_entry_at_a_service_that_was_seen_not_to_rotate() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    client.refresh_session(&fixture.refresh_jwt, RefreshOptions::new()).await.unwrap();
    client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    let refreshed = client.refresh_session(&fixture.refresh_jwt, RefreshOptions::new()).await.unwrap();
    assert_eq!((tenant(&refreshed), refreshed.reused()), (Some("acme"), false), "the old token is good on its own");
}

#[tokio::test]
async fn a_mismatch_leaves_its_tokens_to_the_next_call() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    let options = RefreshOptions::new().expect_tenant("globex");
    let error = client.refresh_session(&fixture.refresh_jwt, options).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::TenantMismatch, Outcome::Applied));
    assert!(error.response().unwrap().set_cookie_headers(&Default::default()).is_ok());
    let again = client.refresh_session(&fixture.refresh_jwt, RefreshOptions::new()).await.unwrap();
    assert!(again.reused());
    still_signed_in(&fixture, &client).await;
}

#[tokio::test]
async fn many_callers_with_one_token_are_served_by_few_exchanges() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    slow(&fixture, 20);
    let results = all_at_once((0..100).map(|number| {
        let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
        async move {
            tokio::time::sleep(Duration::from_millis(5 * number)).await;
            match number % 5 {
                0 => client.me(&token).await.map(|_| None),
                1 => client.history(&token).await.map(|_| None),
                2 => client.my_tenants(&token, &TenantFilter::All).await.map(|_| None),
                3 if number < 50 => client.select_tenant("globex", &token).await.map(Some),
                3 => client.select_tenant("acme", &token).await.map(Some),
                _ => client.refresh_session(&token, RefreshOptions::new()).await.map(Some),
            }
        }
    }))
    .await;
    for (number, result) in results.into_iter().enumerate() {
        match result {
            Ok(None) => {}
            Ok(Some(response)) if number % 5 == 3 => {
                assert_eq!(tenant(&response), Some(if number < 50 { "globex" } else { "acme" }));
            }
            Ok(Some(response)) => assert_eq!(tenant(&response), Some("acme")),
            Err(error) => assert_eq!((error.kind(), number % 5), (ErrorKind::TenantMismatch, 4), "{error}"),
        }
    }
    assert!(fixture.arrived(SELECT).len() <= 2 && fixture.arrived(REFRESH).len() <= 2);
    still_signed_in(&fixture, &client).await;
}

/// A client, and the switches that it reports.
fn observed(fixture: &Fixture) -> (Client, Arc<Mutex<Vec<SwitchEvent>>>) {
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&events);
    let client = fixture.builder().on_switch(move |event| seen.lock().unwrap().push(event.clone())).build().unwrap();
    (client, events)
}

#[tokio::test]
async fn every_switch_is_reported_once() {
    let fixture = Fixture::rotating().await.unwrap();
    let (client, events) = observed(&fixture);
    let told = || std::mem::take(&mut *events.lock().unwrap());
    let results = all_at_once((0..5).map(|_| {
        let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
        async move { client.select_tenant("globex", &token).await }
    }))
    .await;
    let response = results.into_iter().next().unwrap().unwrap();
    let [event] = <[SwitchEvent; 1]>::try_from(told()).unwrap();
    assert_eq!((event.from_tenant.as_deref(), event.to_tenant.as_deref()), (Some("acme"), Some("globex")));
    assert_eq!((event.outcome, event.code, event.attempts), (Outcome::Applied, None, 1));
    assert_eq!(event.user_id.as_deref(), Some(response.session().unwrap().user_id()));
    assert_eq!((event.project_id.as_str(), &event.request_id), (client.project_id(), &response.http().request_id));
    client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    client.me(&fixture.refresh_jwt).await.unwrap();
    client.select_tenant("", &fixture.refresh_jwt).await.unwrap_err();
    assert!(told().is_empty(), "nothing was switched");

    client.select_tenant("initech", &fixture.refresh_jwt).await.unwrap_err();
    fixture.fault(Fault::status(SELECT, 500)).unwrap();
    client.select_tenant("acme", &fixture.refresh_jwt).await.unwrap_err();
    let outcomes: Vec<_> = told().into_iter().map(|event| (event.outcome, event.code.is_some())).collect();
    assert_eq!(outcomes, [(Outcome::Rejected, true), (Outcome::Unknown, true)]);
}

#[tokio::test]
async fn a_switch_whose_caller_left_is_reported_when_it_completes() {
    let fixture = Fixture::rotating().await.unwrap();
    let (client, events) = observed(&fixture);
    slow(&fixture, 100);
    let call = select(&fixture, &client, "globex");
    fixture.until_arrived(SELECT, 1).await.unwrap();
    call.abort();
    // Waits in the queue for the exchange that goes on.
    client.me(&fixture.refresh_jwt).await.unwrap();
    assert_eq!(events.lock().unwrap().iter().map(|event| event.outcome).collect::<Vec<_>>(), [Outcome::Applied]);
}

#[tokio::test]
async fn the_tenant_of_an_expired_session_is_kept() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    let lifetime = i64::from(fixture.emulator.settings().session_lifetime_seconds);
    let refreshed = client.refresh_session(&fixture.refresh_jwt, RefreshOptions::new()).await.unwrap();
    let session_jwt = refreshed.session_jwt.clone().unwrap();
    let check = |options: ValidateOptions, refresh_jwt: RefreshJwt| {
        let (client, session_jwt) = (client.clone(), session_jwt.clone());
        async move { client.validate_and_refresh(Some(&session_jwt), &refresh_jwt, options).await }
    };
    let fresh = check(ValidateOptions::new(), fixture.refresh_jwt.clone()).await.unwrap();
    assert!(fresh.response.is_none());
    let early = ValidateOptions::new().refresh_before(Duration::from_secs(lifetime.unsigned_abs()));
    let switched = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    // The session is still good, so a refresh that cannot keep the tenant is no failure of the call.
    let kept = check(early.clone(), fixture.refresh_jwt.clone()).await.unwrap();
    assert_eq!(kept.session, fresh.session);
    let error = kept.refresh_error.unwrap();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::TenantMismatch, Outcome::NotSent));
    assert_eq!(error.operation().unwrap().as_str(), "validate_and_refresh");
    let followed = check(early.keep_tenant(false), fixture.refresh_jwt.clone()).await.unwrap();
    assert_eq!(followed.response.unwrap().refresh_jwt, switched.refresh_jwt);
}

#[tokio::test]
async fn an_early_refresh_that_fails_leaves_the_session() {
    let fixture = Fixture::rotating().await.unwrap();
    let client = fixture.client().unwrap();
    fixture.fault(Fault::status(REFRESH, 500)).unwrap();
    let early = ValidateOptions::new().refresh_before(Duration::from_secs(3600));
    let result = client.validate_and_refresh(Some(&fixture.session_jwt), &fixture.refresh_jwt, early).await.unwrap();
    assert_eq!(result.refresh_error.unwrap().kind(), ErrorKind::Server);
    let late = ValidateOptions::new().refresh_before(Duration::from_secs(3601));
    let error = client.validate_and_refresh(None, &fixture.refresh_jwt, late).await.unwrap_err();
    assert_eq!((error.kind(), error.argument()), (ErrorKind::InvalidInput, Some("refresh_before")));
}
