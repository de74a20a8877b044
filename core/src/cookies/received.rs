//! Reads tokens from the `Set-Cookie` headers of a response (RFC 6265 §5.2 and §5.3).

use std::time::{SystemTime, UNIX_EPOCH};

use zeroize::Zeroizing;

use super::{CookieNames, DEFAULT_REFRESH_NAME, DEFAULT_SESSION_NAME, date, is_token_byte, pair};
use crate::model::JwtResponseBody;
use crate::secret::{RefreshJwt, SessionJwt};

/// Fills tokens that the body lacks from the `Set-Cookie` headers of the same response.
///
/// The last cookie of a name counts, as in a browser. A cookie that is empty, or that a browser would delete, gives no token. A
/// name that both tokens have is not read: see [`shared_name`].
pub(crate) fn fill_tokens(response: &mut JwtResponseBody, headers: &[Zeroizing<String>], names: &CookieNames) {
    let cookies = read(headers);
    let value_of = |name: &str| cookies.iter().rev().find(|(other, _)| *other == name).map(|(_, value)| *value);
    let (session, refresh) = names_in_use(response, names);
    // A name that the other token has now does not belong to this one, even if the client or the service used it for this
    // one before.
    let find = |in_use: &str, of_client: &str, default: &str, of_other: &str| {
        let candidates = [in_use, of_client, default].into_iter().filter(|name| *name != of_other);
        candidates.filter_map(value_of).find(|value| !value.is_empty()).map(str::to_owned)
    };
    let session_jwt = find(session, names.session(), DEFAULT_SESSION_NAME, refresh);
    let refresh_jwt = find(refresh, names.refresh(), DEFAULT_REFRESH_NAME, session);
    if response.session_jwt.is_none() {
        response.session_jwt = session_jwt.map(SessionJwt::from);
    }
    if response.refresh_jwt.is_none() {
        response.refresh_jwt = refresh_jwt.map(RefreshJwt::from);
    }
}

/// The field of a response that gives both tokens the same cookie name, when a token would have to be read from that cookie:
/// it is then unknown which of the two it contains.
pub(crate) fn shared_name(
    response: &JwtResponseBody,
    headers: &[Zeroizing<String>],
    names: &CookieNames,
) -> Option<&'static str> {
    let (session, refresh) = names_in_use(response, names);
    let missing = response.session_jwt.is_none() || response.refresh_jwt.is_none();
    let is_needed = || read(headers).iter().any(|(name, value)| *name == session && !value.is_empty());
    (missing && session == refresh && is_needed()).then(|| field_of_shared_name(response))
}

/// The field that causes the equal names. The client's own names differ, so at least one name is from the response.
pub(super) fn field_of_shared_name(response: &JwtResponseBody) -> &'static str {
    if response.cookie_name.as_deref().is_some_and(|name| !name.is_empty()) {
        "cookieName"
    } else {
        "sessionCookieName"
    }
}

/// The names of the session and of the refresh cookie: the response's, else the client's.
fn names_in_use<'a>(response: &'a JwtResponseBody, names: &'a CookieNames) -> (&'a str, &'a str) {
    let own = |name: &'a Option<String>| name.as_deref().filter(|name| !name.is_empty());
    let session = own(&response.session_cookie_name).unwrap_or_else(|| names.session());
    let refresh = own(&response.cookie_name).unwrap_or_else(|| names.refresh());
    (session, refresh)
}

/// Names and values in order; the value of a cookie that a browser would delete is empty.
fn read(headers: &[Zeroizing<String>]) -> Vec<(&str, &str)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|now| i64::try_from(now.as_secs()).ok());
    let cookies = headers.iter().flat_map(|header| split_joined(header));
    cookies
        .filter_map(|cookie| {
            let (name, value) = pair(cookie)?;
            Some((name, if is_deleted(cookie, now.unwrap_or_default()) { "" } else { value }))
        })
        .collect()
}

/// Whether `Max-Age` or, without it, `Expires` says that the cookie has ended. The last attribute of a name counts, and one
/// that cannot be read is skipped.
fn is_deleted(cookie: &str, now: i64) -> bool {
    let (mut alive, mut expires) = (None, None);
    for attribute in cookie.split(';').skip(1) {
        let Some((name, value)) = attribute.split_once('=') else { continue };
        let (name, value) = (name.trim(), value.trim());
        if name.eq_ignore_ascii_case("max-age") {
            alive = max_age_is_positive(value).or(alive);
        } else if name.eq_ignore_ascii_case("expires") {
            expires = date::seconds_since_1970(value).or(expires);
        }
    }
    match (alive, expires) {
        (Some(alive), _) => !alive,
        (None, Some(expires)) => expires <= now,
        (None, None) => false,
    }
}

/// Any number of digits, with or without a minus sign (RFC 6265 §5.2.2); only whether it is above 0 matters.
fn max_age_is_positive(value: &str) -> Option<bool> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.len() == value.len() && digits.bytes().any(|byte| byte != b'0'))
}

/// Several cookies that an intermediary joined into one header. A comma begins a new cookie only when a name and `=` follow,
/// so that commas in dates do not split a cookie.
fn split_joined(header: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = header;
    let mut from = 0;
    while let Some(offset) = rest.get(from..).and_then(|tail| tail.find(',')) {
        let comma = from.saturating_add(offset);
        let behind = comma.saturating_add(1);
        let after = rest.get(behind..).unwrap_or_default();
        let name_length = after.trim_start().bytes().take_while(|byte| is_token_byte(*byte)).count();
        let begins = name_length > 0 && after.trim_start().as_bytes().get(name_length) == Some(&b'=');
        if begins {
            parts.push(rest.get(..comma).unwrap_or_default());
            rest = after;
            from = 0;
        } else {
            from = behind;
        }
    }
    parts.push(rest);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2030-01-01 00:00:00 UTC
    const NOW: i64 = 1_893_456_000;

    #[test]
    fn max_age_and_expires_end_a_cookie_as_in_a_browser() {
        for (attributes, deleted) in [
            ("", false),
            ("Path=/; Secure", false),
            ("Max-Age=0", true),
            ("max-age = 00", true),
            ("Max-Age=-1", true),
            ("Max-Age=-99999999999999999999999", true),
            ("Max-Age=99999999999999999999999", false),
            ("Max-Age=1", false),
            ("Max-Age=600; Expires=Thu, 01 Jan 1970 00:00:00 GMT", false),
            ("Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT", true),
            ("Max-Age=600; Max-Age=0", true),
            ("Max-Age=0; Max-Age=600", false),
            // What is no number is passed over.
            ("Max-Age=", false),
            ("Max-Age=-", false),
            ("Max-Age=+0", false),
            ("Max-Age=0s", false),
            ("Max-Age=0; Max-Age=x", true),
            ("Max-Age", false),
            ("Expires=Thu, 01 Jan 1970 00:00:00 GMT", true),
            ("EXPIRES=Thu, 01-Jan-1970 00:00:00 GMT", true),
            ("Expires=Thursday, 01-Jan-70 00:00:00 GMT", true),
            ("Expires=Thu Jan  1 00:00:00 1970", true),
            ("Expires=Tue, 01 Jan 2030 00:00:00 GMT", true),
            ("Expires=Tue, 01 Jan 2030 00:00:01 GMT", false),
            ("Expires=0", false),
            ("Expires=never", false),
        ] {
            assert_eq!(is_deleted(&format!("DS=a.b.c; {attributes}"), NOW), deleted, "{attributes}");
        }
    }
}
