//! HTTP/2 connections, frame by frame.

use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderValue, Response, StatusCode};
use tokio::io::AsyncWriteExt as _;
use tokio::task::JoinSet;

use super::control::{ConnectionControl, Demand, Ending, PendingRequest};
use super::request::{BodyError, MAX_BODY};
use super::response::{Delivery, HttpResponse};
use super::wire::Wire;
use crate::router::Router;

type Accepted = (http::Request<RecvStream>, SendResponse<Bytes>);

/// What happens next on a connection.
enum Step {
    Accepted(Box<Accepted>),
    Over,
    Demand(Demand),
    Drained,
}

/// Serves one connection to its end.
pub(crate) async fn serve(router: Arc<Router>, mut wire: Wire, control: Arc<ConnectionControl>) {
    let Ok(mut connection) = h2::server::handshake(wire.clone()).await else { return };
    let mut streams = JoinSet::new();
    let mut draining = false;
    loop {
        let step = poll_fn(|context| {
            // h2 first: what it still has to write is written before a demand is heard.
            if let Poll::Ready(accepted) = connection.poll_accept(context) {
                return Poll::Ready(match accepted {
                    Some(Ok(accepted)) => Step::Accepted(Box::new(accepted)),
                    Some(Err(_)) | None => Step::Over,
                });
            }
            if wire.write_blocked() {
                return Poll::Pending;
            }
            if let Poll::Ready(demand) = control.poll_demand(context) {
                return Poll::Ready(Step::Demand(demand));
            }
            if draining && control.pending_requests() == 0 { Poll::Ready(Step::Drained) } else { Poll::Pending }
        })
        .await;
        match step {
            Step::Accepted(mut accepted) if draining => accepted.1.send_reset(Reason::REFUSED_STREAM),
            Step::Accepted(accepted) => {
                while streams.try_join_next().is_some() {}
                let (request, respond) = *accepted;
                let stream =
                    Stream { router: Arc::clone(&router), control: Arc::clone(&control), wire: wire.clone(), respond };
                streams.spawn(stream.serve(request));
            }
            Step::Over => break,
            Step::Demand(Demand::End(ending)) => return wire.end(ending).await,
            Step::Demand(Demand::GoAwayGracefully) => connection.graceful_shutdown(),
            Step::Demand(Demand::GoAway { last_stream }) => {
                // h2 itself can only name the last stream that it has accepted; this one must be named as not looked at.
                // h2 has nothing unwritten here, so the frame falls between two of h2's.
                if wire.write_all(&go_away_frame(last_stream)).await.is_err() || wire.flush().await.is_err() {
                    break;
                }
                draining = true;
            }
            Step::Drained => return wire.end(Ending::Orderly).await,
        }
    }
    if wire.peer_gone() && control.requests_seen() {
        router.project.journal.left(control.id(), control.left_during_request());
    }
}

/// A GOAWAY frame with `NO_ERROR` (RFC 9113 section 6.8).
fn go_away_frame(last_stream: u32) -> Vec<u8> {
    let mut frame = vec![0, 0, 8, 7, 0, 0, 0, 0, 0];
    frame.extend(last_stream.to_be_bytes());
    frame.extend(0_u32.to_be_bytes());
    frame
}

/// One request and its response.
struct Stream {
    router: Arc<Router>,
    control: Arc<ConnectionControl>,
    wire: Wire,
    respond: SendResponse<Bytes>,
}

impl Stream {
    async fn serve(mut self, request: http::Request<RecvStream>) {
        let (head, body) = request.into_parts();
        let served = {
            let serving = self.router.serve(head, collect(body), &self.control);
            tokio::select! {
                served = serving => Some(served),
                _ = poll_fn(|context| self.respond.poll_reset(context)) => None,
            }
        };
        match served {
            Some((delivery, pending_request)) => self.deliver(delivery, pending_request).await,
            None => self.left(),
        }
    }

