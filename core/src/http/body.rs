//! The body of a request, which tells when the request leaves.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

use crate::http::departure::Departure;

/// A body of one piece that notes when a connection first looks at it: until then not a byte of the request has left. It breaks
/// off when the attempt was called off before.
pub(super) struct Watched {
    data: Option<Bytes>,
    departure: Arc<Departure>,
}

impl Watched {
    pub(super) fn new(data: Bytes, departure: Arc<Departure>) -> Self {
        Self { data: Some(data), departure }
    }
}

/// The error of a body whose attempt was called off.
#[derive(Debug)]
pub(super) struct CalledOff;

impl fmt::Display for CalledOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was called off")
    }
}

impl std::error::Error for CalledOff {}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = CalledOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        if !self.departure.leave() {
            return Poll::Ready(Some(Err(CalledOff)));
        }
        Poll::Ready(self.data.take().map(|data| Ok(http_body::Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        // HTTP/2 calls this before it sends the head, and may wait for its window before it polls.
        self.departure.leave() && self.data.is_none()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.data.as_ref().map_or(0, |data| data.len() as u64))
    }
}
