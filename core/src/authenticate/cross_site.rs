//! Whether another site caused a request. Browsers send cookies with such requests on their own, unless `SameSite` keeps them.
//!
//! The rules are those of `CrossOriginProtection` in Go's `net/http`: fetch metadata decides where the browser sends it, and
//! `Origin` against `Host` where it does not. `same-site` is refused too, because a neighbouring subdomain is not this
//! application.

use url::Url;

use crate::authenticate::request::Headers;
use crate::error::{Error, Result};

/// The origins that may cause requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    /// Other origins, in the spelling of browsers.
    pub(crate) trusted: Vec<String>,
    /// The application's own, when `Host` does not say it.
    pub(crate) public: Option<String>,
}

/// Whether requests with this method change nothing (RFC 9110 §9.2.1). `TRACE` is not among them: servers do not implement it.
pub(crate) fn is_safe(method: &str) -> bool {
    ["GET", "HEAD", "OPTIONS"].iter().any(|safe| method.eq_ignore_ascii_case(safe))
}

impl Origins {
    pub(crate) fn is_cross_site(&self, headers: &Headers<'_>, url: &str) -> bool {
        match (headers.fetch_site, headers.origin) {
            (Some("same-origin" | "none"), _) => false,
            (Some(_), origin) => !origin.is_some_and(|origin| self.trusts(origin)),
            // Not a browser, or one that sent no origin because the request is from the same one.
            (None, None) => false,
            (None, Some(origin)) => !self.is_own(origin, headers, url) && !self.trusts(origin),
        }
    }

    fn trusts(&self, origin: &str) -> bool {
        self.trusted.iter().any(|trusted| trusted.eq_ignore_ascii_case(origin))
    }

    /// Without the option, the scheme is unknown here and only the host is compared.
    fn is_own(&self, origin: &str, headers: &Headers<'_>, url: &str) -> bool {
        if let Some(public) = &self.public {
            return public.eq_ignore_ascii_case(origin);
        }
        let Some((scheme, authority)) = origin.split_once("://") else { return false };
        let default_port = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
        let without_default =
            |host: &str| host.len().checked_sub(default_port.len()).filter(|_| host.ends_with(default_port));
        let host = headers.host.or_else(|| authority_of(url)).unwrap_or_default();
        let host = without_default(host).and_then(|end| host.get(..end)).unwrap_or(host);
        !host.is_empty() && host.eq_ignore_ascii_case(authority)
    }
}

/// The host and port of a complete URL.
fn authority_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split(['/', '?', '#']).next()
}

/// An origin of an option: scheme, host and port, and nothing else.
pub(crate) fn checked_origin(argument: &'static str, text: &str) -> Result<String> {
    let wrong = || {
        let what = format!("{argument} needs origins such as https://app.example, without a path");
        Error::invalid_input(argument, what)
    };
    let url = Url::parse(text).map_err(|_| wrong())?;
    let bare = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.is_empty() && !host.contains('*'))
        && url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && !text.ends_with('/')
        && url.query().is_none()
        && url.fragment().is_none();
    if bare { Ok(url.origin().ascii_serialization()) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::authenticate::request::IncomingRequest;

    fn cross(origins: &Origins, url: &str, headers: &[(&str, &str)]) -> bool {
        let request = IncomingRequest::new("POST", url, headers);
        origins.is_cross_site(&Headers::read(&request), url)
    }

    #[test]
    fn fetch_metadata_decides_where_there_is_any() {
        let none = Origins::default();
        for (site, expected) in
            [("same-origin", false), ("none", false), ("same-site", true), ("cross-site", true), ("other", true)]
        {
            let headers = [("sec-fetch-site", site), ("origin", "https://app.example"), ("host", "app.example")];
            assert_eq!(cross(&none, "/", &headers), expected, "{site}");
        }
    }

    #[test]
    fn the_origin_is_compared_with_the_host() {
        let none = Origins::default();
        for (origin, host, expected) in [
            ("https://app.example", "app.example", false),
            ("https://APP.example", "app.EXAMPLE", false),
            ("https://app.example", "app.example:443", false),
            ("http://app.example", "app.example:80", false),
            ("http://app.example", "app.example:443", true),
            ("https://app.example:8443", "app.example:8443", false),
            ("https://app.example:8443", "app.example", true),
            ("https://evil.example", "app.example", true),
            ("https://app.example.evil.example", "app.example", true),
            ("null", "app.example", true),
            ("app.example", "app.example", true),
            ("https://", "", true),
        ] {
            assert_eq!(cross(&none, "/", &[("origin", origin), ("host", host)]), expected, "{origin} {host}");
        }
        assert!(!cross(&none, "https://app.example/a", &[("origin", "https://app.example")]));
        assert!(!cross(&none, "/", &[("host", "app.example")]));
    }

    #[test]
    fn trusted_and_public_origins_are_compared_whole() {
        let origins = Origins {
            trusted: vec!["https://partner.example".to_owned()],
            public: Some("https://app.example".to_owned()),
        };
        for (origin, site, expected) in [
            ("https://partner.example", Some("cross-site"), false),
            ("https://partner.example", None, false),
            ("http://partner.example", Some("cross-site"), true),
            ("https://partner.example:444", None, true),
            ("https://app.example", None, false),
            ("http://app.example", None, true),
            ("https://internal", None, true),
            // The own origin does not excuse what the browser calls another site.
            ("https://app.example", Some("cross-site"), true),
        ] {
            let mut headers = vec![("origin", origin), ("host", "internal")];
            headers.extend(site.map(|site| ("sec-fetch-site", site)));
            assert_eq!(cross(&origins, "/", &headers), expected, "{origin} {site:?}");
        }
    }

    #[test]
    fn options_are_origins_and_nothing_else() {
        for good in ["https://app.example", "http://localhost:3000", "https://[::1]:8443", "HTTPS://App.Example:443"] {
            assert!(checked_origin("public_origin", good).is_ok(), "{good}");
        }
        assert_eq!(checked_origin("public_origin", "HTTPS://App.Example:443").unwrap(), "https://app.example");
        for wrong in
            ["", "app.example", "https://app.example/", "https://app.example/a", "https://*", "null", "ftp://a.example"]
        {
            let error = checked_origin("trusted_origins", wrong).unwrap_err();
            assert_eq!(error.argument(), Some("trusted_origins"), "{wrong}");
        }
        for wrong in ["https://a:b@app.example", "https://app.example?x", "https://app.example#x"] {
            assert!(checked_origin("trusted_origins", wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn an_origin_that_does_not_name_the_host_is_another_site(origin in "\\PC{0,40}", host in "[a-z]{1,8}\\.example") {
            let headers = [("origin", origin.as_str()), ("host", host.as_str())];
            if !cross(&Origins::default(), "/", &headers) {
                let (named, end) = (origin.trim().to_ascii_lowercase(), format!("://{host}"));
                prop_assert!(named.is_empty() || named.ends_with(&end));
            }
        }
    }
}
