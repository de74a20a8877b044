//! Faults on HTTP/1.1, seen from the socket.

use std::io::ErrorKind;
use std::time::Duration;

use serde_json::{Value, json};
use tenant_select_emulator::{Emulator, Fault, FaultKind, JournalFilter, Options};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{PATIENCE, ada, with_ada};

/// A connection on which requests are written by hand.
struct Raw {
    stream: TcpStream,
    project_id: String,
}

impl Raw {
    async fn connect(emulator: &Emulator) -> Self {
        let stream = TcpStream::connect(emulator.address()).await.unwrap();
        Self { stream, project_id: emulator.project_id().to_owned() }
    }

    /// Requests the key set, which needs no sign-in.
    async fn request_keys(&mut self) {
        let request = format!("GET /v2/keys/{} HTTP/1.1\r\nhost: x\r\n\r\n", self.project_id);
        self.stream.write_all(request.as_bytes()).await.unwrap();
    }

    /// Everything until the connection ends, and how it ends.
    async fn rest(&mut self) -> (Vec<u8>, Result<(), ErrorKind>) {
        let mut bytes = Vec::new();
        let end = tokio::time::timeout(PATIENCE, self.stream.read_to_end(&mut bytes)).await.unwrap();
        (bytes, end.map(drop).map_err(|error| error.kind()))
    }

    /// One whole response with a content-length.
    async fn response(&mut self) -> String {
        let mut bytes = Vec::new();
        loop {
            assert!(self.stream.read_buf(&mut bytes).await.unwrap() > 0, "{}", String::from_utf8_lossy(&bytes));
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n")
                && content_length(head).is_some_and(|length| body.len() >= length)
            {
                return text;
            }
        }
    }
}

fn content_length(head: &str) -> Option<usize> {
    head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
}

async fn raw_with(fault: Value) -> (Emulator, Raw) {
    let emulator = Emulator::start(Options::default()).await.unwrap();
    let client = crate::support::Client::new(&emulator);
    client.done("POST", "/faults", fault).await;
    let raw = Raw::connect(&emulator).await;
    (emulator, raw)
}

fn keys_fault(kind: &str, more: Value) -> Value {
    let mut fault = json!({"path": "/v2/keys/*", "kind": kind});
    fault.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fault
}

#[tokio::test]
async fn status_responds_as_the_fault_says() {
    let (emulator, client, token) = with_ada().await;
    let fault = json!({
        "path": "/v1/auth/me", "kind": "status", "status": 503, "body": {"a": 1}, "times": 2,
        "headers": {"retry-after": "7", "set-cookie": ["a=1", "b=2"]},
    });
    client.done("POST", "/faults", fault).await;
    for _ in 0..2 {
        let reply = client.me(&token).await;
        assert_eq!((reply.status, reply.json()), (503, json!({"a": 1})));
        assert_eq!(reply.headers["retry-after"], "7");
        assert_eq!(reply.headers["content-type"], "application/json");
        assert_eq!(reply.cookies(), ["a=1", "b=2"]);
    }
    assert_eq!(client.me(&token).await.status, 200);

    let html = Fault::status("/v1/auth/me", 502).body("<html>").header("content-type", "text/html").skip(1);
    emulator.add_fault(html).unwrap();
    assert_eq!(client.me(&token).await.status, 200);
    let reply = client.me(&token).await;
    assert_eq!((reply.status, reply.text.as_str()), (502, "<html>"));
}

#[tokio::test]
async fn faults_are_listed_cleared_and_refused() {
    let (_emulator, client, token) = with_ada().await;
    client.done("POST", "/faults", json!({"path": "*", "kind": "close", "times": null})).await;
    let listed = client.done("GET", "/faults", Value::Null).await.json();
    assert_eq!(listed, json!([{"path": "*", "kind": "close", "times": null, "skip": 0}]));
    assert!(client.try_api("GET", "/v1/auth/me", &token, Value::Null).await.is_err());
    client.done("DELETE", "/faults", Value::Null).await;
    assert_eq!(client.me(&token).await.status, 200);
    let refused = client.control("POST", "/faults", json!({"path": "/x", "kind": "close", "status": 1})).await;
    assert_eq!(refused.status, 400);
    assert!(refused.string("error").contains("\"status\" means nothing"), "{}", refused.text);
}

