//! The journal and waiting for it.

use std::time::Duration;

use serde_json::{Value, json};
use tenant_select_emulator::{Fault, FaultKind, JournalFilter};
use tokio::io::AsyncWriteExt as _;

use crate::support::{PATIENCE, with_ada};

#[tokio::test]
async fn the_journal_contains_no_token() {
    let (emulator, client, token) = with_ada().await;
    let request = client.api_request(
        "POST",
        "/v1/auth/tenant/select",
        &format!("{token}:K2secret"),
        &json!({"tenant": "acme", "a": token}),
    );
    let request =
        request.header("cookie", format!("DSR={token}; other=secret")).header("x-twice", "1").header("x-twice", "2");
    assert_eq!(client.send(request).await.unwrap().status, 200);
    client.api("GET", "/v1/auth/refresh?externalToken=secret&a=b", &token, Value::Null).await;

    let text = client.done("GET", "/requests", Value::Null).await.text;
    for secret in [token.as_str(), token.rsplit('.').next().unwrap(), "secret"] {
        assert!(!text.contains(secret));
    }
    let entries = emulator.requests();
    let [first, second] = [0, 1].map(|place| entries[place].as_request().unwrap());
    assert_eq!((first.method.as_str(), first.path.as_str()), ("POST", "/v1/auth/tenant/select"));
    assert_eq!((first.status, first.protocol.as_str()), (Some(200), "HTTP/1.1"));
    assert_eq!(first.body_keys.as_deref(), Some(&["a".to_owned(), "tenant".to_owned()][..]));
    assert_eq!(first.headers["x-twice"], "1, 2");
    assert_eq!(first.headers["cookie"], "DSR; other (withheld)");
    assert_eq!(first.headers["authorization"], "Bearer (withheld)");
    let authorization = first.authorization.as_ref().unwrap();
    assert_eq!((authorization.parts, authorization.fingerprint.len()), (3, 8));
    assert_ne!(authorization.fingerprint, second.authorization.as_ref().unwrap().fingerprint);
    assert_eq!(second.query["a"], "b");
    assert_eq!((second.body_keys.as_ref(), second.connection), (None, first.connection), "kept alive");
    assert!(first.time.ends_with('Z') && first.sequence == 1 && second.sequence == 2);

    client.done("DELETE", "/requests", Value::Null).await;
    assert!(emulator.requests().is_empty(), "control calls are not written down");
}

#[tokio::test]
async fn a_disconnect_during_a_request_appears_at_once() {
    let (emulator, client, token) = with_ada().await;
    emulator.add_fault(Fault::new("/v1/auth/me", FaultKind::Stall)).unwrap();
    let abandoned = tokio::spawn({
        let client = client.clone();
        async move { client.me(&token).await.status }
    });
    assert!(emulator.wait_for(&JournalFilter::requests().path("/v1/auth/me"), PATIENCE).await);
    abandoned.abort();
    let reply = client.done("GET", "/requests?waitFor=disconnect&timeoutMs=20000", Value::Null).await.json();
    let [request, disconnect] = [&reply[0], &reply[1]];
    assert_eq!((&disconnect["event"], &disconnect["duringRequest"]), (&json!("disconnect"), &json!(true)));
    assert_eq!(disconnect["connection"], request["connection"]);
}

#[tokio::test]
async fn a_disconnect_between_requests_is_marked_so() {
    let (emulator, client, token) = with_ada().await;
    assert_eq!(client.me(&token).await.status, 200);
    drop(client);
    assert!(emulator.wait_for(&JournalFilter::disconnects(), PATIENCE).await);
    assert!(!emulator.requests()[1].as_disconnect().unwrap().during_request);
}

#[tokio::test]
async fn an_incomplete_request_appears_in_the_journal() {
    let (emulator, _client, _) = with_ada().await;
    let mut stream = tokio::net::TcpStream::connect(emulator.address()).await.unwrap();
    let half = "POST /v1/auth/refresh HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{";
    stream.write_all(half.as_bytes()).await.unwrap();
    assert!(emulator.wait_for(&JournalFilter::requests(), PATIENCE).await);
    drop(stream);
    assert!(emulator.wait_for(&JournalFilter::disconnects(), PATIENCE).await);
    let entries = emulator.requests();
    assert_eq!(entries[0].as_request().unwrap().body_keys, None);
    assert!(entries[1].as_disconnect().unwrap().during_request);
}

#[tokio::test]
async fn waiting_counts_filters_and_times_out() {
    let (emulator, client, token) = with_ada().await;
    let waiting = tokio::spawn({
        let client = client.clone();
        async move {
            client
                .control("GET", "/requests?waitFor=response&path=/v1/auth/me&count=2&timeoutMs=20000", Value::Null)
                .await
        }
    });
    for _ in 0..2 {
        client.refresh(&token).await;
        client.me(&token).await;
    }
    let reply = waiting.await.unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json().as_array().unwrap().len(), 4);

    let late = client.control("GET", "/requests?waitFor=request&after=4&timeoutMs=10", Value::Null).await;
    assert_eq!(late.status, 504);
    assert!(late.string("error").contains("did not happen in time"));
    assert!(!emulator.wait_for(&JournalFilter::requests().after(4), Duration::from_millis(10)).await);
    for query in ["waitFor=x", "count=1", "waitFor=request&count=x", "waitFor=request&y=1"] {
        assert_eq!(client.control("GET", &format!("/requests?{query}"), Value::Null).await.status, 400, "{query}");
    }
}
