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

use super::answer::{Answer, Delivery};
use super::control::{ConnectionControl, Demand, Ending, InFlight};
use super::request::{BodyError, MAX_BODY};
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
            if draining && control.in_flight() == 0 { Poll::Ready(Step::Drained) } else { Poll::Pending }
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

/// One request and its answer.
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
            Some((delivery, in_flight)) => self.deliver(delivery, in_flight).await,
            None => self.left(),
        }
    }

    async fn deliver(mut self, delivery: Delivery, in_flight: Option<InFlight>) {
        let close = |reset| if reset { Ending::Reset } else { Ending::Orderly };
        match delivery {
            Delivery::Whole(answer) => self.send_whole(answer),
            Delivery::Slow { answer, chunk_bytes, interval } => self.send_slowly(answer, chunk_bytes, interval).await,
            Delivery::Truncated { answer, after_bytes, reset, .. } => {
                let _stream = self.send_part(answer, after_bytes);
                self.end(if reset { Ending::Reset } else { Ending::Abrupt }).await;
            }
            Delivery::StalledBody { answer, after_bytes } => {
                if let Some(mut stream) = self.send_part(answer, after_bytes) {
                    drop(poll_fn(|context| stream.poll_reset(context)).await);
                    self.left();
                }
            }
            Delivery::Silence => {
                drop(poll_fn(|context| self.respond.poll_reset(context)).await);
                self.left();
            }
            Delivery::ThenClose { answer, reset } => {
                self.send_whole(answer);
                self.control.end(close(reset));
            }
            Delivery::CloseOnNext { answer, reset } => {
                // What the client sends next may also be an acknowledgement: below the protocol nobody can tell.
                self.send_whole(answer);
                self.wire.set_trap(close(reset));
            }
            Delivery::Garbage(bytes) => self.end(Ending::Raw(bytes)).await,
            Delivery::Close { reset } => self.end(close(reset)).await,
            Delivery::RefusedStream => self.respond.send_reset(Reason::REFUSED_STREAM),
            Delivery::GoAwayGracefully(answer) => {
                self.control.demand(Demand::GoAwayGracefully);
                self.send_whole(answer);
            }
            Delivery::GoAway => {
                let last_stream = self.respond.stream_id().as_u32().saturating_sub(2);
                self.control.demand(Demand::GoAway { last_stream });
                // No request in flight for the draining connection, but still a stream: dropping it would send
                // RST_STREAM for what was never looked at.
                drop(in_flight);
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

    // Below, an error means that the client has cancelled the stream or gone away, which is its right.

    fn send_whole(&mut self, mut answer: Answer) {
        announce(&mut answer);
        let empty = answer.body.is_empty();
        if let Ok(mut stream) = self.respond.send_response(head(&answer), empty)
            && !empty
        {
            drop(stream.send_data(answer.body, true));
        }
    }

    /// Sends the head of the whole answer with the beginning of its body; gives the open stream.
    fn send_part(&mut self, mut answer: Answer, bytes: usize) -> Option<SendStream<Bytes>> {
        announce(&mut answer);
        let mut stream = self.respond.send_response(head(&answer), false).ok()?;
        answer.body.truncate(bytes);
        stream.send_data(answer.body, false).ok()?;
        Some(stream)
    }

    async fn send_slowly(&mut self, mut answer: Answer, chunk_bytes: usize, interval: Duration) {
        announce(&mut answer);
        let Ok(mut stream) = self.respond.send_response(head(&answer), answer.body.is_empty()) else { return };
        let mut ticks = tokio::time::interval(interval);
        let mut rest = answer.body;
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

fn announce(answer: &mut Answer) {
    // An answer without content has no length either (RFC 9110 section 8.6).
    if answer.status != StatusCode::NO_CONTENT {
        answer.headers.insert(CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
    }
}

fn head(answer: &Answer) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = answer.status;
    answer.headers.clone_into(response.headers_mut());
    // Headers of the connection have no place in HTTP/2 (RFC 9113 section 8.2.2).
    response.headers_mut().remove(CONNECTION);
    response.headers_mut().remove(TRANSFER_ENCODING);
    response
}
