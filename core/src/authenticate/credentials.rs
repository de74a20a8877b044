//! What a request presents: a bearer token, or the two cookies.

use crate::authenticate::request::{Authorization, Headers, IncomingRequest};
use crate::cookies::{self, CookieNames};

/// A bearer, when there is one, is the only credential: browsers send cookies on their own, and an application that sends a
/// bearer means that one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Credentials<'a> {
    None,
    Bearer(&'a str),
    /// An `Authorization` that cannot be accepted, and takes the place of the cookies all the same.
    Unacceptable,
    Cookies(CookieTokens<'a>),
}

/// The tokens in the cookies of a request; one of them at least is there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct CookieTokens<'a> {
    pub(crate) session: Option<&'a str>,
    pub(crate) refresh: Option<&'a str>,
    /// Two cookies of one name have different values, so it is unknown which of them is meant.
    pub(crate) ambiguous: bool,
}

impl<'a> Credentials<'a> {
    pub(crate) fn read(request: &IncomingRequest<'a>, headers: &Headers<'a>, names: &CookieNames) -> Self {
        match headers.authorization {
            Authorization::Bearer(token) => return Self::Bearer(token),
            Authorization::Unacceptable => return Self::Unacceptable,
            Authorization::Absent => {}
        }
        let mut found = CookieTokens::default();
        for (name, value) in cookies_of(request) {
            let CookieTokens { session, refresh, ambiguous } = &mut found;
            let slot = match name {
                name if name == names.session() => session,
                name if name == names.refresh() => refresh,
                _ => continue,
            };
            *ambiguous |= slot.is_some_and(|other| other != value);
            *slot = slot.or(Some(value));
        }
        if found == CookieTokens::default() { Self::None } else { Self::Cookies(found) }
    }
}

/// The cookies that have a value, of every `Cookie` header: HTTP/2 may send several (RFC 9113 §8.2.3).
pub(crate) fn cookies_of<'a>(
    request: &IncomingRequest<'a>,
) -> impl Iterator<Item = (&'a str, &'a str)> + Clone + use<'a> {
    let headers = request.headers.iter().filter(|(name, _)| name.len() == 6 && name.eq_ignore_ascii_case("cookie"));
    let pairs = headers.flat_map(|(_, value)| value.split(';')).filter_map(cookies::pair);
    pairs.filter(|(_, value)| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'a>(headers: &'a [(&'a str, &'a str)]) -> Credentials<'a> {
        let request = IncomingRequest::new("GET", "/", headers);
        Credentials::read(&request, &Headers::read(&request), &CookieNames::default())
    }

    fn cookies<'a>(session: Option<&'a str>, refresh: Option<&'a str>, ambiguous: bool) -> Credentials<'a> {
        Credentials::Cookies(CookieTokens { session, refresh, ambiguous })
    }

    #[test]
    fn cookies_are_read_from_every_header() {
        assert_eq!(read(&[]), Credentials::None);
        assert_eq!(read(&[("cookie", "theme=dark; DS=; DSR=\"\"")]), Credentials::None);
        assert_eq!(read(&[("cookie", "a=b;DS=x ; DSR=\"y\"")]), cookies(Some("x"), Some("y"), false));
        assert_eq!(read(&[("Cookie", "DS=x"), ("COOKIE", "DSR=y")]), cookies(Some("x"), Some("y"), false));
        assert_eq!(read(&[("cookie", "DSR=y; DS=; ds=z")]), cookies(None, Some("y"), false));
    }

    #[test]
    fn two_cookies_of_one_name_are_ambiguous_when_they_differ() {
        assert_eq!(read(&[("cookie", "DS=x; DS=x; DS=\"x\"")]), cookies(Some("x"), None, false));
        assert_eq!(read(&[("cookie", "DS=x; DS=y")]), cookies(Some("x"), None, true));
        assert_eq!(read(&[("cookie", "DS=x; DSR=y"), ("cookie", "DSR=z")]), cookies(Some("x"), Some("y"), true));
        assert_eq!(read(&[("cookie", "DS=x; DS=")]), cookies(Some("x"), None, false));
    }

    #[test]
    fn a_bearer_takes_the_place_of_cookies() {
        let with = |authorization| {
            let headers = [("authorization", authorization), ("cookie", "DS=x; DS=y")];
            match read(&headers) {
                Credentials::Bearer(token) => token.to_owned(),
                other => format!("{other:?}"),
            }
        };
        assert_eq!(with("Bearer a.b.c"), "a.b.c");
        assert_eq!(with("DPoP a.b.c"), "Unacceptable");
        assert!(with("Basic abc").starts_with("Cookies"));
    }
}
