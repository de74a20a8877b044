//! Reads tokens from `Set-Cookie` and from an incoming request, and writes both tokens as `Set-Cookie` (RFC 6265).

#[allow(clippy::arithmetic_side_effects, reason = "its numbers have two to four digits")]
mod date;
mod options;
mod received;
mod set_cookie;

use serde::{Deserialize, Serialize};

pub use self::options::{CookieAttributes, CookieOptions, CookieScope, SameSite};
pub(crate) use self::received::{fill_tokens, shared_name};
pub(crate) use self::set_cookie::Cookies;
use crate::secret::{RefreshJwt, SessionJwt};

/// The default names of the service, which are also values of `drn`.
pub(crate) const DEFAULT_SESSION_NAME: &str = "DS";
pub(crate) const DEFAULT_REFRESH_NAME: &str = "DSR";

/// The names in the client's options; a response may name others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CookieNames {
    session: Option<String>,
    refresh: Option<String>,
}

impl CookieNames {
    pub(crate) fn new(session: Option<String>, refresh: Option<String>) -> Self {
        Self { session, refresh }
    }

    pub(crate) fn session(&self) -> &str {
        self.session.as_deref().unwrap_or(DEFAULT_SESSION_NAME)
    }

    pub(crate) fn refresh(&self) -> &str {
        self.refresh.as_deref().unwrap_or(DEFAULT_REFRESH_NAME)
    }

    /// Whether both cookies have the same name, or one has the default name of the other. In the first case each would
    /// overwrite the other. In the second, a token would be accepted as the other one, because `drn` contains that name.
    pub(crate) fn are_mixed(&self) -> bool {
        let (session, refresh) = (self.session(), self.refresh());
        session == refresh || session == DEFAULT_REFRESH_NAME || refresh == DEFAULT_SESSION_NAME
    }
}

/// The tokens of an incoming request; see [`Client::tokens_from_request`](crate::Client::tokens_from_request).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RequestTokens {
    /// The session token.
    pub session_jwt: Option<SessionJwt>,
    /// The refresh token.
    pub refresh_jwt: Option<RefreshJwt>,
}

/// `cookie-name`: a token of RFC 9110 §5.6.2.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 256 && text.bytes().all(is_token_byte)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// `name=value`, without attributes and quotes.
pub(crate) fn pair(cookie: &str) -> Option<(&str, &str)> {
    let (name, value) = cookie.split(';').next()?.split_once('=')?;
    let value = value.trim();
    let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    Some((name.trim(), unquoted))
}

pub(crate) fn tokens_from_request(
    names: &CookieNames,
    cookie_header: Option<&str>,
    authorization: Option<&str>,
) -> RequestTokens {
    let cookie = |name: &str| {
        let pairs = cookie_header.into_iter().flat_map(|header| header.split(';')).filter_map(pair);
        pairs.into_iter().find(|(other, value)| *other == name && !value.is_empty()).map(|(_, value)| value.to_owned())
    };
    let bearer = authorization.and_then(|header| {
        let (scheme, token) = header.trim().split_once(' ')?;
        let token = token.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned())
    });
    RequestTokens {
        session_jwt: bearer.or_else(|| cookie(names.session())).map(SessionJwt::from),
        refresh_jwt: cookie(names.refresh()).map(RefreshJwt::from),
    }
}
