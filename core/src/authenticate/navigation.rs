//! When a page of another tenant may switch to it: only for a page that the user opens, and only once.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::authenticate::request::Headers;

/// The cookie that tells a page that is loaded again after a switch from one that is opened. It holds no secret. It is not
/// `Secure`, so that it is kept wherever a cookie is kept, and stops the loop where the browser refuses the tokens.
pub(crate) const MARKER: &str = "tenant-select-switch";

/// The longest URL that is redirected to.
const MAX_LOCATION: usize = 8192;

/// Whether the browser loads a page that the user opened from this site, from the address bar or from a bookmark: not a part of
/// a page, not a page fetched in advance, and not a link of another site, which would switch tenants without the user.
pub(crate) fn is_navigation(method: &str, headers: &Headers<'_>) -> bool {
    method.eq_ignore_ascii_case("GET")
        && matches!(headers.fetch_site, Some("same-origin" | "none"))
        && headers.fetch_mode == Some("navigate")
        && headers.fetch_dest == Some("document")
        && !headers.prefetch
        && !headers.websocket
}

/// The same page, without its origin, so that a redirect cannot lead to another host. None for a path that browsers read as a
/// host (`//host`, `/\host`) and for characters that a header or a URL must not have.
pub(crate) fn location(url: &str) -> Option<&str> {
    let path = match url.split_once("://") {
        Some((scheme, rest)) if !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            rest.find(['/', '?', '#']).and_then(|start| rest.get(start..)).unwrap_or("/")
        }
        _ => url,
    };
    let path = path.split('#').next().unwrap_or_default();
    let printable = path.bytes().all(|byte| matches!(byte, 0x21..=0x7e) && byte != b'\\');
    (path.starts_with('/') && !path.starts_with("//") && path.len() <= MAX_LOCATION && printable).then_some(path)
}

/// What the marker says of a switch to this tenant. Tenant ids may have characters that a cookie must not.
pub(crate) fn marker_value(tenant: &str) -> String {
    let digest = digest::digest(&digest::SHA256, tenant.as_bytes());
    URL_SAFE_NO_PAD.encode(digest.as_ref().get(..16).unwrap_or_default())
}

/// Marks the switch for ten seconds.
pub(crate) fn marker_cookie(tenant: &str) -> String {
    format!("{MARKER}={}; Path=/; Max-Age=10; HttpOnly; SameSite=Lax", marker_value(tenant))
}

/// Removes the mark, once the page is loaded in its tenant.
pub(crate) fn clearing_marker_cookie() -> String {
    format!("{MARKER}=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;
    use crate::authenticate::request::IncomingRequest;

    const OPENED: [(&str, &str); 3] =
        [("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];

    fn navigation(method: &str, headers: &[(&str, &str)]) -> bool {
        is_navigation(method, &Headers::read(&IncomingRequest::new(method, "/", headers)))
    }

    #[test]
    fn only_a_page_that_the_user_opens_is_a_navigation() {
        assert!(navigation("GET", &OPENED));
        for method in ["HEAD", "POST", "OPTIONS"] {
            assert!(!navigation(method, &OPENED), "{method}");
        }
        for (index, values) in [
            (0, &["cross-site", "same-site", ""][..]),
            (1, &["cors", "no-cors", "websocket", ""]),
            (2, &["iframe", "empty", "image", ""]),
        ] {
            for value in values {
                let mut headers = OPENED;
                headers[index].1 = value;
                assert!(!navigation("GET", &headers), "{headers:?}");
            }
        }
        for further in [("sec-purpose", "prefetch"), ("purpose", "prefetch"), ("upgrade", "websocket")] {
            let headers: Vec<_> = OPENED.into_iter().chain([further]).collect();
            assert!(!navigation("GET", &headers), "{further:?}");
        }
    }

    #[test]
    fn a_location_has_no_origin() {
        for (url, expected) in [
            ("/acme/documents?page=2", Some("/acme/documents?page=2")),
            ("https://app.example/acme?x=1#part", Some("/acme?x=1")),
            ("https://app.example", Some("/")),
            ("/redirect?to=https://other.example", Some("/redirect?to=https://other.example")),
            ("//evil.example/x", None),
            ("https://app.example//evil.example", None),
            ("/\\evil.example", None),
            ("acme", None),
            ("", None),
            ("/a b", None),
            ("/a\r\nset-cookie: x", None),
            ("/ä", None),
        ] {
            assert_eq!(location(url), expected, "{url:?}");
        }
        assert_eq!(location(&format!("/{}", "a".repeat(MAX_LOCATION))), None);
    }

    proptest! {
        #[test]
        fn a_location_stays_on_its_host(url in "(https?://app\\.example)?[/\\\\a-z.:@?#%]{0,20}") {
            if let Some(location) = location(&url) {
                let base = Url::parse("https://app.example/").unwrap();
                let target = base.join(location).unwrap();
                prop_assert_eq!(target.origin(), base.origin());
            }
        }

        #[test]
        fn a_marker_is_a_cookie_value(tenant in "\\PC{1,40}") {
            let value = marker_value(&tenant);
            prop_assert!(value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
            prop_assert_eq!(value.len(), 22);
        }
    }
}