#[tokio::test]
async fn delay_sends_the_normal_response_late() {
    let (emulator, client, token) = with_ada().await;
    emulator.add_fault(Fault::new("/v1/auth/me", FaultKind::Delay).delay(Duration::from_millis(60))).unwrap();
    let began = std::time::Instant::now();
    assert_eq!(client.me(&token).await.status, 200);
    assert!(began.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn reset_sends_a_tcp_reset_and_close_does_not() {
    for (kind, end) in [("reset", Err(ErrorKind::ConnectionReset)), ("close", Ok(()))] {
        let (_emulator, mut raw) = raw_with(keys_fault(kind, json!({}))).await;
        raw.request_keys().await;
        assert_eq!(raw.rest().await, (Vec::new(), end), "{kind}");
    }
}

#[tokio::test]
async fn truncate_announces_more_than_it_sends() {
    for (more, end) in [(json!({}), Ok(())), (json!({"reset": true}), Err(ErrorKind::ConnectionReset))] {
        let mut fault = keys_fault("truncate", json!({"afterBytes": 10}));
        fault.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (_emulator, mut raw) = raw_with(fault).await;
        raw.request_keys().await;
        let (bytes, ended) = raw.rest().await;
        assert_eq!(ended, end);
        if end.is_ok() {
            let text = String::from_utf8(bytes).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
            assert!(content_length(head).unwrap() > 300, "{head}");
            assert_eq!(body, "{\"keys\":[{");
        }
    }
}

#[tokio::test]
async fn truncate_cuts_a_chunked_body_before_its_end() {
    let (_emulator, mut raw) = raw_with(keys_fault("truncate", json!({"afterBytes": 10, "chunked": true}))).await;
    raw.request_keys().await;
    let text = String::from_utf8(raw.rest().await.0).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    assert_eq!(body, "A\r\n{\"keys\":[{\r\n");
}

#[tokio::test]
async fn garbage_is_sent_as_it_is() {
    for (more, expected) in [
        (json!({}), &b"\x00\xff\x00\xffthis is not HTTP\r\n\r\n"[..]),
        (json!({"body": "HTTP/1.1 200 OK\r\ncontent-le"}), b"HTTP/1.1 200 OK\r\ncontent-le"),
        (json!({"base64": "/wA="}), b"\xff\x00"),
    ] {
        let (_emulator, mut raw) = raw_with(keys_fault("garbage", more)).await;
        raw.request_keys().await;
        assert_eq!(raw.rest().await, (expected.to_vec(), Ok(())));
    }
}

#[tokio::test]
async fn stall_never_responds_or_never_ends() {
    let (emulator, mut raw) = raw_with(keys_fault("stall", json!({}))).await;
    raw.request_keys().await;
    assert!(emulator.wait_for(&JournalFilter::requests().responded(), PATIENCE).await);
    let mut byte = [0; 1];
    assert_eq!(raw.stream.try_read(&mut byte).unwrap_err().kind(), ErrorKind::WouldBlock);
    drop(raw);
    assert!(emulator.wait_for(&JournalFilter::disconnects(), PATIENCE).await);

    let (emulator, mut raw) = raw_with(keys_fault("stall", json!({"afterBytes": 10}))).await;
    raw.request_keys().await;
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"{\"keys\":[{") {
        assert!(raw.stream.read_buf(&mut bytes).await.unwrap() > 0);
    }
    drop(raw);
    assert!(emulator.wait_for(&JournalFilter::disconnects(), PATIENCE).await);
    let entries = emulator.requests();
    assert!(entries.last().unwrap().as_disconnect().unwrap().during_request, "{entries:?}");
}

#[tokio::test]
async fn slow_sends_the_whole_body_in_pieces() {
    let (_emulator, mut raw) = raw_with(keys_fault("slow", json!({"chunkBytes": 100, "intervalMs": 5}))).await;
    raw.request_keys().await;
    let response = raw.response().await;
    let body = response.split_once("\r\n\r\n").unwrap().1;
    assert!(serde_json::from_str::<Value>(body).unwrap()["keys"].is_array());
}

#[tokio::test]
async fn close_idle_sends_the_response_and_then_closes() {
    for (reset, end) in [(false, Ok(())), (true, Err(ErrorKind::ConnectionReset))] {
        let (_emulator, mut raw) = raw_with(keys_fault("close_idle", json!({"reset": reset}))).await;
        raw.request_keys().await;
        if reset {
            // A reset may overtake the response in the client's buffer.
            assert_eq!(raw.rest().await.1, end);
            continue;
        }
        let (bytes, ended) = raw.rest().await;
        assert_eq!(ended, end);
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("connection: close"), "{head}");
        assert_eq!(content_length(head), Some(body.len()));
    }
}

