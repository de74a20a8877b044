//! Rotation of refresh tokens, its grace, reuse detection, and what the journal and the counters say of them.

use serde_json::{Value, json};
use tenant_select_emulator::{Counters, Emulator, JournalEntry, RefreshTokenEntry, RefreshTokenStatus};

use crate::support::{Client, with_ada};

#[tokio::test]
async fn rotation_supersedes_the_presented_token() {
    for reuse_detection in [false, true] {
        let (emulator, client, first) = with_ada().await;
        emulator
            .update_settings(|settings| {
                settings.refresh_rotation = true;
                settings.reuse_detection = reuse_detection;
            })
            .unwrap();
        let second = client.refresh(&first).await.string("refreshJwt");
        assert_ne!(first, second);
        let third = client.refresh(&second).await.string("refreshJwt");
        assert_eq!(client.refresh(&first).await.status, 401);
        let survives = client.refresh(&third).await.status == 200;
        assert_eq!(survives, !reuse_detection, "reuse ends the sign-in only when it is detected");
    }
}

#[tokio::test]
async fn one_of_many_simultaneous_rotations_wins() {
    let (emulator, client, token) = with_ada().await;
    emulator.update_settings(|settings| settings.refresh_rotation = true).unwrap();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (client, token) = (client.clone(), token.clone());
        calls.spawn(async move { client.refresh(&token).await.status });
    }
    let statuses = calls.join_all().await;
    assert_eq!(statuses.iter().filter(|&&status| status == 200).count(), 1, "{statuses:?}");
}

#[tokio::test]
async fn a_selection_supersedes_the_presented_token_only_when_told_to() {
    let (emulator, client, token) = with_ada().await;
    client.select(&token, "acme").await;
    assert_eq!(client.me(&token).await.status, 200);
    emulator.update_settings(|settings| settings.select_supersedes = true).unwrap();
    let newer = client.select(&token, "umbrella").await.string("refreshJwt");
    assert_eq!(client.me(&token).await.status, 401);
    assert_eq!(client.me(&newer).await.status, 200);
}

#[tokio::test]
async fn a_refresh_may_omit_the_refresh_token() {
    let (emulator, client, token) = with_ada().await;
    emulator.update_settings(|settings| settings.refresh_returns_token = false).unwrap();
    assert_eq!(client.refresh(&token).await.string("refreshJwt"), "");
}

/// Every call that takes a refresh token.
const ROUTES: [(&str, &str); 8] = [
    ("POST", "/v1/auth/tenant/select"),
    ("POST", "/v1/auth/refresh"),
    ("POST", "/v1/auth/try-refresh"),
    ("GET", "/v1/auth/me"),
    ("POST", "/v1/auth/me/tenants"),
    ("GET", "/v1/auth/me/history"),
    ("POST", "/v1/auth/logout"),
    ("POST", "/v1/auth/logoutall"),
];

/// An emulator with rotation and reuse detection, a superseded token, and the one that took its place.
async fn rotated(grace_seconds: u32) -> (Emulator, Client, String, String) {
    let (emulator, client, first) = with_ada().await;
    emulator
        .update_settings(|settings| {
            settings.refresh_rotation = true;
            settings.reuse_detection = true;
            settings.rotation_grace_seconds = grace_seconds;
        })
        .unwrap();
    let second = client.refresh(&first).await.string("refreshJwt");
    emulator.clear_requests();
    (emulator, client, first, second)
}

/// A call with a body that every route takes.
async fn call(client: &Client, (method, path): (&str, &str), token: &str) -> u16 {
    let body = if method == "POST" { json!({"tenant": "acme"}) } else { Value::Null };
    client.api(method, path, token, body).await.status
}

/// What the journal says of the refresh token of the last request.
fn last_token(emulator: &Emulator) -> Option<RefreshTokenEntry> {
    emulator.requests().iter().rev().find_map(JournalEntry::as_request).unwrap().refresh_token.clone()
}

#[tokio::test]
async fn reuse_is_detected_on_every_route_that_takes_a_refresh_token() {
    for route in ROUTES {
        let (emulator, client, first, second) = rotated(0).await;
        let refused = if route.1 == "/v1/auth/try-refresh" { 200 } else { 401 };
        assert_eq!(call(&client, route, &first).await, refused, "{route:?}");
        let token = last_token(&emulator).unwrap();
        assert_eq!((token.status, token.revoked), (RefreshTokenStatus::Superseded, true), "{route:?}");
        assert_eq!((token.sign_in, token.number, token.issued), (Some(1), Some(1), None), "{route:?}");
        assert_eq!(client.me(&second).await.status, 401, "{route:?}");
        assert_eq!(last_token(&emulator).unwrap().status, RefreshTokenStatus::LoggedOut, "{route:?}");
        assert_eq!(call(&client, route, &first).await, refused, "{route:?}");
        assert!(!last_token(&emulator).unwrap().revoked, "a sign-in ends once");
        let counters = emulator.counters();
        assert_eq!((counters.reuses, counters.revocations, counters.logouts), (2, 1, 0), "{route:?}");
    }
}

