//! HTTP/2 connections, frame by frame.

use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderValue, Response};
use tokio::io::AsyncWriteExt as _;
use tokio::task::JoinSet;

use super::answer::{Answer, Delivery};
use super::control::{ConnectionControl, Demand, Ending, InFlight};
use super::wire::Wire;
use crate::app::{App, MAX_BODY};

enum Step {
    Stream(Option<Result<(http::Request<RecvStream>, SendResponse<Bytes>), h2::Error>>),
    Demand(Demand),
    Drained,
}

/// Serves one connection to its end.
pub(crate) async fn serve(app: Arc<App>, mut wire: Wire, control: Arc<ConnectionControl>) {
    let Ok(mut connection) = h2::server::handshake(wire.clone()).await else { return };
    let mut streams = JoinSet::new();
    let mut draining = false;
    loop {
        let step = poll_fn(|context| {
            // h2 first: what it still has to write is written before a demand is heard.
            if let Poll::Ready(stream) = connection.poll_accept(context) {
                return Poll::Ready(Step::Stream(stream));
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
            Step::Stream(Some(Ok((request, respond)))) if !draining => {
                while streams.try_join_next().is_some() {}
                streams.spawn(answer(Arc::clone(&app), Arc::clone(&control), wire.clone(), request, respond));
            }
            Step::Stream(Some(Ok((_, mut respond)))) => respond.send_reset(Reason::REFUSED_STREAM),
            Step::Stream(_) => break,
            Step::Demand(Demand::End(ending)) => return wire.end(ending).await,
            Step::Demand(Demand::GoAwayGracefully) => connection.graceful_shutdown(),
            Step::Demand(Demand::GoAway { last_stream }) => {
                // h2 itself can only name the last stream that it has accepted; this one must be named as not looked at.
                // The lock on the wire is free and h2 has nothing unwritten, so the frame falls between two of h2's.
                if wire.write_all(&go_away_frame(last_stream)).await.is_err() || wire.flush().await.is_err() {
                    break;
                }
                draining = true;
            }
            Step::Drained => return wire.end(Ending::Orderly).await,
        }
    }
    if wire.peer_gone() && control.requests_seen() {
        app.journal.left(control.id(), control.in_flight() > 0);
    }
}

/// A GOAWAY frame with NO_ERROR (RFC 9113 section 6.8).
fn go_away_frame(last_stream: u32) -> Vec<u8> {
    let mut frame = vec![0, 0, 8, 7, 0, 0, 0, 0, 0];
    frame.extend(last_stream.to_be_bytes());
    frame.extend(0_u32.to_be_bytes());
    frame
}

async fn answer(
    app: Arc<App>,
    control: Arc<ConnectionControl>,
    wire: Wire,
    request: http::Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
) {
    let (head, body) = request.into_parts();
    let served = {
        let serving = app.serve(head, collect(body), &control);
        tokio::select! {
            served = serving => Some(served),
            _ = poll_fn(|context| respond.poll_reset(context)) => None,
        }
    };
    let Some((delivery, in_flight)) = served else {
        app.journal.left(control.id(), true);
        return;
    };
    let close = |reset| if reset { Ending::Reset } else { Ending::Orderly };
    match delivery {
        Delivery::Whole(answer) => drop(whole(&mut respond, answer)),
        Delivery::GoAwayGracefully(answer) => {
            control.demand(Demand::GoAwayGracefully);
            drop(whole(&mut respond, answer));
        }
        Delivery::ThenClose { answer, reset } => {
            drop(whole(&mut respond, answer));
            control.end(close(reset));
        }
        Delivery::CloseOnNext { answer, reset } => {
            // The client acknowledges what it gets; only a new stream is "the next request", and that
            // cannot be told apart below the protocol. The connection ends on whatever comes next.
            drop(whole(&mut respond, answer));
            wire.set_trap(close(reset));
        }
        Delivery::Slow { answer, chunk_bytes, interval } => {
            let mut ticks = tokio::time::interval(interval);
            let (mut stream, mut rest) = match begin(&mut respond, answer) {
                Some(begun) => begun,
                None => return,
            };
            while !rest.is_empty() {
                tokio::select! {
                    _ = ticks.tick() => {}
                    _ = poll_fn(|context| stream.poll_reset(context)) => return left(&app, &control, in_flight),
                }
                let piece = rest.split_to(chunk_bytes.min(rest.len()));
                if stream.send_data(piece, rest.is_empty()).is_err() {
                    return;
                }
            }
        }
        Delivery::Truncated { mut answer, after_bytes, reset, .. } => {
            announce(&mut answer);
            if let Some((mut stream, mut rest)) = begin(&mut respond, answer) {
                rest.truncate(after_bytes);
                drop(stream.send_data(rest, false));
                control.end(if reset { Ending::Reset } else { Ending::Abrupt });
                pending::<()>().await;
            }
        }
        Delivery::StalledBody { mut answer, after_bytes } => {
            announce(&mut answer);
            if let Some((mut stream, mut rest)) = begin(&mut respond, answer) {
                rest.truncate(after_bytes);
                drop(stream.send_data(rest, false));
                drop(poll_fn(|context| stream.poll_reset(context)).await);
                left(&app, &control, in_flight);
            }
        }
        Delivery::Silence => {
            drop(poll_fn(|context| respond.poll_reset(context)).await);
            left(&app, &control, in_flight);
        }
        Delivery::Garbage(bytes) => control.end(Ending::Raw(bytes)),
        Delivery::Close { reset } => {
            control.end(close(reset));
            pending::<()>().await;
        }
        Delivery::RefusedStream => respond.send_reset(Reason::REFUSED_STREAM),
        Delivery::GoAway => {
            drop(in_flight);
            control.demand(Demand::GoAway { last_stream: respond.stream_id().as_u32().saturating_sub(2) });
            // Kept, because dropping it would send RST_STREAM for a stream that was never looked at.
            pending::<()>().await;
        }
    }
}

/// The client cancelled its request.
fn left(app: &App, control: &ConnectionControl, in_flight: Option<InFlight>) {
    if in_flight.is_some() {
        app.journal.left(control.id(), true);
    }
}

async fn collect(mut body: RecvStream) -> Option<Bytes> {
    let mut collected = Vec::new();
    while let Some(piece) = body.data().await {
        let piece = piece.ok()?;
        body.flow_control().release_capacity(piece.len()).ok()?;
        collected.extend_from_slice(&piece);
        if collected.len() > MAX_BODY {
            return None;
        }
    }
    Some(collected.into())
}

fn announce(answer: &mut Answer) {
    answer.headers.insert(CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
}

/// Sends the head of an answer with a body; gives the stream for that body.
fn begin(respond: &mut SendResponse<Bytes>, answer: Answer) -> Option<(SendStream<Bytes>, Bytes)> {
    let stream = respond.send_response(head(&answer), false).ok()?;
    Some((stream, answer.body))
}

fn whole(respond: &mut SendResponse<Bytes>, mut answer: Answer) -> Result<(), h2::Error> {
    announce(&mut answer);
    let empty = answer.body.is_empty();
    let mut stream = respond.send_response(head(&answer), empty)?;
    if empty { Ok(()) } else { stream.send_data(answer.body, true) }
}

fn head(answer: &Answer) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers.clone();
    // Headers of the connection have no place in HTTP/2 (RFC 9113 section 8.2.2).
    response.headers_mut().remove(CONNECTION);
    response.headers_mut().remove(TRANSFER_ENCODING);
    response
}
