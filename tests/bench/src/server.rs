//! The server that all clients call: real HTTP/1.1 on loopback, one recorded response, no work. It runs in a process and on a
//! thread of its own, and counts, so that no driver can be fast by not calling.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;

use crate::fixture::{Fixture, Recorded, Recording, SELECT};
use crate::{Failure, cpu, plan};

/// What the server has seen since it began.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    /// Selections that got their response.
    pub(crate) requests: u64,
    pub(crate) connections: u64,
    pub(crate) cpu_seconds: f64,
}

/// A server that runs until its runtime ends.
pub(crate) struct Server {
    pub(crate) fixture: Fixture,
    stage: Arc<Stage>,
}

struct Stage {
    recording: Recording,
    requests: AtomicU64,
    connections: AtomicU64,
}

impl Server {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let recording = Recording::make().await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let fixture = Fixture { base_url, ..recording.fixture.clone() };
        let stage = Arc::new(Stage { recording, requests: AtomicU64::default(), connections: AtomicU64::default() });
        tokio::spawn(accept(listener, Arc::clone(&stage)));
        Ok(Self { fixture, stage })
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            requests: self.stage.requests.load(Ordering::Relaxed),
            connections: self.stage.connections.load(Ordering::Relaxed),
            cpu_seconds: cpu::time().as_secs_f64(),
        }
    }
}

/// The command: says the fixture, then the counts for each line that comes in, and ends with standard input.
pub(crate) async fn serve() -> Result<(), Failure> {
    let server = Server::start().await?;
    plan::report(&server.fixture)?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while lines.next_line().await?.is_some() {
        plan::report(&server.counts())?;
    }
    Ok(())
}

async fn accept(listener: TcpListener, stage: Arc<Stage>) {
    while let Ok((stream, _)) = listener.accept().await {
        // Without it the response would wait for the client's acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        stage.connections.fetch_add(1, Ordering::Relaxed);
        let stage = Arc::clone(&stage);
        tokio::spawn(async move {
            let service = service_fn(|request| respond(&stage, request));
            // A driver that ends closes its connections, which is an error only to the HTTP library.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn respond(stage: &Stage, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let recording = &stage.recording;
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
    if selection {
        stage.requests.fetch_add(1, Ordering::Relaxed);
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
    use crate::plan::{Load, Plan};
    use crate::{floor, ours};

    use super::*;

    fn plan(fixture: &Fixture, verify: bool, pending: usize) -> Plan {
        Plan { fixture: fixture.clone(), verify, pending, warm_up_seconds: 0.05, seconds: 0.05 }
    }

    fn check(load: &Load, before: Counts, after: Counts, pending: u64) {
        assert!(load.requests > 0);
        assert!(load.latencies.len() as u64 <= load.requests);
        assert_eq!(after.requests - before.requests, load.requests, "every call is a request");
        assert!(after.connections - before.connections <= pending + 1, "connections are kept");
    }

    #[tokio::test]
    async fn floor_and_core_make_one_request_per_call_and_keep_their_connections() {
        let server = Server::start().await.unwrap();
        for pending in [1, 8] {
            let before = server.counts();
            let load = floor::load(&plan(&server.fixture, false, pending)).await.unwrap();
            check(&load, before, server.counts(), pending as u64);
            for verify in [false, true] {
                let before = server.counts();
                let load = ours::load(&plan(&server.fixture, verify, pending)).await.unwrap();
                check(&load, before, server.counts(), pending as u64);
            }
        }
    }

    #[tokio::test]
    async fn a_call_that_fails_ends_the_measurement() {
        let server = Server::start().await.unwrap();
        let fixture = Fixture { base_url: format!("{}/elsewhere", server.fixture.base_url), ..server.fixture.clone() };
        assert!(floor::load(&plan(&fixture, false, 2)).await.is_err());
        assert!(ours::load(&plan(&fixture, false, 2)).await.is_err());
        assert_eq!(server.counts().requests, 0);
    }
}