#[tokio::test]
async fn a_superseded_token_is_accepted_on_every_route_within_the_grace() {
    for route in ROUTES {
        let (emulator, client, first, second) = rotated(60).await;
        assert_eq!(call(&client, route, &first).await, 200, "{route:?}");
        let token = last_token(&emulator).unwrap();
        assert_eq!((token.status, token.revoked), (RefreshTokenStatus::Grace, false), "{route:?}");
        assert_eq!(client.me(&second).await.status == 200, !route.1.contains("logout"), "{route:?}");
        emulator.advance_clock(60);
        call(&client, route, &first).await;
        assert_eq!(last_token(&emulator).unwrap().status, RefreshTokenStatus::Superseded, "{route:?}");
        assert_eq!((emulator.counters().grace_uses, emulator.counters().reuses), (1, 1), "{route:?}");
    }
}

#[tokio::test]
async fn an_exchange_within_the_grace_issues_a_token_of_its_own() {
    let (emulator, client, first, second) = rotated(60).await;
    let third = client.refresh(&first).await.string("refreshJwt");
    assert_eq!(last_token(&emulator).unwrap().issued.unwrap().number, Some(3));
    for token in [&second, &third] {
        assert_eq!(client.me(token).await.status, 200);
    }
}

#[tokio::test]
async fn the_grace_begins_with_the_first_exchange() {
    let (emulator, client, first, _) = rotated(60).await;
    emulator.advance_clock(59);
    assert_eq!(client.refresh(&first).await.status, 200);
    emulator.advance_clock(1);
    assert_eq!(client.refresh(&first).await.status, 401);
}

#[tokio::test]
async fn the_journal_distinguishes_tokens_without_showing_them() {
    let (emulator, client, first, second) = rotated(0).await;
    let third = client.select(&second, "acme").await.string("refreshJwt");
    let issued = last_token(&emulator).unwrap().issued.unwrap();
    assert_eq!((issued.tenant.as_deref(), issued.number), (Some("acme"), Some(3)));
    client.me(&third).await;
    assert_eq!(last_token(&emulator).unwrap().fingerprint, issued.fingerprint.unwrap());
    emulator.update_settings(|settings| settings.refresh_rotation = false).unwrap();
    client.refresh(&third).await;
    let again = last_token(&emulator).unwrap().issued.unwrap();
    assert_eq!((again.tenant.as_deref(), again.number, again.fingerprint), (Some("acme"), None, None));
    let journal = client.done("GET", "/requests", Value::Null).await.text;
    for token in [&first, &second, &third] {
        assert!(!journal.contains(token.rsplit('.').next().unwrap()));
    }

    emulator.reset();
    let stranger = emulator.sign_in("ada@example.com", None).unwrap();
    client.me(&first).await;
    let unknown = last_token(&emulator).unwrap();
    assert_eq!((unknown.status, unknown.sign_in, unknown.number), (RefreshTokenStatus::Unknown, None, None));
    client.me(&stranger.session_jwt).await;
    assert!(last_token(&emulator).is_none(), "no refresh token");
}

#[tokio::test]
async fn counters_outlive_the_journal_and_end_with_a_reset() {
    let (emulator, client, first, second) = rotated(60).await;
    client.refresh(&first).await;
    client.select(&second, "umbrella").await;
    client.select(&second, "nowhere").await;
    emulator.add_fault(tenant_select_emulator::Fault::status("/v1/auth/me", 503)).unwrap();
    client.me(&second).await;
    client.api("POST", "/v1/auth/logout", &second, Value::Null).await;
    emulator.clear_requests();
    let expected = json!({
        "signIns": 1, "refreshes": 2, "selections": 1, "graceUses": 1, "reuses": 0, "revocations": 0, "logouts": 1, "faults": 1,
    });
    assert_eq!(client.done("GET", "/counters", Value::Null).await.json(), expected);
    emulator.reset();
    assert_eq!(emulator.counters(), Counters::default());
}
