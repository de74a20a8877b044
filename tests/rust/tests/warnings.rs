//! What a client reports that is wrong around it without failing its calls.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tenant_select::{Client, Warning};
use tenant_select_emulator::Fault;
use tenant_select_tests::fixture::{Fixture, SELECT};

const ME: &str = "/v1/auth/me";

/// A client, and what it has reported.
fn observed(fixture: &Fixture, leeway: u64) -> (Client, Arc<Mutex<Vec<Warning>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let observer = Arc::clone(&told);
    let builder = fixture.builder().leeway(Duration::from_secs(leeway));
    let client = builder.on_warning(move |warning| observer.lock().unwrap().push(warning.clone())).build().unwrap();
    (client, told)
}

fn date(offset: i64) -> String {
    let (now, by) = (SystemTime::now(), Duration::from_secs(offset.unsigned_abs()));
    httpdate::fmt_http_date(if offset < 0 { now - by } else { now + by })
}

/// The only warning, as a number of seconds.
fn skew(told: &Mutex<Vec<Warning>>) -> i64 {
    match told.lock().unwrap().as_slice() {
        [Warning::ClockSkew { seconds }] => *seconds,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_clock_skew_above_the_leeway_is_reported_once_per_client() {
    let fixture = Fixture::start().await.unwrap();
    for offset in [600, -600] {
        let (client, told) = observed(&fixture, 60);
        for _ in 0..3 {
            fixture.fault(Fault::status(ME, 404).header("date", date(offset))).unwrap();
            client.me(&fixture.refresh_jwt).await.unwrap_err();
        }
        assert!((skew(&told) - offset).abs() <= 30, "{told:?}");
        let renewed = client.renewed();
        fixture.fault(Fault::status(ME, 404).header("date", date(offset))).unwrap();
        renewed.me(&fixture.refresh_jwt).await.unwrap_err();
        assert_eq!(told.lock().unwrap().len(), 2, "a renewed client is a client of its own");
    }
}

#[tokio::test]
async fn the_first_skew_above_the_leeway_is_reported_whatever_came_before() {
    let fixture = Fixture::start().await.unwrap();
    let (client, told) = observed(&fixture, 300);
    fixture.fault(Fault::status(ME, 404).header("date", date(200))).unwrap();
    client.me(&fixture.refresh_jwt).await.unwrap_err();
    client.select_tenant("acme", &fixture.refresh_jwt).await.unwrap();
    assert!(told.lock().unwrap().is_empty());
    fixture.fault(Fault::status(SELECT, 503).header("date", date(-3600))).unwrap();
    client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
    assert!((skew(&told) + 3600).abs() <= 30);
}

#[tokio::test]
async fn the_key_fetch_counts_as_a_response() {
    let fixture = Fixture::start().await.unwrap();
    let (client, told) = observed(&fixture, 5);
    let keys = format!("/v2/keys/{}", fixture.emulator.project_id());
    fixture.fault(Fault::status(keys, 404).header("date", date(900))).unwrap();
    client.validate_session(&fixture.session_jwt, None).await.unwrap_err();
    assert!((skew(&told) - 900).abs() <= 30);
}

#[tokio::test]
async fn the_resolution_of_the_header_is_no_skew() {
    let fixture = Fixture::start().await.unwrap();
    let (client, told) = observed(&fixture, 0);
    fixture.fault(Fault::status(ME, 404).header("date", date(1))).unwrap();
    client.me(&fixture.refresh_jwt).await.unwrap_err();
    assert!(told.lock().unwrap().is_empty(), "{told:?}");
}
