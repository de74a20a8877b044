//! A timer that is late, as after a stopped process: the call reads the response that came before its deadline.
#![allow(clippy::unwrap_used)]

use std::sync::mpsc::channel;
use std::time::Duration;

use tenant_select::CallOptions;
use tenant_select_emulator::{Fault, FaultKind};
use tenant_select_tests::fixture::{Fixture, SELECT};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

const ME: &str = "/v1/auth/me";
const TIMEOUT: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_response_in_time_is_read_when_the_deadline_timer_is_late() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    // The runtime that is blocked; the emulator runs on that of the test.
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let token = fixture.refresh_jwt.clone();
    let first = client.clone();
    // With the keys at hand and a connection open, all that is left to do is to read.
    runtime.spawn(async move { first.select_tenant("acme", &token).await }).await.unwrap().unwrap();

    fixture.fault(Fault::new(SELECT, FaultKind::Delay).delay(Duration::from_millis(200))).unwrap();
    fixture.fault(Fault::new(ME, FaultKind::Delay).delay(Duration::from_millis(200))).unwrap();
    let (client, token) = (client.with(CallOptions::new().timeout(TIMEOUT).retries(0)), fixture.refresh_jwt.clone());
    let (reading, its_token) = (client.clone(), token.clone());
    let exchange = runtime.spawn(async move { client.select_tenant("globex", &token).await });
    let read = runtime.spawn(async move { reading.me(&its_token).await });
    fixture.until_arrived(SELECT, 2).await.unwrap();
    fixture.until_arrived(ME, 1).await.unwrap();
    let deadline = Instant::now() + TIMEOUT;

    let (release, released) = channel::<()>();
    let (tell, told) = oneshot::channel();
    runtime.spawn(async move {
        let _ = tell.send(());
        let _ = released.recv();
    });
    told.await.unwrap();
    sleep_until(deadline + Duration::from_millis(100)).await;
    drop(release);

    let response = exchange.await.unwrap().unwrap();
    assert_eq!(response.session().unwrap().active_tenant().unwrap().tenant_id(), "globex");
    assert!(read.await.unwrap().unwrap().user_id.is_some());
    runtime.shutdown_background();
}
