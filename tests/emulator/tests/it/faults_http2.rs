//! Faults on HTTP/2, seen frame by frame.

use bytes::Bytes;
use h2::Reason;
use h2::client::SendRequest;
use http::Request;
use tenant_select_emulator::{Emulator, Fault, FaultKind, JournalFilter, Options};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::support::PATIENCE;

type Connection = JoinHandle<Result<(), h2::Error>>;

/// An HTTP/2 connection with prior knowledge.
async fn connect() -> (Emulator, SendRequest<Bytes>, Connection) {
    let emulator = Emulator::start(Options::default()).await.unwrap();
    let stream = TcpStream::connect(emulator.address()).await.unwrap();
    let (requests, connection) = h2::client::handshake(stream).await.unwrap();
    (emulator, requests, tokio::spawn(connection))
}

/// Requests the key set; `query` tells requests apart.
async fn request_keys(emulator: &Emulator, requests: &mut SendRequest<Bytes>) -> Result<(u16, Vec<u8>), h2::Error> {
    begin(emulator, requests).await?.finish().await
}

struct Begun(h2::client::ResponseFuture);

async fn begin(emulator: &Emulator, requests: &mut SendRequest<Bytes>) -> Result<Begun, h2::Error> {
    let mut ready = requests.clone().ready().await?;
    let uri = format!("{}/v2/keys/{}", emulator.url(), emulator.project_id());
    Ok(Begun(ready.send_request(Request::get(uri).body(()).unwrap(), true)?.0))
}

impl Begun {
    async fn finish(self) -> Result<(u16, Vec<u8>), h2::Error> {
        let response = self.0.await?;
        let status = response.status().as_u16();
        let mut body = response.into_body();
        let mut bytes = Vec::new();
        while let Some(piece) = body.data().await {
            bytes.extend_from_slice(&piece?);
        }
        Ok((status, bytes))
    }
}

#[tokio::test]
async fn many_streams_share_a_connection() {
    let (emulator, mut requests, _connection) = connect().await;
    for _ in 0..3 {
        assert_eq!(request_keys(&emulator, &mut requests).await.unwrap().0, 200);
    }
    let connections: std::collections::BTreeSet<u16> =
        emulator.requests().iter().map(|entry| entry.as_request().unwrap().connection).collect();
    assert_eq!(connections.len(), 1);
}

#[tokio::test]
async fn refused_stream_leaves_the_connection_alone() {
    let (emulator, mut requests, _connection) = connect().await;
    emulator.add_fault(Fault::new("/v2/keys/*", FaultKind::RefusedStream)).unwrap();
    let error = request_keys(&emulator, &mut requests).await.unwrap_err();
    assert_eq!((error.reason(), error.is_remote()), (Some(Reason::REFUSED_STREAM), true));
    assert_eq!(request_keys(&emulator, &mut requests).await.unwrap().0, 200);
}

#[tokio::test]
async fn goaway_excludes_the_request_and_lets_earlier_ones_finish() {
    let (emulator, mut requests, connection) = connect().await;
    emulator.add_fault(Fault::new("/v2/keys/*", FaultKind::Slow).times(1)).unwrap();
    let earlier = begin(&emulator, &mut requests).await.unwrap();
    assert!(emulator.wait_for(&JournalFilter::requests(), PATIENCE).await);
    emulator.add_fault(Fault::new("/v2/keys/*", FaultKind::Goaway)).unwrap();
    let error = request_keys(&emulator, &mut requests).await.unwrap_err();
    assert!(error.is_go_away() && error.is_remote(), "{error:?}");
    assert_eq!(error.reason(), Some(Reason::NO_ERROR));
    assert_eq!(earlier.finish().await.unwrap().0, 200);
    assert!(request_keys(&emulator, &mut requests).await.is_err(), "no new streams");
    drop(requests);
    tokio::time::timeout(PATIENCE, connection).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn graceful_goaway_responds_and_takes_no_more_streams() {
    let (emulator, mut requests, connection) = connect().await;
    emulator.add_fault(Fault::new("/v2/keys/*", FaultKind::GoawayGraceful)).unwrap();
    assert_eq!(request_keys(&emulator, &mut requests).await.unwrap().0, 200);
    tokio::time::timeout(PATIENCE, connection).await.unwrap().unwrap().unwrap();
    assert!(request_keys(&emulator, &mut requests).await.is_err());
}

#[tokio::test]
async fn truncate_ends_the_connection_within_the_body() {
    for kind in [FaultKind::Truncate, FaultKind::Close, FaultKind::Reset, FaultKind::Garbage] {
        let (emulator, mut requests, _connection) = connect().await;
        emulator.add_fault(Fault::new("/v2/keys/*", kind)).unwrap();
        let error = request_keys(&emulator, &mut requests).await.unwrap_err();
        assert!(!error.is_reset() || kind == FaultKind::Truncate, "{kind:?}: {error:?}");
    }
}

#[tokio::test]
async fn truncate_sends_the_bytes_that_it_says() {
    let (emulator, mut requests, _connection) = connect().await;
    emulator.add_fault(Fault::new("/v2/keys/*", FaultKind::Truncate).after_bytes(10)).unwrap();
    let response = begin(&emulator, &mut requests).await.unwrap().0.await.unwrap();
    assert!(response.headers()["content-length"].to_str().unwrap().parse::<usize>().unwrap() > 300);
    let mut body = response.into_body();
    assert_eq!(body.data().await.unwrap().unwrap(), &b"{\"keys\":[{"[..]);
    assert!(body.data().await.unwrap().is_err());
}

#[tokio::test]
async fn slow_and_close_idle_send_the_whole_response() {
    let (emulator, mut requests, connection) = connect().await;
    emulator.add_fault(Fault::new("/v2/keys/*", FaultKind::Slow)).unwrap();
    let (status, body) = request_keys(&emulator, &mut requests).await.unwrap();
    assert_eq!(status, 200);
    assert!(serde_json::from_slice::<serde_json::Value>(&body).unwrap()["keys"].is_array());
    emulator.add_fault(Fault::new("/v2/keys/*", FaultKind::CloseIdle)).unwrap();
    assert_eq!(request_keys(&emulator, &mut requests).await.unwrap().0, 200);
    drop(tokio::time::timeout(PATIENCE, connection).await.unwrap());
}

#[tokio::test]
async fn a_cancelled_request_appears_in_the_journal() {
    let (emulator, mut requests, _connection) = connect().await;
    for fault in [Fault::new("/v2/keys/*", FaultKind::Stall), Fault::new("/v2/keys/*", FaultKind::Stall).after_bytes(4)]
    {
        emulator.clear_requests();
        emulator.add_fault(fault).unwrap();
        let begun = begin(&emulator, &mut requests).await.unwrap();
        assert!(emulator.wait_for(&JournalFilter::requests().responded(), PATIENCE).await);
        drop(begun);
        assert!(emulator.wait_for(&JournalFilter::disconnects(), PATIENCE).await);
        assert!(emulator.requests()[1].as_disconnect().unwrap().during_request);
    }
    assert_eq!(request_keys(&emulator, &mut requests).await.unwrap().0, 200, "the connection lives on");
}

#[tokio::test]
async fn a_client_that_leaves_within_the_preface_is_not_waited_for() {
    let emulator = Emulator::start(Options::default()).await.unwrap();
    let mut stream = TcpStream::connect(emulator.address()).await.unwrap();
    stream.write_all(b"PRI * HTT").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut response = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut response)).await.unwrap().unwrap();
}
