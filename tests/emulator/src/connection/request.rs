//! A request as the handlers see it, whatever protocol it came by.

use std::net::IpAddr;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName};

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

/// Why a request has no body that could be looked at.
pub(crate) enum BodyError {
    /// More than [`MAX_BODY`] bytes.
    TooLarge,
    /// The client left before its end.
    Incomplete,
}

/// The parameters of a query string, decoded.
pub(crate) fn query_pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decoded(&name.replace('+', " ")), percent_decoded(&value.replace('+', " ")))
        })
        .collect()
}

/// Text with its `%XX` sequences decoded; what is no such sequence stays.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = (first == b'%').then(|| tail.split_at_checked(2)).flatten().and_then(|(digits, tail)| {
            let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.contains('+'))?;
            Some((u8::from_str_radix(digits, 16).ok()?, tail))
        });
        let (byte, tail) = escaped.unwrap_or((first, tail));
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_parameters_are_decoded() {
        let pairs = query_pairs("a=1&b=x%20y+z&c&d=%zz&=e&f=%C3%A9");
        let expected = [("a", "1"), ("b", "x y z"), ("c", ""), ("d", "%zz"), ("", "e"), ("f", "é")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
