//! The response that carries tokens, with every field, defaults included; in cookie mode with the cookies.

use http::header::SET_COOKIE;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::issue::SignedTokens;
use crate::clock::int32;
use crate::connection::response::HttpResponse;
use crate::state::settings::{ResponseClaims, SameSite, Settings, TokenDelivery};

/// The end of the year 9999, the last that an HTTP date can say (RFC 9110 section 5.6.7). A minted token may live longer.
const LAST_HTTP_DATE: u64 = 253_402_300_799;

/// The names that are not the usual ones; an empty text means the usual one.
fn custom<'a>(name: &'a str, usual: &str) -> &'a str {
    if name == usual { "" } else { name }
}

/// A `JWTResponse` without user and tokens: protobuf defaults everywhere.
fn emptied(settings: &Settings) -> Map<String, Value> {
    let body = json!({
        "sessionJwt": "",
        "refreshJwt": "",
        "cookieDomain": settings.cookie_domain,
        "cookiePath": settings.cookie_path,
        "cookieMaxAge": 0,
        "cookieExpiration": 0,
        "user": null,
        "firstSeen": false,
        "idpResponse": null,
        "sessionExpiration": 0,
        "externalToken": "",
        "claims": {},
        "tenantSSOID": "",
        "trustedDeviceJwt": "",
        "nextRefreshSeconds": 0,
        "cookieName": custom(&settings.refresh_cookie_name, "DSR"),
        "sessionCookieName": custom(&settings.session_cookie_name, "DS"),
        "sessionCookieDomain": settings.session_cookie_domain,
        "unsavedSSO": false,
        "knownDeviceJwt": "",
    });
    match body {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// The response to a sign-in, a selection, or a refresh.
pub(crate) struct JwtResponse {
    pub(crate) tokens: SignedTokens,
    pub(crate) user: Value,
    pub(crate) first_seen: bool,
    pub(crate) external_token: String,
    pub(crate) now: i64,
}

impl JwtResponse {
    /// All members, tokens in place.
    pub(crate) fn body(&self, settings: &Settings) -> Map<String, Value> {
        let tokens = &self.tokens;
        let mut body = emptied(settings);
        let claims = match settings.response_claims {
            ResponseClaims::Empty => Map::new(),
            ResponseClaims::Session => tokens.session_claims.clone(),
        };
        let values = [
            ("sessionJwt", json!(tokens.session_jwt)),
            ("refreshJwt", json!(tokens.refresh_jwt)),
            ("cookieMaxAge", json!(int32(tokens.refresh_expires - self.now))),
            ("cookieExpiration", json!(int32(tokens.refresh_expires))),
            ("user", self.user.clone()),
            ("firstSeen", json!(self.first_seen)),
            ("sessionExpiration", json!(int32(tokens.session_expires))),
            ("externalToken", json!(self.external_token)),
            ("claims", Value::Object(claims)),
            ("nextRefreshSeconds", json!(settings.next_refresh_seconds)),
        ];
        body.extend(values.map(|(name, value)| (name.to_owned(), value)));
        body
    }

    /// The cookies that the settings want set.
    pub(crate) fn cookies(&self, settings: &Settings) -> Vec<HeaderValue> {
        let tokens = &self.tokens;
        let session = (settings.token_delivery == TokenDelivery::Cookies).then_some(CookieKind::Session);
        let refresh = (settings.token_delivery != TokenDelivery::Body && !tokens.refresh_jwt.is_empty())
            .then_some(CookieKind::Refresh);
        [session, refresh]
            .into_iter()
            .flatten()
            .filter_map(|kind| {
                let (value, expires) = match kind {
                    CookieKind::Session => (&tokens.session_jwt, tokens.session_expires),
                    CookieKind::Refresh => (&tokens.refresh_jwt, tokens.refresh_expires),
                };
                cookie(settings, kind, value, expires - self.now, expires)
            })
            .collect()
    }

    /// The response as the settings want it delivered.
    pub(crate) fn to_http(&self, settings: &Settings) -> HttpResponse {
        let mut body = self.body(settings);
        if settings.token_delivery != TokenDelivery::Body {
            body.insert("refreshJwt".to_owned(), json!(""));
        }
        if settings.token_delivery == TokenDelivery::Cookies {
            body.insert("sessionJwt".to_owned(), json!(""));
        }
        let mut response = HttpResponse::ok(&body);
        for cookie in self.cookies(settings) {
            response.headers.append(SET_COOKIE, cookie);
        }
        response
    }
}

/// The response to a logout: token fields emptied, and in cookie mode cookies that clear the browser's.
pub(crate) fn logged_out(settings: &Settings) -> HttpResponse {
    let mut response = HttpResponse::json(StatusCode::OK, &emptied(settings));
    if settings.token_delivery != TokenDelivery::Body {
        for kind in [CookieKind::Session, CookieKind::Refresh] {
            if let Some(cookie) = cookie(settings, kind, "", 0, 0) {
                response.headers.append(SET_COOKIE, cookie);
            }
        }
    }
    response
}

/// The response of a refresh that had nothing to refresh.
pub(crate) fn nothing(settings: &Settings) -> HttpResponse {
    let mut body = emptied(settings);
    for name in ["user", "firstSeen", "idpResponse", "unsavedSSO"] {
        body.remove(name);
    }
    HttpResponse::ok(&body)
}

#[derive(Clone, Copy)]
enum CookieKind {
    Session,
    Refresh,
}

fn cookie(settings: &Settings, kind: CookieKind, value: &str, max_age: i64, expires: i64) -> Option<HeaderValue> {
    let (name, domain) = match kind {
        CookieKind::Session if !settings.session_cookie_domain.is_empty() => {
            (&settings.session_cookie_name, &settings.session_cookie_domain)
        }
        CookieKind::Session => (&settings.session_cookie_name, &settings.cookie_domain),
        CookieKind::Refresh => (&settings.refresh_cookie_name, &settings.cookie_domain),
    };
    let expires = u64::try_from(expires).unwrap_or(0).min(LAST_HTTP_DATE);
    let expires = std::time::UNIX_EPOCH + std::time::Duration::from_secs(expires);
    let domain = if domain.is_empty() { String::new() } else { format!(" Domain={domain};") };
    let same_site = match settings.cookie_same_site {
        SameSite::Strict => "Strict",
        SameSite::Lax => "Lax",
        SameSite::None => "None",
    };
    let text = format!(
        "{name}={value}; Path={};{domain} Max-Age={max_age}; Expires={}; HttpOnly; Secure; SameSite={same_site}",
        settings.cookie_path,
        httpdate::fmt_http_date(expires),
    );
    HeaderValue::try_from(text).ok()
}
