//! The response that carries tokens, with every field, defaults included; in cookie mode with the cookies.

use http::header::SET_COOKIE;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::issue::SignedTokens;
use crate::clock::int32;
use crate::connection::response::HttpResponse;
use crate::state::settings::{ResponseClaims, Settings, TokenDelivery};

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
        let age = Age::of(settings.cookie_max_age_seconds, tokens.refresh_expires, self.now);
        let values = [
            ("sessionJwt", json!(tokens.session_jwt)),
            ("refreshJwt", json!(tokens.refresh_jwt)),
            ("cookieMaxAge", json!(int32(age.map_or(0, |age| age.seconds)))),
            ("cookieExpiration", json!(int32(age.map_or(0, |age| age.ends)))),
            ("user", self.user.clone()),
            ("firstSeen", json!(self.first_seen)),
            ("sessionExpiration", json!(int32(tokens.session_expires))),
            ("externalToken", json!(self.external_token)),
            ("claims", Value::Object(claims)),
            ("nextRefreshSeconds", json!(tokens.next_refresh_seconds)),
        ];
        body.extend(values.map(|(name, value)| (name.to_owned(), value)));
        body
    }

    /// The cookies that the settings want set.
    pub(crate) fn cookies(&self, settings: &Settings) -> Vec<HeaderValue> {
        let tokens = &self.tokens;
        let delivery = settings.token_delivery;
        let session = delivery.session_in_cookie().then(|| {
            let age = Age::of(settings.session_cookie_max_age_seconds, tokens.session_expires, self.now);
            cookie(settings, CookieKind::Session, &tokens.session_jwt, age)
        });
        let refresh = (delivery.refresh_in_cookie() && !tokens.refresh_jwt.is_empty()).then(|| {
            let age = Age::of(settings.cookie_max_age_seconds, tokens.refresh_expires, self.now);
            cookie(settings, CookieKind::Refresh, &tokens.refresh_jwt, age)
        });
        [session, refresh].into_iter().flatten().flatten().collect()
    }

    /// The response as the settings want it delivered.
    pub(crate) fn to_http(&self, settings: &Settings) -> HttpResponse {
        let mut body = self.body(settings);
        if settings.token_delivery.refresh_in_cookie() {
            body.insert("refreshJwt".to_owned(), json!(""));
        }
        if settings.token_delivery.session_in_cookie() {
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
            if let Some(cookie) = cookie(settings, kind, "", Some(Age { seconds: 0, ends: 0 })) {
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

/// How long a cookie is kept.
#[derive(Clone, Copy)]
struct Age {
    seconds: i64,
    /// Seconds since the epoch.
    ends: i64,
}

impl Age {
    /// As long as set, else as long as the token; none for a cookie without an age.
    fn of(set: Option<u32>, token_expires: i64, now: i64) -> Option<Self> {
        match set {
            None => Some(Self { seconds: token_expires - now, ends: token_expires }),
            Some(0) => None,
            Some(seconds) => Some(Self { seconds: i64::from(seconds), ends: now + i64::from(seconds) }),
        }
    }

    fn attributes(self) -> String {
        let ends = u64::try_from(self.ends).unwrap_or(0).min(LAST_HTTP_DATE);
        let ends = std::time::UNIX_EPOCH + std::time::Duration::from_secs(ends);
        format!(" Max-Age={}; Expires={};", self.seconds, httpdate::fmt_http_date(ends))
    }
}

fn cookie(settings: &Settings, kind: CookieKind, value: &str, age: Option<Age>) -> Option<HeaderValue> {
    /// The session cookie's own text, unless that is empty.
    fn own<'a>(own: &'a str, common: &'a str) -> &'a str {
        if own.is_empty() { common } else { own }
    }
    let (name, domain, path, same_site) = match kind {
        CookieKind::Session => (
            &settings.session_cookie_name,
            own(&settings.session_cookie_domain, &settings.cookie_domain),
            own(&settings.session_cookie_path, &settings.cookie_path),
            settings.session_cookie_same_site.unwrap_or(settings.cookie_same_site),
        ),
        CookieKind::Refresh => (
            &settings.refresh_cookie_name,
            settings.cookie_domain.as_str(),
            settings.cookie_path.as_str(),
            settings.cookie_same_site,
        ),
    };
    let domain = if domain.is_empty() { String::new() } else { format!(" Domain={domain};") };
    let age = age.map(Age::attributes).unwrap_or_default();
    let same_site = same_site.name();
    HeaderValue::try_from(format!("{name}={value}; Path={path};{domain}{age} HttpOnly; Secure; SameSite={same_site}"))
        .ok()
}
