//! Redis is gone, slow, full, empty, tampered with or refuses: no call fails because of it, and none waits long.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tenant_select::{Client, RefreshOptions, Warning};
use tenant_select_emulator::{Fault, FaultKind};
use tenant_select_tests::fixture::{Fixture, SELECT};
use tenant_select_tests::redis::{self, Redis};
use tokio::net::TcpListener;

type Told = Arc<Mutex<Vec<Warning>>>;

/// A client, and what it has reported.
fn observed(fixture: &Fixture, url: &str) -> (Client, Told) {
    let told = Told::default();
    let observer = Arc::clone(&told);
    let builder = fixture.builder().shared_state(url);
    let client = builder.on_warning(move |warning| observer.lock().unwrap().push(warning.clone())).build().unwrap();
    (client, told)
}

/// The only reason that was reported.
fn reason(told: &Told) -> String {
    match told.lock().unwrap().as_slice() {
        [Warning::SharedStateUnavailable { reason }] => reason.clone(),
        other => unreachable!("{other:?}"),
    }
}

/// Ten refreshes in a row go well, each with the token of the last; what is reported of Redis, once.
async fn goes_on_alone(fixture: &Fixture, url: &str) -> String {
    let (client, told) = observed(fixture, url);
    let mut token = fixture.refresh_jwt.clone();
    for _ in 0..10 {
        let response = client.refresh_session(&token, RefreshOptions::new()).await.unwrap();
        token = response.refresh_jwt.clone().unwrap();
        client.me(&token).await.unwrap();
    }
    let counted = client.diagnostics();
    assert!(counted.shared_state_failures > 0 && counted.unordered_exchanges > 0, "{counted:?}");
    let counters = fixture.emulator.counters();
    assert_eq!((counters.reuses, counters.revocations), (0, 0));
    let reason = reason(&told);
    for secret in ["hunter2", "app-user", "127.0.0.1", "localhost"] {
        assert!(!format!("{reason} {client:?} {told:?}").contains(&format!("redis://{secret}")), "{reason}");
        assert!(!reason.contains(secret), "{reason}");
    }
    reason
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_left_alone() {
    let fixture = Fixture::rotating().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://app-user:hunter2@{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(goes_on_alone(&fixture, &url).await, "no connection could be made");
}

#[tokio::test]
async fn a_redis_that_never_responds_is_left_alone() {
    let fixture = Fixture::rotating().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let began = Instant::now();
    assert_eq!(goes_on_alone(&fixture, &url).await, "no response within 100 ms");
    assert!(began.elapsed() < Duration::from_secs(10), "twenty calls do not wait for each command");
}

#[tokio::test]
async fn a_wrong_password_is_reported() {
    if !redis::is_there() {
        return;
    }
    let redis = Redis::with(&["--requirepass", "right"]).await.unwrap();
    for credentials in ["", ":hunter2@", "app-user:hunter2@"] {
        let fixture = Fixture::rotating().await.unwrap();
        let url = format!("redis://{credentials}127.0.0.1:{}", redis.port());
        assert_eq!(goes_on_alone(&fixture, &url).await, "the user name or the password is wrong");
    }
}

/// The clients of two processes, as in `shared_state.rs`.
fn two(fixture: &Fixture, redis: &Redis) -> [(Client, Told); 2] {
    ["127.0.0.1", "localhost"].map(|host| observed(fixture, &redis.url(host)))
}

/// Both processes use Redis.
async fn both_use(clients: &[(Client, Told); 2], fixture: &Fixture) {
    for (client, told) in clients {
        client.me(&fixture.refresh_jwt).await.unwrap();
        assert!(told.lock().unwrap().is_empty());
    }
}

/// Calls until an exchange has its lock again.
async fn comes_back(client: &Client, fixture: &Fixture) {
    let mut token = fixture.refresh_jwt.clone();
    loop {
        let before = client.diagnostics().unordered_exchanges;
        token = client.refresh_session(&token, RefreshOptions::new()).await.unwrap().refresh_jwt.clone().unwrap();
        if client.diagnostics().unordered_exchanges == before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_redis_that_is_killed_is_used_again_when_it_is_back_and_empty() {
    if !redis::is_there() {
        return;
    }
    let (fixture, mut redis) = (Fixture::rotating().await.unwrap(), Redis::start().await.unwrap());
    let clients = two(&fixture, &redis);
    both_use(&clients, &fixture).await;
    redis.kill().unwrap();
    clients[0].0.me(&fixture.refresh_jwt).await.unwrap();
    assert_eq!(reason(&clients[0].1), "no connection could be made");
    redis.restart().await.unwrap();
    comes_back(&clients[0].0, &fixture).await;
    assert_eq!(fixture.emulator.counters().revocations, 0);
}

#[tokio::test]
async fn a_restart_between_two_calls_is_not_noticed() {
    if !redis::is_there() {
        return;
    }
    let (fixture, mut redis) = (Fixture::rotating().await.unwrap(), Redis::start().await.unwrap());
    let clients = two(&fixture, &redis);
    both_use(&clients, &fixture).await;
    // The end of a read is told to Redis after the read.
    while !redis.keys().await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    redis.kill().unwrap();
    redis.restart().await.unwrap();
    both_use(&clients, &fixture).await;
    assert_eq!(clients[0].0.diagnostics().shared_state_failures, 0);
}

#[tokio::test]
async fn a_redis_that_is_paused_holds_no_call_up() {
    if !redis::is_there() {
        return;
    }
    let (fixture, redis) = (Fixture::rotating().await.unwrap(), Redis::start().await.unwrap());
    let clients = two(&fixture, &redis);
    both_use(&clients, &fixture).await;
    redis.pause(Duration::from_millis(1500)).await.unwrap();
    let (client, told) = &clients[0];
    let mut token = fixture.refresh_jwt.clone();
    for _ in 0..5 {
        token = client.refresh_session(&token, RefreshOptions::new()).await.unwrap().refresh_jwt.clone().unwrap();
    }
    assert_eq!(reason(told), "no response within 100 ms");
    assert!(client.diagnostics().unordered_exchanges > 0);
    assert_eq!(fixture.emulator.counters().revocations, 0);
    // What was begun meanwhile holds no lock.
    while !redis.named(true).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_full_redis_is_left_alone() {
    if !redis::is_there() {
        return;
    }
    let fixture = Fixture::rotating().await.unwrap();
    let redis = Redis::with(&["--maxmemory", "1", "--maxmemory-policy", "noeviction"]).await.unwrap();
    assert_eq!(goes_on_alone(&fixture, &redis.url("127.0.0.1")).await, "it is full (maxmemory)");
}

#[tokio::test]
async fn a_user_without_permission_is_reported() {
    if !redis::is_there() {
        return;
    }
    let fixture = Fixture::rotating().await.unwrap();
    let redis = Redis::with(&["--user", "app-user", "on", ">hunter2", "~*", "+ping"]).await.unwrap();
    let url = format!("redis://app-user:hunter2@127.0.0.1:{}", redis.port());
    assert_eq!(goes_on_alone(&fixture, &url).await, "the user may not run the commands");
}

#[tokio::test]
async fn the_recommended_user_may_run_every_command() {
    if !redis::is_there() {
        return;
    }
    let fixture = Fixture::rotating().await.unwrap();
    let user = "--user app-user on >hunter2 resetchannels ~tenant-select:1:* +eval +get +set +del +pttl +pexpire +zadd +zrem +zcount +time +select";
    let redis = Redis::with(&user.split(' ').collect::<Vec<_>>()).await.unwrap();
    let (client, told) = observed(&fixture, &format!("redis://app-user:hunter2@127.0.0.1:{}/2", redis.port()));
    client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    client.me(&fixture.refresh_jwt).await.unwrap();
    client.logout(&fixture.refresh_jwt).await.unwrap();
    assert!(told.lock().unwrap().is_empty(), "{told:?}");
}

#[tokio::test]
async fn a_redis_without_tls_is_refused_where_tls_is_wanted() {
    if !redis::is_there() {
        return;
    }
    let (fixture, redis) = (Fixture::rotating().await.unwrap(), Redis::start().await.unwrap());
    let url = format!("rediss://127.0.0.1:{}", redis.port());
    let reason = goes_on_alone(&fixture, &url).await;
    assert!(["the TLS handshake failed", "no connection within 100 ms"].contains(&reason.as_str()), "{reason}");
}

#[tokio::test]
async fn the_certificate_of_ca_file_is_trusted() {
    if !redis::is_there() {
        return;
    }
    let fixture = Fixture::rotating().await.unwrap();
    let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = std::env::temp_dir().join(format!("tenant-select-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    let (certificate, private) = (file("cert.pem", &key.cert.pem()), file("key.pem", &key.signing_key.serialize_pem()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    drop(listener);
    let options =
        ["--tls-port", &port, "--tls-cert-file", &certificate, "--tls-key-file", &private, "--tls-auth-clients", "no"];
    let _redis = Redis::with(&options).await.unwrap();
    let url = format!("rediss://localhost:{port}");
    let trusting = fixture.builder().shared_state(&url).ca_file(&certificate).build().unwrap();
    comes_back(&trusting, &fixture).await;
    let fixture = Fixture::rotating().await.unwrap();
    assert_eq!(goes_on_alone(&fixture, &url).await, "the TLS handshake failed");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn the_lock_of_a_process_that_died_expires() {
    if !redis::is_there() {
        return;
    }
    let (fixture, redis) = (Fixture::rotating().await.unwrap(), Redis::start().await.unwrap());
    let short = |host| fixture.builder().timeout(Duration::from_secs(1)).shared_state(redis.url(host)).build().unwrap();
    let (dying, other) = (short("127.0.0.1"), fixture.builder().shared_state(redis.url("localhost")).build().unwrap());
    // A service that never responds holds the exchange up, and its process dies in the middle.
    fixture.fault(Fault::new(SELECT, FaultKind::Stall)).unwrap();
    let token = fixture.refresh_jwt.clone();
    let process = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.spawn(async move { dying.select_tenant("globex", &token).await.map(drop) });
        runtime.block_on(async { tokio::time::sleep(Duration::from_millis(300)).await });
        // Its tasks go without another turn.
        runtime.shutdown_background();
    });
    fixture.until_arrived(SELECT, 1).await.unwrap();
    process.join().unwrap();
    assert_eq!(redis.named(true).await.unwrap().len(), 1);
    other.refresh_session(&fixture.refresh_jwt, RefreshOptions::new()).await.unwrap();
    let counters = fixture.emulator.counters();
    assert_eq!((counters.reuses, counters.revocations), (0, 0));
}

#[tokio::test]
async fn an_exchange_that_lost_its_lock_is_counted() {
    if !redis::is_there() {
        return;
    }
    let (fixture, redis) = (Fixture::rotating().await.unwrap(), Redis::start().await.unwrap());
    let [(client, _), (other, _)] = two(&fixture, &redis);
    fixture.emulator.update_settings(|settings| settings.delay_ms = 300).unwrap();
    let token = fixture.refresh_jwt.clone();
    let task = tokio::spawn({
        let (client, token) = (client.clone(), token.clone());
        async move { client.select_tenant("globex", &token).await }
    });
    fixture.until_arrived(SELECT, 1).await.unwrap();
    redis.command(&["FLUSHALL"]).await.unwrap();
    task.await.unwrap().unwrap();
    assert_eq!(client.diagnostics().unordered_exchanges, 1);
    assert!(other.select_tenant("globex", &token).await.unwrap().reused(), "it is stored all the same");
}

#[tokio::test]
async fn records_that_were_changed_or_moved_are_passed_over() {
    if !redis::is_there() {
        return;
    }
    let (fixture, redis) = (Fixture::rotating().await.unwrap(), Redis::start().await.unwrap());
    let [(client, told), (other, _)] = two(&fixture, &redis);
    let first = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    let newest = first.refresh_jwt.clone().unwrap();
    client.select_tenant("acme", &newest).await.unwrap();
    let mut names = redis.named(false).await.unwrap();
    assert_eq!(names.len(), 2);
    let value = redis.bytes(&[b"GET", names[0].as_bytes()]).await.unwrap();
    let start = value.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let sealed = &value[start..value.len() - 2];
    // The record of one token under the name of the other.
    redis.bytes(&[b"SET", names[1].as_bytes(), sealed]).await.unwrap();
    let mut changed = sealed.to_vec();
    *changed.last_mut().unwrap() ^= 1;
    redis.bytes(&[b"SET", names.remove(0).as_bytes(), &changed]).await.unwrap();
    // It knows nothing of its token then, as after a restart of Redis; the service refuses the token.
    let error = other.select_tenant("acme", &fixture.refresh_jwt).await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert!(told.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_record_that_redis_kept_too_long_is_passed_over() {
    if !redis::is_there() {
        return;
    }
    let (fixture, redis) = (Fixture::rotating().await.unwrap(), Redis::start().await.unwrap());
    let client = |host| {
        let builder = fixture.builder().rotation_grace(Duration::from_secs(1)).leeway(Duration::ZERO);
        builder.shared_state(redis.url(host)).build().unwrap()
    };
    let (one, other) = (client("127.0.0.1"), client("localhost"));
    one.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    for name in redis.named(false).await.unwrap() {
        redis.command(&["PERSIST", &name]).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let error = other.select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
    assert_eq!(error.status(), Some(401));
}
