//! Headers of one call: what a request tells about its user, such as a trusted device.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use crate::config;
use crate::error::{Error, Result};
use crate::rotation::Fingerprint;

/// Checked headers, with what makes two calls with the same headers the same.
pub(crate) struct CallHeaders {
    pub(crate) map: HeaderMap,
    pub(crate) fingerprint: Fingerprint,
}

impl CallHeaders {
    /// None for no headers. Of a name that comes twice, the last counts.
    pub(crate) fn new(headers: impl IntoIterator<Item = (String, String)>) -> Result<Option<Self>> {
        let mut map = HeaderMap::new();
        let mut sorted = BTreeMap::new();
        for (name, value) in headers {
            let value = Zeroizing::new(value);
            let header = config::checked_header_name(&name)?;
            map.insert(header.clone(), wiped(&name, &value)?);
            sorted.insert(header.as_str().to_owned(), value);
        }
        if sorted.is_empty() {
            return Ok(None);
        }
        let length = sorted.iter().fold(0_usize, |sum, (name, value)| {
            sum.saturating_add(name.len()).saturating_add(value.len()).saturating_add(2)
        });
        // Neither a name nor a value has a line break or, in a name, a colon, so different headers give different texts.
        let mut text = Zeroizing::new(String::with_capacity(length));
        for (name, value) in &sorted {
            for part in [name, ":", value, "\n"] {
                text.push_str(part);
            }
        }
        Ok(Some(Self { map, fingerprint: Fingerprint::of(&text) }))
    }
}

/// The value in a buffer that is wiped when its last owner is dropped: it may well be a token.
fn wiped(name: &str, value: &str) -> Result<HeaderValue> {
    let bytes = Bytes::from_owner(Zeroizing::new(value.as_bytes().to_vec()));
    let value = HeaderValue::from_maybe_shared(bytes);
    let mut value = value
        .map_err(|_| Error::invalid_input("headers", format!("the value for header {name:?} is not a header value")))?;
    value.set_sensitive(true);
    Ok(value)
}

impl fmt::Debug for CallHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.map.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Result<Option<CallHeaders>> {
        CallHeaders::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    fn fingerprint(pairs: &[(&str, &str)]) -> Option<Fingerprint> {
        headers(pairs).unwrap().map(|headers| headers.fingerprint)
    }

    #[test]
    fn order_and_case_of_names_make_no_difference() {
        assert!(fingerprint(&[]).is_none());
        let one = fingerprint(&[("x-a", "1"), ("X-B", "2")]);
        assert!(one == fingerprint(&[("x-b", "2"), ("X-A", "1")]));
        assert!(one == fingerprint(&[("x-a", "0"), ("x-b", "2"), ("x-a", "1")]));
        assert!(one != fingerprint(&[("x-a", "1"), ("x-b", "3")]));
        assert!(one != fingerprint(&[("x-a", "1")]));
        assert!(fingerprint(&[("x-a", "1:2")]) != fingerprint(&[("x-a", "1"), ("x-b", "2")]));
    }

    #[test]
    fn headers_of_the_client_and_wrong_ones_are_refused() {
        for (name, value) in [
            ("Authorization", "x"),
            ("host", "x"),
            ("COOKIE", "x"),
            ("Content-Type", "x"),
            ("", "x"),
            ("a b", "x"),
            ("x-a", "line\nbreak"),
        ] {
            assert_eq!(headers(&[(name, value)]).unwrap_err().argument(), Some("headers"), "{name}");
        }
    }

    #[test]
    fn debug_shows_no_value() {
        assert_eq!(format!("{:?}", headers(&[("x-token", "secret")]).unwrap().unwrap()), "{\"x-token\"}");
    }
}