    async fn deliver(mut self, delivery: Delivery, pending_request: Option<PendingRequest>) {
        let close = |reset| if reset { Ending::Reset } else { Ending::Orderly };
        match delivery {
            Delivery::Whole(response) => self.send_whole(response),
            Delivery::Slow { response, chunk_bytes, interval } => {
                self.send_slowly(response, chunk_bytes, interval).await;
            }
            Delivery::Truncated { response, after_bytes, reset, .. } => {
                let _stream = self.send_part(response, after_bytes);
                self.end(if reset { Ending::Reset } else { Ending::Abrupt }).await;
            }
            Delivery::StalledBody { response, after_bytes } => {
                if let Some(mut stream) = self.send_part(response, after_bytes) {
                    drop(poll_fn(|context| stream.poll_reset(context)).await);
                    self.left();
                }
            }
            Delivery::Silence => {
                drop(poll_fn(|context| self.respond.poll_reset(context)).await);
                self.left();
            }
            Delivery::ThenClose { response, reset } => {
                self.send_whole(response);
                self.control.end(close(reset));
            }
            Delivery::CloseOnNext { response, reset } => {
                // What the client sends next may also be an acknowledgement: below the protocol they look the same.
                self.send_whole(response);
                self.wire.set_trap(close(reset));
            }
            Delivery::Garbage(bytes) => self.end(Ending::Raw(bytes)).await,
            Delivery::Close { reset } => self.end(close(reset)).await,
            Delivery::RefusedStream => self.respond.send_reset(Reason::REFUSED_STREAM),
            Delivery::GoAwayGracefully(response) => {
                self.control.demand(Demand::GoAwayGracefully);
                self.send_whole(response);
            }
            Delivery::GoAway => {
                let last_stream = self.respond.stream_id().as_u32().saturating_sub(2);
                self.control.demand(Demand::GoAway { last_stream });
                // No pending request for the draining connection, but still a stream: dropping it would send
                // RST_STREAM for what was never looked at.
                drop(pending_request);
                pending::<()>().await;
            }
        }
    }

    /// Ends the connection under this stream.
    async fn end(&self, ending: Ending) {
        self.control.end(ending);
        pending::<()>().await;
    }

    /// The client cancelled this request.
    fn left(&self) {
        if self.control.requests_seen() {
            self.router.project.journal.left(self.control.id(), true);
        }
    }

    // Below, an error means that the client has cancelled the stream or gone away, which is no fault.

    fn send_whole(&mut self, mut response: HttpResponse) {
        announce(&mut response);
        let empty = response.body.is_empty();
        if let Ok(mut stream) = self.respond.send_response(head(&response), empty)
            && !empty
        {
            drop(stream.send_data(response.body, true));
        }
    }

    /// Sends the head of the whole response with the beginning of its body; returns the open stream.
    fn send_part(&mut self, mut response: HttpResponse, bytes: usize) -> Option<SendStream<Bytes>> {
        announce(&mut response);
        let mut stream = self.respond.send_response(head(&response), false).ok()?;
        response.body.truncate(bytes);
        stream.send_data(response.body, false).ok()?;
        Some(stream)
    }

    async fn send_slowly(&mut self, mut response: HttpResponse, chunk_bytes: usize, interval: Duration) {
        announce(&mut response);
        let Ok(mut stream) = self.respond.send_response(head(&response), response.body.is_empty()) else { return };
        let mut ticks = tokio::time::interval(interval);
        let mut rest = response.body;
        while !rest.is_empty() {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = poll_fn(|context| stream.poll_reset(context)) => return self.left(),
            }
            let piece = rest.split_to(chunk_bytes.min(rest.len()));
            if stream.send_data(piece, rest.is_empty()).is_err() {
                return;
            }
        }
    }
}

async fn collect(mut body: RecvStream) -> Result<Bytes, BodyError> {
    let mut collected = Vec::new();
    while let Some(piece) = body.data().await {
        let piece = piece.map_err(|_| BodyError::Incomplete)?;
        body.flow_control().release_capacity(piece.len()).map_err(|_| BodyError::Incomplete)?;
        collected.extend_from_slice(&piece);
        if collected.len() > MAX_BODY {
            return Err(BodyError::TooLarge);
        }
    }
    Ok(collected.into())
}

fn announce(response: &mut HttpResponse) {
    // A response without content has no length either (RFC 9110 section 8.6).
    if response.status != StatusCode::NO_CONTENT {
        response.headers.insert(CONTENT_LENGTH, HeaderValue::from(response.body.len()));
    }
}

fn head(response: &HttpResponse) -> Response<()> {
    let mut head = Response::new(());
    *head.status_mut() = response.status;
    response.headers.clone_into(head.headers_mut());
    // Headers of the connection have no place in HTTP/2 (RFC 9113 section 8.2.2).
    head.headers_mut().remove(CONNECTION);
    head.headers_mut().remove(TRANSFER_ENCODING);
    head
}
