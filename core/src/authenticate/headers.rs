//! What a response to an authenticated request must have, and how that goes together with the application's own headers.

/// One header for a response, and what becomes of the application's own of that name.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponseHeader<'a> {
    /// The name, in lower case.
    pub name: &'static str,
    /// The value. That of `set-cookie` holds a token.
    pub value: &'a str,
    /// What becomes of headers of this name that the application has set.
    pub rule: HeaderRule,
}

impl std::fmt::Debug for ResponseHeader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = if self.name == SET_COOKIE { "[redacted]" } else { self.value };
        f.debug_struct("ResponseHeader")
            .field("name", &self.name)
            .field("value", &value)
            .field("rule", &self.rule)
            .finish()
    }
}

/// How a header is added to those of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeaderRule {
    /// Besides them, as a further line.
    Append,
    /// In their place.
    Replace,
    /// Only where there is none.
    IfAbsent,
}

impl HeaderRule {
    /// The name of the rule, the same in every language.
    ///
    /// ```
    /// assert_eq!(tenant_select::HeaderRule::Append.as_str(), "append");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Replace => "replace",
            Self::IfAbsent => "if_absent",
        }
    }
}

const SET_COOKIE: &str = "set-cookie";
const NO_STORE: ResponseHeader<'_> =
    ResponseHeader { name: "cache-control", value: "no-store", rule: HeaderRule::Replace };
const PRIVATE: ResponseHeader<'_> =
    ResponseHeader { name: "cache-control", value: "private", rule: HeaderRule::IfAbsent };
const VARY: ResponseHeader<'_> =
    ResponseHeader { name: "vary", value: "Cookie, Authorization", rule: HeaderRule::Append };

/// The headers of every response: a response that sets tokens or refuses must not be kept anywhere, and any other differs by
/// user, so that a shared cache must not keep it.
pub(crate) fn headers(set_cookies: &[String], refused: bool) -> impl Iterator<Item = ResponseHeader<'_>> {
    let cookies = set_cookies.iter().map(|value| ResponseHeader { name: SET_COOKIE, value, rule: HeaderRule::Append });
    let caching = if refused || !set_cookies.is_empty() { NO_STORE } else { PRIVATE };
    cookies.chain([caching, VARY])
}

/// Adds headers to those of the application, by their rules.
pub(crate) fn apply<'a>(ours: impl Iterator<Item = ResponseHeader<'a>>, response: &mut Vec<(String, String)>) {
    for ResponseHeader { name, value, rule } in ours {
        let is_ours = |(other, _): &(String, String)| other.eq_ignore_ascii_case(name);
        match rule {
            HeaderRule::Append if name == VARY.name => {
                let covered = response.iter().filter(|header| is_ours(header)).flat_map(|(_, list)| list.split(','));
                let covered: Vec<String> = covered.map(|field| field.trim().to_ascii_lowercase()).collect();
                let is_missing =
                    |field: &&str| !covered.iter().any(|other| other == "*" || other.eq_ignore_ascii_case(field));
                let missing: Vec<&str> = value.split(", ").filter(is_missing).collect();
                if !missing.is_empty() {
                    response.push((name.to_owned(), missing.join(", ")));
                }
            }
            HeaderRule::Append => response.push((name.to_owned(), value.to_owned())),
            HeaderRule::Replace => {
                response.retain(|header| !is_ours(header));
                response.push((name.to_owned(), value.to_owned()));
            }
            HeaderRule::IfAbsent if response.iter().any(is_ours) => {}
            HeaderRule::IfAbsent => response.push((name.to_owned(), value.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn composed(existing: &[(&str, &str)], cookies: &[&str], refused: bool) -> Vec<(String, String)> {
        let cookies: Vec<String> = cookies.iter().map(|cookie| (*cookie).to_owned()).collect();
        let mut response: Vec<_> =
            existing.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        apply(headers(&cookies, refused), &mut response);
        response
    }

    fn pairs(response: &[(String, String)]) -> Vec<(&str, &str)> {
        response.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    #[test]
    fn a_response_without_cookies_keeps_the_caching_of_the_application() {
        let vary = ("vary", "Cookie, Authorization");
        assert_eq!(pairs(&composed(&[], &[], false)), [("cache-control", "private"), vary]);
        let public = ("Cache-Control", "public, max-age=60");
        assert_eq!(pairs(&composed(&[public], &[], false)), [public, vary]);
    }

    #[test]
    fn cookies_and_refusals_are_not_stored() {
        let public = ("Cache-Control", "public, max-age=60");
        for (cookies, refused) in [(&["DS=x"][..], false), (&[][..], true), (&["DS=x"][..], true)] {
            let response = composed(&[public, ("set-cookie", "theme=dark")], cookies, refused);
            let caching: Vec<_> =
                response.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cache-control")).collect();
            assert_eq!(caching, [&("cache-control".to_owned(), "no-store".to_owned())]);
            let kept = response.iter().filter(|(name, _)| name == "set-cookie").count();
            assert_eq!(kept, cookies.len() + 1);
        }
    }

    #[test]
    fn vary_is_completed() {
        for (existing, expected) in [
            ("*", None),
            ("Cookie", Some("Authorization")),
            ("accept-encoding, COOKIE , authorization", None),
            ("Accept", Some("Cookie, Authorization")),
        ] {
            let response = composed(&[("Vary", existing)], &[], false);
            let added = response.iter().find(|(name, _)| name == "vary").map(|(_, value)| value.as_str());
            assert_eq!(added, expected, "{existing}");
        }
    }

    #[test]
    fn debug_shows_no_cookie() {
        let cookies = ["DS=secret".to_owned()];
        assert!(headers(&cookies, false).all(|header| !format!("{header:?}").contains("secret")));
    }

    proptest! {
        #[test]
        fn composing_twice_changes_only_cookies(
            names in proptest::collection::vec("(?i)(vary|cache-control|x-a)", 0..5),
            value in "[a-z, *=0-9]{0,20}",
            refused: bool,
        ) {
            let existing: Vec<_> = names.iter().map(|name| (name.as_str(), value.as_str())).collect();
            let once = composed(&existing, &[], refused);
            let twice = composed(&pairs(&once), &[], refused);
            let sorted = |mut headers: Vec<(String, String)>| { headers.sort(); headers };
            prop_assert_eq!(sorted(once), sorted(twice));
        }
    }
}
