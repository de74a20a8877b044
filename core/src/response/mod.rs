//! The result of a token exchange: the body of the response, and what the call adds to it.

mod cookie_state;

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::cookies::{CookieNames, CookieOptions, Cookies};
use crate::error::kind::{ErrorKind, Outcome};
use crate::error::{Error, Result};
use crate::model::JwtResponseBody;
use crate::session::Session;

/// The response to a token exchange: the fields that the service sent, the verified session, and the metadata of the HTTP
/// response. It dereferences to the fields.
///
/// Serialising gives only the body, with the wire's names and the real tokens; `Debug` shows neither a token nor the
/// value of an unknown field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JwtResponse {
    /// Shared, because several callers may get one response, and a remembered one is kept besides.
    pub(crate) body: Arc<JwtResponseBody>,
    pub(crate) session: Option<Arc<Session>>,
    pub(crate) http: ResponseMetadata,
    pub(crate) verification: Verification,
    /// The client's names for the cookies.
    pub(crate) cookie_names: CookieNames,
    /// The response to a sign-out, whose cookies clear the browser.
    pub(crate) signed_out: bool,
    pub(crate) next_refresh_at: Option<i64>,
    /// It was returned before.
    pub(crate) reused: bool,
    pub(crate) on_long_cookies: OnLongCookies,
}

/// Receives the length of the header with both cookies when servers may refuse it.
#[derive(Clone, Default)]
pub(crate) struct OnLongCookies(pub(crate) Option<Arc<dyn Fn(usize) + Send + Sync>>);

impl PartialEq for OnLongCookies {
    /// It is no part of what the service sent.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for OnLongCookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnLongCookies").field(&self.0.is_some()).finish()
    }
}

impl Serialize for JwtResponse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.body.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JwtResponse {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        JwtResponseBody::deserialize(deserializer).map(Self::from)
    }
}

/// The longest header line that common servers accept (gunicorn's `limit_request_field_size`).
const LONG_COOKIES: usize = 8190;

/// Whether the tokens of a response were verified, and found to be for the user and the tenant of the call.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Verification {
    /// Verification is switched off, or the call has none.
    #[default]
    NotRequested,
    /// Verified, and the claims match the call.
    Passed,
    /// The verification ended with an error of this kind.
    Failed(ErrorKind),
}

/// Metadata of the HTTP response, for logs and support tickets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResponseMetadata {
    /// The HTTP status.
    pub status: u16,
    /// The id under which the service knows the request (`x-request-id`, else `cf-ray`).
    #[serde(rename = "requestId")]
    pub request_id: Option<String>,
    /// The `cf-ray` header of the edge network.
    #[serde(rename = "cfRay")]
    pub cf_ray: Option<String>,
    /// The number of requests of the call, without those on pooled connections that were found closed before a byte was
    /// written.
    pub attempts: u32,
    /// By how many seconds the service's clock is ahead of this machine's; negative when it is behind. None when the
    /// response has no `Date` header that can be read, or came out of a cache (`Age`). The header has whole seconds and was
    /// written before the response arrived, so 1 more or less means nothing.
    ///
    /// Source: RFC 9110 §6.6.1.
    #[serde(rename = "clockSkew")]
    pub clock_skew: Option<i64>,
}

impl Deref for JwtResponse {
    type Target = JwtResponseBody;

    fn deref(&self) -> &JwtResponseBody {
        &self.body
    }
}

impl From<JwtResponseBody> for JwtResponse {
    fn from(body: JwtResponseBody) -> Self {
        Self::of(Arc::new(body))
    }
}

impl JwtResponse {
    /// A response with this body and nothing else. Every member is written out: what is left to `Default` would first be made,
    /// with a body of its own.
    pub(crate) fn of(body: Arc<JwtResponseBody>) -> Self {
        Self {
            body,
            session: None,
            http: ResponseMetadata::default(),
            verification: Verification::default(),
            cookie_names: CookieNames::default(),
            on_long_cookies: OnLongCookies::default(),
            signed_out: false,
            next_refresh_at: None,
            reused: false,
        }
    }

