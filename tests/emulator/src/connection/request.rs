//! A request, independent of its protocol.

use std::net::IpAddr;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName};

use crate::query::query_pairs;

/// Larger request bodies are not read.
pub(crate) const MAX_BODY: usize = 4 * 1024 * 1024;

/// A request with its whole body.
pub(crate) struct Request {
    pub(crate) head: Parts,
    pub(crate) body: Bytes,
    pub(crate) peer: IpAddr,
}

impl Request {
    pub(crate) fn method(&self) -> &str {
        self.head.method.as_str()
    }

    pub(crate) fn path(&self) -> &str {
        self.head.uri.path()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The text of a header that came exactly once.
    pub(crate) fn header(&self, name: impl Into<HeaderName>) -> Option<&str> {
        let mut values = self.head.headers.get_all(name.into()).into_iter();
        let value = values.next()?;
        if values.next().is_some() { None } else { value.to_str().ok() }
    }

    /// All query parameters, decoded.
    pub(crate) fn query(&self) -> Vec<(String, String)> {
        query_pairs(self.head.uri.query().unwrap_or_default())
    }

    /// The first query parameter of that name.
    pub(crate) fn query_value(&self, name: &str) -> Option<String> {
        self.query().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// Why the body of a request could not be read.
pub(crate) enum BodyError {
    /// More than [`MAX_BODY`] bytes.
    TooLarge,
    /// The client left before its end.
    Incomplete,
}
