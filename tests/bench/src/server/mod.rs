//! The server that all clients call: recorded responses on loopback over HTTP/1.1, HTTP/1.1 over TLS and HTTP/2 over TLS. It
//! runs in its own process on one thread, and counts the requests, so that a client cannot appear fast by not sending them.

mod tls;

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::drivers::usage;
use crate::fixture::{Fixture, SELECT};
use crate::recording::{Recorded, Recording};
use crate::scenario::Protocol;
use crate::{Failure, plan};

/// Above every number of pending calls that is measured, so that calls wait for the server and not for a stream.
const STREAMS: u32 = 20_000;

/// What the server has received since it began.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    /// Selections that got their response.
    pub(crate) requests: u64,
    pub(crate) connections: u64,
    pub(crate) cpu_seconds: f64,
}

/// Where the server listens, and what drivers need to know.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Endpoints {
    fixture: Fixture,
    ca_file: String,
    http1: String,
    tls: String,
    http2: String,
}

impl Endpoints {
    /// The fixture for clients of this protocol.
    pub(crate) fn fixture(&self, protocol: Protocol) -> Fixture {
        let base_url = match protocol {
            Protocol::Http1 => &self.http1,
            Protocol::Tls => &self.tls,
            Protocol::Http2 => &self.http2,
        };
        let ca_file = (protocol != Protocol::Http1).then(|| self.ca_file.clone());
        Fixture { base_url: base_url.clone(), ca_file, ..self.fixture.clone() }
    }
}

/// A server that runs until its runtime ends.
pub(crate) struct Server {
    pub(crate) endpoints: Endpoints,
    shared: Arc<Shared>,
    _ca_file: tls::CaFile,
}

struct Shared {
    recording: Recording,
    delay_ms: AtomicU64,
    requests: AtomicU64,
    connections: AtomicU64,
}

impl Server {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let recording = Recording::make().await?;
        let (fixture, identity) = (recording.fixture.clone(), tls::Identity::new()?);
        let ca_file = identity.write()?;
        let (delay_ms, requests, connections) = Default::default();
        let shared = Arc::new(Shared { recording, delay_ms, requests, connections });
        let endpoints = Endpoints {
            fixture,
            ca_file: ca_file.0.to_string_lossy().into_owned(),
            http1: listen(Protocol::Http1, None, &shared).await?,
            tls: listen(Protocol::Tls, Some(identity.acceptor("http/1.1")?), &shared).await?,
            http2: listen(Protocol::Http2, Some(identity.acceptor("h2")?), &shared).await?,
        };
        Ok(Self { endpoints, shared, _ca_file: ca_file })
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            requests: self.shared.requests.load(Ordering::Relaxed),
            connections: self.shared.connections.load(Ordering::Relaxed),
            cpu_seconds: usage::cpu_time().as_secs_f64(),
        }
    }
}

/// The command: reports the endpoints. Each line on standard input is the delay from now on, in milliseconds; the counts are
/// its response. Ends with standard input.
pub(crate) async fn serve() -> Result<(), Failure> {
    let server = Server::start().await?;
    plan::report(&server.endpoints)?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        server.shared.delay_ms.store(line.parse()?, Ordering::Relaxed);
        plan::report(&server.counts())?;
    }
    Ok(())
}

async fn listen(protocol: Protocol, tls: Option<TlsAcceptor>, shared: &Arc<Shared>) -> Result<String, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", listener.local_addr()?);
    tokio::spawn(accept(listener, protocol, tls, Arc::clone(shared)));
    Ok(url)
}

async fn accept(listener: TcpListener, protocol: Protocol, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        shared.connections.fetch_add(1, Ordering::Relaxed);
        let (tls, shared) = (tls.clone(), Arc::clone(&shared));
        // A driver that ends closes its connections, which is an error only to the HTTP library.
        tokio::spawn(async move { drop(connection(stream, protocol, tls, &shared).await) });
    }
}

async fn connection(
    stream: TcpStream,
    protocol: Protocol,
    tls: Option<TlsAcceptor>,
    shared: &Arc<Shared>,
) -> Result<(), Failure> {
    // Without it the response would wait for the client's acknowledgement of the previous one.
    stream.set_nodelay(true)?;
    match tls {
        None => exchange(stream, protocol, shared).await,
        Some(acceptor) => exchange(acceptor.accept(stream).await?, protocol, shared).await,
    }
}

