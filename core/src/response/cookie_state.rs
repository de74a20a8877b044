//! The parts of a response that `set_cookie_headers` needs, as text.
//!
//! A binding may keep this text instead of the response. Node does: native memory of an object is freed only in a turn of the
//! event loop, and a busy loop has none.

use serde::{Deserialize, Serialize};

use crate::cookies::CookieNames;
use crate::error::kind::{ErrorKind, Outcome};
use crate::error::{Error, Result};
use crate::model::JwtResponseBody;
use crate::response::{JwtResponse, Verification};

#[derive(Serialize, Deserialize)]
struct State {
    /// Only the fields of the response that cookies are made of.
    response: JwtResponseBody,
    names: CookieNames,
    /// `not_requested`, `passed`, or the code of the error that the verification ended with.
    verification: String,
    signed_out: bool,
}

const NOT_REQUESTED: &str = "not_requested";
const PASSED: &str = "passed";

impl JwtResponse {
    /// The parts of this response that [`set_cookie_headers`](Self::set_cookie_headers) needs, as text for
    /// [`from_cookie_state`](Self::from_cookie_state). The text contains the tokens.
    #[doc(hidden)]
    #[must_use]
    pub fn cookie_state(&self) -> String {
        let response = JwtResponseBody {
            session_jwt: self.session_jwt.clone(),
            refresh_jwt: self.refresh_jwt.clone(),
            cookie_domain: self.cookie_domain.clone(),
            cookie_path: self.cookie_path.clone(),
            cookie_max_age: self.cookie_max_age,
            cookie_expiration: self.cookie_expiration,
            cookie_name: self.cookie_name.clone(),
            session_cookie_name: self.session_cookie_name.clone(),
            session_cookie_domain: self.session_cookie_domain.clone(),
            ..JwtResponseBody::default()
        };
        let verification = match self.verification {
            Verification::NotRequested => NOT_REQUESTED,
            Verification::Passed => PASSED,
            Verification::Failed(kind) => kind.code(),
        };
        let names = self.cookie_names.clone();
        let state = State { response, names, verification: verification.to_owned(), signed_out: self.signed_out };
        // Serialising strings, numbers and fixed names cannot fail.
        serde_json::to_string(&state).unwrap_or_default()
    }

    /// Creates a response that gives the same cookies as the one that the text was made from, and has no other data.
    ///
    /// # Errors
    ///
    /// [`Internal`](ErrorKind::Internal) for any other text.
    #[doc(hidden)]
    pub fn from_cookie_state(text: &str) -> Result<Self> {
        let unreadable = || Error::new(ErrorKind::Internal, Outcome::NotSent, "the cookie state was not readable");
        let State { response, names, verification, signed_out } =
            serde_json::from_str(text).map_err(|_| unreadable())?;
        let verification = match verification.as_str() {
            NOT_REQUESTED => Verification::NotRequested,
            PASSED => Verification::Passed,
            code => {
                Verification::Failed(*ErrorKind::ALL.iter().find(|kind| kind.code() == code).ok_or_else(unreadable)?)
            }
        };
        Ok(Self { cookie_names: names, verification, signed_out, ..Self::from(response) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cookies::CookieOptions;

    fn full() -> JwtResponse {
        serde_json::from_str(
            r#"{"sessionJwt": "a.b.c", "refreshJwt": "d.e.f", "cookieDomain": "app.example", "cookiePath": "/app",
                "cookieMaxAge": 60, "cookieExpiration": 1900000000, "cookieName": "R", "sessionCookieName": "S",
                "sessionCookieDomain": "s.app.example", "user": {"userId": "U1"}, "unknown": 1}"#,
        )
        .unwrap()
    }

    fn again(response: &JwtResponse) -> JwtResponse {
        JwtResponse::from_cookie_state(&response.cookie_state()).unwrap()
    }

    /// The cookies, or the error's kind and path.
    fn cookies(response: &JwtResponse) -> Result<Vec<String>, (ErrorKind, Option<String>)> {
        let made = response.set_cookie_headers(&CookieOptions::new());
        made.map_err(|error| (error.kind(), error.path().map(str::to_owned)))
    }

    #[test]
    fn the_state_gives_the_cookies_of_the_response() {
        let names = CookieNames::new(Some("CS".to_owned()), Some("CR".to_owned()));
        let unnamed = JwtResponseBody { cookie_name: None, session_cookie_name: None, ..full().into_body() };
        let wrong = JwtResponseBody { cookie_path: Some("app".to_owned()), ..full().into_body() };
        for response in [
            full(),
            JwtResponse::default(),
            JwtResponse { cookie_names: names.clone(), ..JwtResponse::from(unnamed) },
            JwtResponse { signed_out: true, ..full() },
            JwtResponse { verification: Verification::Passed, ..full() },
            JwtResponse { verification: Verification::Failed(ErrorKind::TenantMismatch), ..full() },
            JwtResponse::from(wrong),
        ] {
            assert_eq!(cookies(&again(&response)), cookies(&response));
        }
    }

    #[test]
    fn the_state_of_every_failed_verification_gives_its_error() {
        for kind in ErrorKind::ALL {
            let response = JwtResponse { verification: Verification::Failed(*kind), ..full() };
            assert_eq!(again(&response).verification, response.verification);
        }
    }

    #[test]
    fn the_state_has_nothing_but_what_cookies_are_made_of() {
        let state = full().cookie_state();
        for absent in ["U1", "unknown"] {
            assert!(!state.contains(absent), "{state}");
        }
    }

    #[test]
    fn other_text_is_an_error_that_does_not_quote_it() {
        for text in ["", "{}", "secret", r#"{"response":{},"names":{},"verification":"secret","signed_out":false}"#] {
            let error = JwtResponse::from_cookie_state(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Internal);
            assert!(!format!("{error:?} {error}").contains("secret"));
        }
    }
}
