//! Delayed responses, and faults that apply to a share of the requests.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenant_select_emulator::{Fault, JournalFilter};

use crate::support::{PATIENCE, with_ada};

#[tokio::test]
async fn every_response_of_the_api_is_delayed() {
    let (_emulator, client, token) = with_ada().await;
    client.done("PATCH", "/settings", json!({"delayMs": 100})).await;
    for path in ["/v1/auth/me".to_owned(), format!("/v2/keys/{}", client.project_id), "/v1/nowhere".to_owned()] {
        let begun = Instant::now();
        client.api("GET", &path, &token, Value::Null).await;
        assert!(begun.elapsed() >= Duration::from_millis(100), "{path}");
    }
    client.done("PATCH", "/settings", json!({"delayMs": 60_000})).await;
    let begun = Instant::now();
    client.done("GET", "/settings", Value::Null).await;
    assert!(begun.elapsed() < PATIENCE, "control calls are not delayed");
}

#[tokio::test]
async fn a_delayed_call_is_carried_out_at_once_when_its_client_disconnects() {
    let (emulator, client, token) = with_ada().await;
    client.done("PATCH", "/settings", json!({"delayMs": 60_000, "refreshRotation": true})).await;
    let abandoned = tokio::spawn({
        let (client, token) = (client.clone(), token.clone());
        async move { client.refresh(&token).await.status }
    });
    let arrived = JournalFilter::requests().path("/v1/auth/refresh");
    assert!(emulator.wait_for(&arrived, PATIENCE).await);
    let counted = async {
        while emulator.counters().refreshes == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, counted).await.unwrap();
    abandoned.abort();
    assert!(emulator.wait_for(&JournalFilter::disconnects(), PATIENCE).await);
    let entries = emulator.requests();
    let request = entries.first().and_then(|entry| entry.as_request()).unwrap();
    assert_eq!(request.status, None, "no response was delivered");
    assert_eq!(request.refresh_token.as_ref().unwrap().issued.as_ref().unwrap().number, Some(2));
    client.done("PATCH", "/settings", json!({"delayMs": 0})).await;
    assert_eq!(client.refresh(&token).await.status, 401, "superseded");
}

#[tokio::test]
async fn jitter_makes_responses_overtake_each_other() {
    let (emulator, client, token) = with_ada().await;
    client.done("PATCH", "/settings", json!({"delayJitterMs": 200})).await;
    let mut calls = tokio::task::JoinSet::new();
    let begun = Instant::now();
    for _ in 0..20 {
        let (client, token) = (client.clone(), token.clone());
        calls.spawn(async move { (client.me(&token).await.status, begun.elapsed()) });
    }
    let results = calls.join_all().await;
    assert!(results.iter().all(|(status, _)| *status == 200));
    let slowest = results.iter().map(|(_, time)| *time).max().unwrap();
    assert!(slowest >= Duration::from_millis(100), "{slowest:?}");
    assert_eq!(emulator.requests().len(), 20);
}

#[tokio::test]
async fn a_share_of_the_calls_fails_before_it_is_carried_out() {
    let (emulator, client, token) = with_ada().await;
    emulator.update_settings(|settings| settings.refresh_rotation = true).unwrap();
    emulator.add_fault(Fault::status("/v1/auth/*", 503).probability(0.2, 7).forever()).unwrap();
    let (mut token, mut failed) = (token, 0);
    for _ in 0..50 {
        let reply = client.refresh(&token).await;
        match reply.status {
            200 => token = reply.string("refreshJwt"),
            status => {
                assert_eq!(status, 503);
                failed += 1;
            }
        }
    }
    assert!((3..=20).contains(&failed), "{failed}");
    let counters = emulator.counters();
    assert_eq!((counters.faults, counters.refreshes, counters.reuses), (failed, 50 - failed, 0));
}