#[tokio::test]
async fn close_on_next_ends_the_connection_at_the_next_request() {
    for (reset, end) in [(false, Ok(())), (true, Err(ErrorKind::ConnectionReset))] {
        let (emulator, mut raw) = raw_with(keys_fault("close_on_next", json!({"reset": reset}))).await;
        raw.request_keys().await;
        raw.response().await;
        raw.request_keys().await;
        assert_eq!(raw.rest().await, (Vec::new(), end));
        assert_eq!(emulator.requests().len(), 1, "the second request was not looked at");
    }
}

#[tokio::test]
async fn http2_faults_end_http1_connections() {
    for kind in ["goaway", "refused_stream"] {
        let (_emulator, mut raw) = raw_with(keys_fault(kind, json!({}))).await;
        raw.request_keys().await;
        assert_eq!(raw.rest().await, (Vec::new(), Ok(())), "{kind}");
    }
    let (_emulator, mut raw) = raw_with(keys_fault("goaway_graceful", json!({}))).await;
    raw.request_keys().await;
    assert!(raw.rest().await.0.starts_with(b"HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn a_call_is_carried_out_only_where_the_fault_says_so() {
    for (fault, selections) in [
        (Fault::new("/v1/auth/tenant/select", FaultKind::Reset), 0),
        (Fault::new("/v1/auth/tenant/select", FaultKind::Reset).applied(), 1),
        (Fault::status("/v1/auth/tenant/select", 500), 0),
        (Fault::status("/v1/auth/tenant/select", 500).applied(), 1),
        (Fault::new("/v1/auth/tenant/select", FaultKind::Truncate).after_bytes(5), 1),
    ] {
        let (emulator, client, token) = with_ada().await;
        emulator.add_fault(fault.clone()).unwrap();
        drop(client.try_api("POST", "/v1/auth/tenant/select", &token, json!({"tenant": "acme"})).await);
        let history = client.api("GET", "/v1/auth/me/history", &token, Value::Null).await.json();
        assert_eq!(history.as_array().unwrap().len(), 1 + selections, "{fault:?}");
    }
}

#[tokio::test]
async fn a_fault_can_apply_to_a_connection_before_its_first_request() {
    for (kind, expected) in [
        (FaultKind::Reset, Some((&b""[..], Err(ErrorKind::ConnectionReset)))),
        (FaultKind::Close, Some((b"", Ok(())))),
        (FaultKind::Garbage, Some((b"\x00\xff\x00\xffthis is not HTTP\r\n\r\n", Ok(())))),
        (FaultKind::Stall, None),
    ] {
        let emulator = Emulator::start(Options::default()).await.unwrap();
        emulator.add_fault(Fault::on_connection(kind)).unwrap();
        let mut raw = Raw::connect(&emulator).await;
        match expected {
            Some((bytes, end)) => assert_eq!(raw.rest().await, (bytes.to_vec(), end), "{kind:?}"),
            None => raw.request_keys().await,
        }
        assert!(emulator.requests().is_empty(), "{kind:?}");
        let mut next = Raw::connect(&emulator).await;
        next.request_keys().await;
        assert!(next.response().await.starts_with("HTTP/1.1 200"), "{kind:?}: the next one is spared");
        if expected.is_none() {
            assert_eq!(raw.stream.try_read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
        }
    }
}

#[tokio::test]
async fn the_journal_names_the_fault() {
    let emulator = Emulator::start(Options::default().user(ada())).await.unwrap();
    emulator.add_fault(Fault::new("/v2/keys/*", FaultKind::RefusedStream)).unwrap();
    let mut raw = Raw::connect(&emulator).await;
    raw.request_keys().await;
    assert_eq!(raw.rest().await, (Vec::new(), Ok(())));
    let entries = emulator.requests();
    let request = entries[0].as_request().unwrap();
    assert_eq!((request.fault.as_deref(), request.status), (Some("refused_stream"), None));
    assert_eq!(entries.len(), 1, "the emulator ended the connection, not the client: {entries:?}");
}
