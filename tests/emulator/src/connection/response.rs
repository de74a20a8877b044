//! Responses, and the ways in which they are delivered.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;

/// A complete response.
#[derive(Clone, Debug, Default)]
pub(crate) struct HttpResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl HttpResponse {
    /// A JSON response.
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        let mut response = Self { status, headers: HeaderMap::new(), body: body.into() };
        response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    /// A JSON response with status 200.
    pub(crate) fn ok(body: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// An empty response.
    pub(crate) fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, ..Self::default() }
    }
}

/// How a response, or none, is delivered to the client.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// Normally.
    Whole(HttpResponse),
    /// The body in pieces, one every `interval`.
    Slow { response: HttpResponse, chunk_bytes: usize, interval: Duration },
    /// The head announces the whole body, `after_bytes` of it come, the connection ends.
    Truncated { response: HttpResponse, after_bytes: usize, chunked: bool, reset: bool },
    /// The head and `after_bytes` of the body come, then nothing for as long as the client waits.
    StalledBody { response: HttpResponse, after_bytes: usize },
    /// Nothing for as long as the client waits.
    Silence,
    /// Normally; then the kept-alive connection is closed without notice.
    ThenClose { response: HttpResponse, reset: bool },
    /// Normally; the connection ends when the next request arrives on it.
    CloseOnNext { response: HttpResponse, reset: bool },
    /// Bytes that are not HTTP, then the end.
    Garbage(Bytes),
    /// The end of the connection, without a response.
    Close { reset: bool },
    /// HTTP/2 GOAWAY that excludes this request.
    GoAway,
    /// Normally, on an HTTP/2 connection that accepts no more requests.
    GoAwayGracefully(HttpResponse),
    /// HTTP/2 `REFUSED_STREAM`.
    RefusedStream,
}

impl Delivery {
    /// The status that the client receives, if any.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Whole(response)
            | Self::Slow { response, .. }
            | Self::Truncated { response, .. }
            | Self::StalledBody { response, .. }
            | Self::ThenClose { response, .. }
            | Self::CloseOnNext { response, .. }
            | Self::GoAwayGracefully(response) => Some(response.status.as_u16()),
            Self::Silence | Self::Garbage(_) | Self::Close { .. } | Self::GoAway | Self::RefusedStream => None,
        }
    }
}