    /// The verified session of [`session_jwt`](JwtResponseBody::session_jwt); `None` when verification is switched off or the
    /// response has no session token.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_deref()
    }

    /// The verified session, for code that requires one: the normal case, because verification is on by default.
    ///
    /// # Errors
    ///
    /// [`NotVerified`](ErrorKind::NotVerified): verification is switched off or failed, or this is the response of a
    /// sign-out; the message says which. [`session`](Self::session) is `None` in these cases.
    ///
    /// ```
    /// use tenant_select::{ErrorKind, JwtResponse};
    ///
    /// let response: JwtResponse = serde_json::from_str(r#"{"sessionJwt": "a.b.c"}"#)?; // data alone: not verified
    /// assert_eq!(response.verified_session().unwrap_err().kind(), ErrorKind::NotVerified);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn verified_session(&self) -> Result<&Session> {
        self.session().ok_or_else(|| self.not_verified())
    }

    /// Why there is no verified session.
    fn not_verified(&self) -> Error {
        let error = |what: String| Error::new(ErrorKind::NotVerified, Outcome::NotSent, what);
        match self.verification {
            _ if self.signed_out => {
                error("the response of a sign-out has no session".to_owned()).with_advice("sign the user in again")
            }
            Verification::Failed(kind) => {
                error(format!("the response failed its verification ({kind}), so it has no session"))
            }
            Verification::NotRequested | Verification::Passed => error(
                "the response was not verified: verification is switched off, or it was made from data".to_owned(),
            ),
        }
    }

    /// The same response for another call, of a client with these names for the cookies.
    pub(crate) fn into_reused(self, cookie_names: CookieNames, on_long_cookies: OnLongCookies) -> Self {
        Self { reused: true, cookie_names, on_long_cookies, ..self }
    }

    /// Takes the fields that the service sent out of the response.
    pub fn into_body(self) -> JwtResponseBody {
        Arc::unwrap_or_clone(self.body)
    }

    /// The metadata of the HTTP response.
    pub fn http(&self) -> &ResponseMetadata {
        &self.http
    }

    /// When the service advises to refresh next, in seconds since 1970: the arrival of the response, by this machine's
    /// clock, and [`next_refresh_seconds`](JwtResponseBody::next_refresh_seconds) after it. None when that field is absent or
    /// not above 0, and for a response that did not come from a call.
    ///
    /// ```no_run
    /// # async fn run(client: tenant_select::Client) -> Result<(), tenant_select::Error> {
    /// let response = client.select_tenant("T1", &"refresh token".into()).await?;
    /// if let Some(at) = response.next_refresh_at() {
    ///     println!("refresh at {at}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn next_refresh_at(&self) -> Option<i64> {
        self.next_refresh_at
    }

    /// Whether this is a response that the client remembered, and that it returned without a request of its own. False for
    /// every response that a request brought; [`http`](Self::http) is about that request in either case.
    ///
    /// ```no_run
    /// # async fn run(client: tenant_select::Client) -> Result<(), tenant_select::Error> {
    /// let response = client.select_tenant("T1", &"refresh token".into()).await?;
    /// println!("{}", if response.reused() { "remembered" } else { "from the service" });
    /// # Ok(())
    /// # }
    /// ```
    pub fn reused(&self) -> bool {
        self.reused
    }

    /// Returns complete `Set-Cookie` values that set the tokens in the browser, or delete them after a sign-out.
    ///
    /// When a header with both is longer than 8,190 bytes, which servers may refuse, the client that made the response
    /// [reports](crate::ClientBuilder::on_warning) it.
    ///
    /// Names, domain, path and ages are those of the response; names fall back to the client's options, then to `DS` and `DSR`.
    /// An absent or zero age is left out. There is no cookie for a token that the response does not have, so the browser keeps
    /// its own. Send each value as a separate header, with `Cache-Control: no-store`.
    ///
    /// # Errors
    ///
    /// An error that is about the response carries it ([`Error::response`]), because the exchange was applied.
    ///
    /// * The kind of the failed verification, for a response taken from an error: such a response gives no cookies.
    /// * [`CookieTooLarge`](ErrorKind::CookieTooLarge): name and value are longer than 4,096 bytes together.
    /// * [`InvalidResponse`](ErrorKind::InvalidResponse): a name, domain, path or token of the response would break the
    ///   header's grammar or a rule of the name's prefix, or both cookies have the same name; the error names the field.
    /// * [`InvalidInput`](ErrorKind::InvalidInput): a domain or path of the options would break them, or `SameSite=None`,
    ///   `Partitioned` or a name with a prefix is used without `Secure`; the error names the option.
    ///
    /// A name that begins with `__Secure-` requires `Secure`; one that begins with `__Host-` requires `Secure`, `Path=/` and no
    /// `Domain`. The case of letters does not matter. Browsers drop other cookies with these prefixes (RFC 6265bis §4.1.3).
    ///
    /// ```
    /// use tenant_select::{CookieOptions, JwtResponse};
    ///
    /// let response: JwtResponse = serde_json::from_str(r#"{"sessionJwt": "a.b.c", "cookiePath": "/app"}"#)?;
    /// let cookies = response.set_cookie_headers(&CookieOptions::new())?;
    /// assert_eq!(cookies, ["DS=a.b.c; Path=/app; Secure; HttpOnly; SameSite=Strict"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_cookie_headers(&self, options: &CookieOptions) -> Result<Vec<String>> {
        if let Verification::Failed(kind) = self.verification {
            let what = "the response failed its verification, so it gives no cookies";
            return Err(Error::new(kind, Outcome::Unknown, what).with_response(self.clone()));
        }
        let cookies = self.cookies();
        let headers = cookies.headers(options).map_err(|error| match error.kind() {
            ErrorKind::InvalidInput => error,
            _ => error.with_response(self.clone()),
        })?;
        if let Some(on_long_cookies) = &self.on_long_cookies.0
            && let Some(bytes) = cookies.header_bytes(options).filter(|bytes| *bytes > LONG_COOKIES)
        {
            on_long_cookies(bytes);
        }
        Ok(headers)
    }

    pub(crate) fn cookies(&self) -> Cookies<'_> {
        Cookies { body: &self.body, names: &self.cookie_names, signed_out: self.signed_out }
    }
}

