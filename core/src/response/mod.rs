//! What a call that exchanges tokens returns: the body of the response, and what the call adds to it.

mod cookie_state;

use std::any::Any;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cookies::{CookieNames, CookieOptions, Cookies};
use crate::error::kind::{ErrorKind, Outcome};
use crate::error::{Error, Result};
use crate::model::JwtResponseBody;
use crate::session::Session;

/// The response to a token exchange: the fields that the service sent, which it dereferences to, the verified session, and
/// how it came.
///
/// Serialising gives the body alone, under the wire's names and with the real tokens; `Debug` shows neither a token nor the
/// value of an unknown field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JwtResponse {
    pub(crate) body: JwtResponseBody,
    #[serde(skip)]
    pub(crate) session: Option<Session>,
    #[serde(skip)]
    pub(crate) http: ResponseMetadata,
    #[serde(skip)]
    pub(crate) verification: Verification,
    /// The client's names for the cookies.
    #[serde(skip)]
    pub(crate) cookie_names: CookieNames,
    /// The response to a sign-out, whose cookies clear the browser.
    #[serde(skip)]
    pub(crate) signed_out: bool,
}

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

/// How the response came: what a log line or a support ticket needs.
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
    /// How many requests the call took; pooled connections that turned out dead before a byte was written do not count.
    pub attempts: u32,
}

impl Deref for JwtResponse {
    type Target = JwtResponseBody;

    fn deref(&self) -> &JwtResponseBody {
        &self.body
    }
}

impl From<JwtResponseBody> for JwtResponse {
    fn from(body: JwtResponseBody) -> Self {
        Self { body, ..Self::default() }
    }
}

impl JwtResponse {
    /// The verified session that [`session_jwt`](JwtResponseBody::session_jwt) stands for; none when verification is switched
    /// off or the response holds no session token.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The fields that the service sent, to take them out.
    pub fn into_body(self) -> JwtResponseBody {
        self.body
    }

    /// How the response came.
    pub fn http(&self) -> &ResponseMetadata {
        &self.http
    }

    /// Complete `Set-Cookie` values that give the tokens to the browser, or delete them there after a sign-out.
    ///
    /// Names, domain, path and ages are the response's (then the client's names, then `DS` and `DSR`); an absent or zero age
    /// is left out; a token that the response does not have leaves the browser's cookie alone. Send each as a header of its
    /// own, with `Cache-Control: no-store`.
    ///
    /// # Errors
    ///
    /// Those that are about the response carry it ([`Error::response`]), because the exchange that brought it was applied.
    ///
    /// * The kind of the failed verification, for a response taken out of an error: such a response gives no cookies.
    /// * [`CookieTooLarge`](ErrorKind::CookieTooLarge): name and value are longer than 4,096 bytes together.
    /// * [`InvalidResponse`](ErrorKind::InvalidResponse): a name, domain, path or token of the response would break the
    ///   header's grammar or a rule of the name's prefix, or both cookies have one name; the error names the field.
    /// * [`InvalidInput`](ErrorKind::InvalidInput): a domain or path of the options would, or `SameSite=None` or a name with a
    ///   prefix is used without `Secure`; the error names the option.
    ///
    /// A name that begins with `__Secure-` takes `Secure`; one that begins with `__Host-` takes `Secure`, `Path=/` and no
    /// `Domain`, in any case of letters. Browsers drop other cookies of these names (RFC 6265bis §4.1.3).
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
        let cookies = Cookies { body: &self.body, names: &self.cookie_names, signed_out: self.signed_out };
        cookies.headers(options).map_err(|error| match error.kind() {
            ErrorKind::InvalidInput => error,
            _ => error.with_response(self.clone()),
        })
    }
}

impl Error {
    /// The response of an exchange that the service applied before something else failed, so that no token is lost. There is
    /// one exactly when [`outcome`](Self::outcome) is [`Applied`](Outcome::Applied).
    pub fn response(&self) -> Option<&JwtResponse> {
        let response: &dyn Any = self.attachment()?;
        response.downcast_ref()
    }

    /// Attaches the tokens that the service gave: with them, and only with them, it is known to have acted.
    pub(crate) fn with_response(self, response: JwtResponse) -> Self {
        self.with_outcome(Outcome::Applied).with_attachment(Arc::new(response))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::*;

    use crate::{CookieOptions, JwtResponse};

    /// The number in each of the spellings that are read.
    fn spellings(number: i64, float: f64) -> [String; 4] {
        [number.to_string(), format!("\"{number}\""), format!("{number}.0"), float.trunc().to_string()]
    }

    proptest! {
        #[test]
        fn no_age_and_no_time_of_a_response_panics_or_overflows(number: i64, float: f64) {
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
