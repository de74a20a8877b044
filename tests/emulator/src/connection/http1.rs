//! HTTP/1.1 connections.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderValue, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::time::Interval;

use super::control::{ConnectionControl, Demand, Ending, PendingRequest};
use super::request::{BodyError, MAX_BODY};
use super::response::{Delivery, HttpResponse};
use super::wire::Wire;
use crate::router::Router;

/// Serves one connection to its end.
pub(crate) async fn serve(router: Arc<Router>, wire: Wire, control: Arc<ConnectionControl>) {
    let service = service_fn(|request| respond(&router, &wire, &control, request));
    let mut connection = pin!(
        hyper::server::conn::http1::Builder::new()
            .header_read_timeout(None)
            .serve_connection(TokioIo::new(wire.clone()), service)
    );
    let demand = poll_fn(|context| {
        // hyper first: what it still has to write is written before a demand is heard.
        if connection.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        if wire.write_blocked() { Poll::Pending } else { control.poll_demand(context).map(Some) }
    })
    .await;
    if let Some(demand) = demand {
        let ending = match demand {
            Demand::End(ending) => ending,
            Demand::GoAway { .. } | Demand::GoAwayGracefully => Ending::Orderly,
        };
        wire.clone().end(ending).await;
    } else if wire.peer_gone() && control.requests_seen() {
        router.project.journal.left(control.id(), control.left_during_request());
    }
}

async fn respond(
    router: &Arc<Router>,
    wire: &Wire,
    control: &Arc<ConnectionControl>,
    request: http::Request<Incoming>,
) -> Result<Response<Sending>, Infallible> {
    let (head, body) = request.into_parts();
    let body = collect(body);
    let (delivery, pending_request) = router.serve(head, body, control).await;
    let sending =
        |response, finish, pending_request| Sending::response(response, finish, Arc::clone(control), pending_request);
    let close = |reset| if reset { Ending::Reset } else { Ending::Orderly };
    Ok(match delivery {
        Delivery::Whole(response) => sending(response, Finish::End, pending_request),
        Delivery::Slow { response, chunk_bytes, interval } => {
            let mut response = sending(response, Finish::End, pending_request);
            response.body_mut().chunk_bytes = chunk_bytes;
            response.body_mut().interval = Some(tokio::time::interval(interval));
            response
        }
        Delivery::Truncated { response, after_bytes, chunked, reset } => {
            let ending = if reset { Ending::Reset } else { Ending::Abrupt };
            partial(response, after_bytes, chunked, |response| sending(response, Finish::Cut(ending), pending_request))
        }
        Delivery::StalledBody { response, after_bytes } => {
            partial(response, after_bytes, false, |response| sending(response, Finish::Stall, pending_request))
        }
        Delivery::ThenClose { response, reset } => sending(response, Finish::EndThen(close(reset)), pending_request),
        Delivery::GoAwayGracefully(response) => sending(response, Finish::EndThen(Ending::Orderly), pending_request),
        Delivery::CloseOnNext { response, reset } => {
            wire.set_trap(close(reset));
            sending(response, Finish::End, pending_request)
        }
        Delivery::Garbage(bytes) => end(control, Ending::Raw(bytes)).await,
        Delivery::Close { reset } => end(control, close(reset)).await,
        Delivery::GoAway | Delivery::RefusedStream => end(control, Ending::Orderly).await,
        Delivery::Silence => {
            // Held, so that the journal knows that the client left during a request.
            let _pending_request = pending_request;
            pending().await
        }
    })
}

async fn collect(body: Incoming) -> Result<Bytes, BodyError> {
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Err(_) => Err(BodyError::Incomplete),
    }
}

/// The connection ends before this request has a response.
async fn end(control: &ConnectionControl, ending: Ending) -> Response<Sending> {
    control.end(ending);
    pending().await
}

/// The head of the whole response with the beginning of its body.
fn partial(
    mut response: HttpResponse,
    after_bytes: usize,
    chunked: bool,
    sending: impl FnOnce(HttpResponse) -> Response<Sending>,
) -> Response<Sending> {
    if chunked {
        response.headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    } else {
        response.headers.insert(CONTENT_LENGTH, HeaderValue::from(response.body.len()));
    }
    response.body.truncate(after_bytes);
    sending(response)
}

/// A response body on its way.
struct Sending {
    rest: Bytes,
    chunk_bytes: usize,
    interval: Option<Interval>,
    finish: Finish,
    control: Arc<ConnectionControl>,
    _pending_request: Option<PendingRequest>,
}

/// What follows the last byte.
enum Finish {
    End,
    EndThen(Ending),
    Stall,
    Cut(Ending),
}

impl Sending {
    fn response(
        response: HttpResponse,
        finish: Finish,
        control: Arc<ConnectionControl>,
        pending_request: Option<PendingRequest>,
    ) -> Response<Self> {
        let mut sending = Response::new(Self {
            chunk_bytes: response.body.len().max(1),
            rest: response.body,
            interval: None,
            finish,
            control,
            _pending_request: pending_request,
        });
        *sending.status_mut() = response.status;
        *sending.headers_mut() = response.headers;
        sending
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return match &self.finish {
                Finish::End | Finish::EndThen(_) => Poll::Ready(None),
                Finish::Stall => Poll::Pending,
                Finish::Cut(ending) => {
                    self.control.end(ending.clone());
                    Poll::Pending
                }
            };
        }
        if let Some(interval) = &mut self.interval
            && interval.poll_tick(context).is_pending()
        {
            return Poll::Pending;
        }
        let length = self.chunk_bytes.min(self.rest.len());
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && matches!(self.finish, Finish::End | Finish::EndThen(_))
    }

    fn size_hint(&self) -> SizeHint {
        match self.finish {
            Finish::End | Finish::EndThen(_) => SizeHint::with_exact(self.rest.len() as u64),
            Finish::Stall | Finish::Cut(_) => SizeHint::default(),
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        // hyper drops a body once it has taken all of it.
        if let Finish::EndThen(ending) = &self.finish {
            self.control.end(ending.clone());
        }
    }
}