impl Error {
    /// The response of an exchange that the service applied before something else failed, so that no token is lost: there is
    /// one whenever [`outcome`](Self::outcome) is [`Applied`](Outcome::Applied). With another outcome it is the remembered
    /// response of an earlier call, which the error is about.
    pub fn response(&self) -> Option<&JwtResponse> {
        let response: &dyn Any = self.attachment()?;
        response.downcast_ref()
    }

    /// Attaches the response that an earlier call brought, to the error of a call that sent nothing.
    pub(crate) fn with_remembered(self, response: JwtResponse) -> Self {
        self.with_attachment(Arc::new(response))
    }

    /// Attaches the tokens that the service gave: with them, and only with them, it is known to have acted.
    pub(crate) fn with_response(self, response: JwtResponse) -> Self {
        self.with_outcome(Outcome::Applied).with_attachment(Arc::new(response))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::*;

    use super::*;
    use crate::CookieAttributes;

    /// What is reported of two cookies with tokens of these lengths.
    fn reported(session: usize, refresh: usize, options: &CookieOptions) -> usize {
        let seen = Arc::new(AtomicUsize::new(0));
        let seen_by_response = Arc::clone(&seen);
        let body = JwtResponseBody {
            session_jwt: Some("a".repeat(session).into()),
            refresh_jwt: Some("a".repeat(refresh).into()),
            ..JwtResponseBody::default()
        };
        let observer = OnLongCookies(Some(Arc::new(move |bytes| seen_by_response.store(bytes, Ordering::Relaxed))));
        let response = JwtResponse { on_long_cookies: observer, ..JwtResponse::from(body) };
        assert!(response.set_cookie_headers(options).is_ok());
        seen.load(Ordering::Relaxed)
    }

    #[test]
    fn cookies_that_are_too_long_together_are_reported() {
        let options = CookieOptions::new();
        // `Cookie: DS=` + 4,090 + `; DSR=` + 4,081 + CRLF
        assert_eq!(reported(4090, 4081, &options), 0);
        assert_eq!(reported(4090, 4082, &options), 8191);
        let alone = options.refresh(CookieAttributes::new().omit(true));
        assert_eq!(reported(4090, 4082, &alone), 0);
    }

    #[test]
    fn a_response_without_a_session_says_why() {
        let unverified = JwtResponse::default();
        let signed_out = JwtResponse { signed_out: true, ..JwtResponse::default() };
        let failed =
            JwtResponse { verification: Verification::Failed(ErrorKind::KeysUnavailable), ..JwtResponse::default() };
        for (response, reason) in
            [(unverified, "verification is switched off"), (signed_out, "a sign-out"), (failed, "KEYS_UNAVAILABLE")]
        {
            let error = response.verified_session().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotVerified);
            assert!(error.to_string().contains(reason), "{error}");
            // What Node keeps of a response gives the same text.
            let kept = JwtResponse::from_cookie_state(&response.cookie_state()).unwrap();
            assert_eq!(kept.verified_session().unwrap_err().to_string(), error.to_string());
        }
    }

    /// The number in each of the spellings that are read.
    fn spellings(number: i64, float: f64) -> [String; 4] {
        [number.to_string(), format!("\"{number}\""), format!("{number}.0"), float.trunc().to_string()]
    }

    proptest! {
        #[test]
        fn extreme_ages_and_times_of_a_response_do_not_overflow(number: i64, float: f64) {
            for text in spellings(number, float) {
                let json = format!(
                    r#"{{"sessionJwt": "a.b.c", "cookieMaxAge": {text}, "cookieExpiration": {text}, "nextRefreshSeconds": {text}, "sessionExpiration": {text}}}"#
                );
                let Ok(response) = serde_json::from_str::<JwtResponse>(&json) else { continue };
                for age in [response.cookie_max_age, response.next_refresh_seconds].into_iter().flatten() {
                    let age = Duration::from_secs(age.unsigned_abs());
                    prop_assert!(tokio::time::Instant::now().checked_add(age).is_some());
                }
                for time in [response.cookie_expiration, response.session_expiration].into_iter().flatten() {
                    prop_assert!(UNIX_EPOCH.checked_add(Duration::from_secs(time.unsigned_abs())).is_some());
                    prop_assert!(time.checked_mul(1000).is_some(), "as milliseconds");
                }
                prop_assert!(response.set_cookie_headers(&CookieOptions::new()).is_ok());
            }
        }
    }
}