async fn exchange<S>(stream: S, protocol: Protocol, shared: &Arc<Shared>) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let shared = Arc::clone(shared);
    let service = service_fn(move |request| respond(Arc::clone(&shared), request));
    let io = TokioIo::new(stream);
    if protocol == Protocol::Http2 {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder.timer(TokioTimer::new()).max_concurrent_streams(STREAMS);
        return Ok(builder.serve_connection(io, service).await?);
    }
    Ok(http1::Builder::new().serve_connection(io, service).await?)
}

async fn respond(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let recording = &shared.recording;
    let recorded = match (request.method(), request.uri().path()) {
        (&Method::POST, SELECT) => &recording.select,
        (&Method::GET, path) if path == recording.keys_path => &recording.keys,
        _ => return Ok(refusal(StatusCode::NOT_FOUND)),
    };
    let selection = request.method() == Method::POST;
    let Ok(body) = request.into_body().collect().await else { return Ok(refusal(StatusCode::BAD_REQUEST)) };
    if selection == body.to_bytes().is_empty() {
        return Ok(refusal(StatusCode::BAD_REQUEST));
    }
    let delay_ms = shared.delay_ms.load(Ordering::Relaxed);
    if delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
    }
    if selection {
        shared.requests.fetch_add(1, Ordering::Relaxed);
    }
    Ok(http_response(recorded))
}

fn http_response(recorded: &Recorded) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(recorded.body.clone()));
    *response.status_mut() = recorded.status;
    *response.headers_mut() = recorded.headers.clone();
    response
}

fn refusal(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use crate::drivers::{core, floor};
    use crate::plan::{Load, Plan};

    use super::*;

    fn plan(fixture: Fixture, protocol: Protocol, verify: bool, pending: usize) -> Plan {
        Plan {
            fixture,
            protocol,
            verify,
            distinct: false,
            shared_state: None,
            pending,
            warm_up_seconds: 0.05,
            seconds: 0.05,
        }
    }

    fn check(load: &Load, before: Counts, after: Counts, connections: u64) {
        assert!(load.requests > 0);
        assert!(load.latencies.len() as u64 <= load.requests);
        assert_eq!(after.requests - before.requests, load.requests, "every call is a request");
        assert!(after.connections - before.connections <= connections + 1, "connections are kept");
    }

    #[tokio::test]
    async fn floor_and_core_make_one_request_per_call_and_keep_their_connections() {
        let server = Server::start().await.unwrap();
        for protocol in [Protocol::Http1, Protocol::Tls, Protocol::Http2] {
            for (pending, verify) in [(1, false), (8, false), (1, true), (8, true)] {
                let plan = plan(server.endpoints.fixture(protocol), protocol, verify, pending);
                let before = server.counts();
                let load = floor::load(&plan).await.unwrap();
                check(&load, before, server.counts(), pending as u64);
                let before = server.counts();
                let load = core::load(&plan).await.unwrap();
                check(&load, before, server.counts(), pending as u64);
            }
        }
    }

    #[tokio::test]
    async fn distinct_tokens_are_exchanges_of_a_client_that_follows_rotation() {
        let server = Server::start().await.unwrap();
        let fixture = server.endpoints.fixture(Protocol::Http1);
        let plan = Plan { distinct: true, ..plan(fixture, Protocol::Http1, true, 8) };
        let before = server.counts();
        check(&core::load(&plan).await.unwrap(), before, server.counts(), 8);
    }

    #[tokio::test]
    async fn a_call_that_fails_ends_the_measurement() {
        let server = Server::start().await.unwrap();
        let mut fixture = server.endpoints.fixture(Protocol::Http1);
        fixture.base_url += "/elsewhere";
        let plan = plan(fixture, Protocol::Http1, false, 2);
        assert!(floor::load(&plan).await.is_err());
        assert!(core::load(&plan).await.is_err());
        assert_eq!(server.counts().requests, 0);
    }

    #[tokio::test]
    async fn the_floor_refuses_tokens_of_another_key() {
        let server = Server::start().await.unwrap();
        let mut fixture = server.endpoints.fixture(Protocol::Http1);
        let keys = fixture.keys.to_string();
        let modulus = fixture.keys["keys"][0]["n"].as_str().unwrap().to_owned();
        let mut other = modulus.clone().into_bytes();
        other[40] = if other[40] == b'A' { b'B' } else { b'A' };
        fixture.keys = serde_json::from_str(&keys.replace(&modulus, &String::from_utf8(other).unwrap())).unwrap();
        assert!(floor::load(&plan(fixture, Protocol::Http1, true, 1)).await.is_err());
    }
}
