//! A panic in an observer of the application costs no call its result, and leaves the client usable.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tenant_select::{CallOptions, RefreshJwt};
use tenant_select_emulator::Fault;
use tenant_select_tests::fixture::{Fixture, SELECT, all_at_once};

const ME: &str = "/v1/auth/me";

/// Counts how often it was called, and panics each time.
fn panicking<E>(calls: &Arc<AtomicU32>) -> impl Fn(&E) + Send + Sync + 'static + use<E> {
    let calls = Arc::clone(calls);
    move |_| {
        calls.fetch_add(1, Ordering::Relaxed);
        panic!("an observer's fault");
    }
}

#[tokio::test]
async fn a_call_whose_observers_panic_gives_its_result() {
    let fixture = Fixture::rotating().await.unwrap();
    let [retries, responses, warnings, switches] = [(); 4].map(|()| Arc::new(AtomicU32::new(0)));
    let builder = fixture.builder().on_warning(panicking(&warnings)).on_switch(panicking(&switches));
    let client = builder.build().unwrap();
    let observed = client.with(CallOptions::new().on_retry(panicking(&retries)).on_response(panicking(&responses)));

    // A clock that is off is a warning.
    fixture.fault(Fault::status(ME, 503).header("date", "Thu, 01 Jan 2015 00:00:00 GMT")).unwrap();
    observed.me(&fixture.refresh_jwt).await.unwrap();
    let switched = observed.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    let counts = [&retries, &responses, &warnings, &switches].map(|calls| calls.load(Ordering::Relaxed));
    assert_eq!(counts, [1, 2, 1, 1]);

    // The rotation grace knows what succeeded the token, and no place of an exchange is still taken.
    let newest = switched.refresh_jwt.clone().unwrap();
    assert_ne!(newest.expose(), fixture.refresh_jwt.expose());
    client.select_tenant("acme", &newest).await.unwrap();
    client.me(&fixture.refresh_jwt).await.unwrap();
}

#[tokio::test]
async fn all_callers_of_one_exchange_get_its_result_when_an_observer_panics() {
    let fixture = Fixture::rotating().await.unwrap();
    let calls = Arc::new(AtomicU32::new(0));
    let client = fixture.builder().on_switch(panicking(&calls)).build().unwrap();
    let observed = client.with(CallOptions::new().on_response(panicking(&calls)));
    let results = all_at_once((0..25).map(|_| {
        let (client, token) = (observed.clone(), RefreshJwt::new(fixture.refresh_jwt.expose()));
        async move { client.select_tenant("globex", &token).await }
    }))
    .await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(fixture.arrived(SELECT).len(), 1);
    assert!(calls.load(Ordering::Relaxed) >= 2);
}
