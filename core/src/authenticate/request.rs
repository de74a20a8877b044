//! An incoming request, as the application's server has it, and its headers that matter here.

/// A request that came in: borrowed from the server, nothing is copied.
///
/// ```
/// use tenant_select::IncomingRequest;
///
/// let headers = [("host", "app.example"), ("cookie", "DS=a.b.c; DSR=d.e.f")];
/// let request = IncomingRequest::new("GET", "/acme/documents", &headers);
/// # let _ = request;
/// ```
#[derive(Clone, Copy)]
#[must_use]
pub struct IncomingRequest<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) websocket: bool,
}

impl<'a> IncomingRequest<'a> {
    /// A request.
    ///
    /// * `method`: in upper case, such as `GET`.
    /// * `url`: as the browser has it: the path with the query as it was sent, not decoded, or the complete URL.
    /// * `headers`: names and values, in the order of the request; a name may come several times, and its case does not matter.
    pub fn new(method: &'a str, url: &'a str, headers: &'a [(&'a str, &'a str)]) -> Self {
        Self { method, url, headers, websocket: false }
    }

    /// States that the request opens a WebSocket. A header `Upgrade: websocket` says so itself; with HTTP/2 (RFC 8441) there is
    /// none.
    pub fn websocket(mut self, websocket: bool) -> Self {
        self.websocket = websocket;
        self
    }
}

impl std::fmt::Debug for IncomingRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Headers hold the tokens, and a query may hold a secret.
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        f.debug_struct("IncomingRequest").field("method", &self.method).field("path", &path).finish_non_exhaustive()
    }
}

/// The headers that decide, found in one pass. Of a header that should come once, the first counts.
#[derive(Default)]
pub(crate) struct Headers<'a> {
    pub(crate) authorization: Authorization<'a>,
    pub(crate) host: Option<&'a str>,
    pub(crate) origin: Option<&'a str>,
    pub(crate) fetch_site: Option<&'a str>,
    pub(crate) fetch_mode: Option<&'a str>,
    pub(crate) fetch_dest: Option<&'a str>,
    /// The browser fetches the page in advance; the user may never see it.
    pub(crate) prefetch: bool,
    pub(crate) websocket: bool,
    requests_method: bool,
}

/// The credential in `Authorization`, where it is of a scheme that matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Authorization<'a> {
    /// None, or one of another scheme, which is not for this library.
    #[default]
    Absent,
    Bearer(&'a str),
    /// DPoP, a bearer without a token, or two that differ.
    Unacceptable,
}

impl<'a> Headers<'a> {
    pub(crate) fn read(request: &IncomingRequest<'a>) -> Self {
        let mut found = Self { websocket: request.websocket, ..Self::default() };
        for (name, value) in request.headers {
            let value = value.trim();
            let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
            match name.len() {
                4 if is("host") => first(&mut found.host, value),
                6 if is("origin") => first(&mut found.origin, value),
                7 if is("upgrade") => found.websocket |= value.eq_ignore_ascii_case("websocket"),
                7 if is("purpose") => found.prefetch |= !value.is_empty(),
                11 if is("sec-purpose") => found.prefetch |= !value.is_empty(),
                13 if is("authorization") => found.authorization = found.authorization.and(value),
                14 if is("sec-fetch-site") => first(&mut found.fetch_site, value),
                14 if is("sec-fetch-mode") => first(&mut found.fetch_mode, value),
                14 if is("sec-fetch-dest") => first(&mut found.fetch_dest, value),
                29 if is("access-control-request-method") => found.requests_method = true,
                _ => {}
            }
        }
        found
    }

    /// Whether a browser requests permission for another request (the CORS protocol of the Fetch standard). It has no
    /// credentials.
    pub(crate) fn is_preflight(&self, method: &str) -> bool {
        method.eq_ignore_ascii_case("OPTIONS") && self.requests_method && self.origin.is_some()
    }
}

fn first<'a>(found: &mut Option<&'a str>, value: &'a str) {
    if found.is_none() && !value.is_empty() {
        *found = Some(value);
    }
}

impl<'a> Authorization<'a> {
    fn and(self, value: &'a str) -> Self {
        let (scheme, token) = value.split_once([' ', '\t']).unwrap_or((value, ""));
        let token = token.trim();
        let other = if scheme.eq_ignore_ascii_case("dpop") || scheme.eq_ignore_ascii_case("bearer") && token.is_empty()
        {
            Self::Unacceptable
        } else if scheme.eq_ignore_ascii_case("bearer") {
            Self::Bearer(token)
        } else {
            Self::Absent
        };
        match (self, other) {
            (one, Self::Absent) | (Self::Absent, one) => one,
            (one, other) if one == other => one,
            _ => Self::Unacceptable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authorization<'a>(values: &'a [(&'a str, &'a str)]) -> Authorization<'a> {
        Headers::read(&IncomingRequest::new("GET", "/", values)).authorization
    }

    #[test]
    fn only_bearer_and_dpop_are_credentials() {
        use Authorization::{Absent, Bearer, Unacceptable};
        for (values, expected) in [
            (&[][..], Absent),
            (&["Basic dXNlcg=="], Absent),
            (&["Bearer a.b.c"], Bearer("a.b.c")),
            (&["bEARER \t a.b.c "], Bearer("a.b.c")),
            (&["Bearer"], Unacceptable),
            (&["Bearer "], Unacceptable),
            (&["DPoP a.b.c"], Unacceptable),
            (&["Basic x", "Bearer a.b.c"], Bearer("a.b.c")),
            (&["Bearer a.b.c", "Bearer a.b.c"], Bearer("a.b.c")),
            (&["Bearer a.b.c", "Bearer d.e.f"], Unacceptable),
            (&["Bearer a.b.c", "DPoP a.b.c"], Unacceptable),
            (&["Bearera.b.c"], Absent),
        ] {
            let headers: Vec<_> = values.iter().map(|value| ("Authorization", *value)).collect();
            assert_eq!(authorization(&headers), expected, "{values:?}");
        }
    }

    #[test]
    fn names_in_any_case_are_found_and_empty_values_are_not() {
        let headers =
            [("ORIGIN", ""), ("Origin", "https://a.example"), ("HOST", "a.example"), ("Upgrade", "WebSocket")];
        let found = Headers::read(&IncomingRequest::new("GET", "/", &headers));
        assert_eq!((found.origin, found.host), (Some("https://a.example"), Some("a.example")));
        assert!(found.websocket && !found.prefetch);
    }

    #[test]
    fn a_preflight_has_the_method_the_origin_and_the_header() {
        let all = [("origin", "https://a.example"), ("access-control-request-method", "PUT")];
        let preflight =
            |method, headers| Headers::read(&IncomingRequest::new(method, "/", headers)).is_preflight(method);
        assert!(preflight("OPTIONS", &all));
        assert!(!preflight("POST", &all));
        assert!(!preflight("OPTIONS", &all[..1]));
        assert!(!preflight("OPTIONS", &all[1..]));
    }

    #[test]
    fn debug_shows_no_header_and_no_query() {
        let request = IncomingRequest::new("GET", "/a?token=secret", &[("cookie", "DS=secret")]);
        assert!(!format!("{request:?}").contains("secret"));
    }
}
