//! The result of a call: text for the engine to parse, without native memory.
//!
//! Native memory of an object is freed after the garbage collector has found the object and the event loop has turned. In a
//! program that awaits validations with cached keys in a loop, the event loop never turns, so memory would grow.

use napi::bindgen_prelude::Either;
use napi_derive::napi;
use serde::Serialize;
use tenant_select::{AuthenticationResult, Error, JwtResponse, ResponseMetadata, Session, ValidationResult};

use crate::authentication::authentication_text;
use crate::error::ErrorJson;
use crate::options::{self, CookieParts};
use crate::pending::PendingCall;
use crate::text::Text;
use crate::view::{ValidationResultView, response_text, session_text, to_json};
use crate::warnings::{ClientWarning, Warnings};

/// The outcome of a call. `state` says what `json` contains.
#[napi(object, object_from_js = false)]
pub struct CallResult {
    /// `done`, `failed` or `cancelled`.
    #[napi(ts_type = "'done' | 'failed' | 'cancelled'")]
    pub state: &'static str,
    /// The text of the result, or the error as JSON.
    #[napi(ts_type = "string")]
    pub json: Text,
    /// The response of a successful call with a number; `None` when it sent no request itself.
    pub response: Option<ResponseSummary>,
    /// What the client reported since the last result.
    pub warnings: Option<Vec<ClientWarning>>,
}

/// The metadata of a response that diagnostics publish.
#[napi(object, object_from_js = false)]
pub struct ResponseSummary {
    /// The HTTP status.
    pub status: u16,
    /// The id under which the service knows the request.
    pub request_id: Option<String>,
    /// The number of requests of the call.
    pub attempts: u32,
}

impl From<&ResponseMetadata> for ResponseSummary {
    fn from(metadata: &ResponseMetadata) -> Self {
        Self { status: metadata.status, request_id: metadata.request_id.clone(), attempts: metadata.attempts }
    }
}

const DONE: &str = "done";

impl CallResult {
    /// A result that consists of data only.
    pub(crate) fn data<T: Serialize>(result: Result<T, Error>) -> Self {
        Self::of(result, |value| to_json(&value))
    }

    pub(crate) fn response(result: Result<JwtResponse, Error>) -> Self {
        Self::of(result, response_text)
    }

    pub(crate) fn session(result: Result<Session, Error>) -> Self {
        Self::of(result, |session| session_text(&session))
    }

    pub(crate) fn authentication(result: Result<AuthenticationResult, Error>) -> Self {
        Self::of(result, |result| authentication_text(&result))
    }

    /// A response holds its session, so only one of the two has to be passed to JavaScript.
    pub(crate) fn validation(result: Result<ValidationResult, Error>) -> Self {
        Self::of(result, |ValidationResult { session, response, refresh_error, .. }| {
            to_json(&ValidationResultView {
                session: response.is_none().then(|| session_text(&session)),
                response: response.map(response_text),
                refresh_error: refresh_error.as_ref().map(ErrorJson::of),
            })
        })
    }

    pub(crate) fn failed(error: &Error) -> Self {
        Self::with("failed", to_json(&ErrorJson::of(error)))
    }

    pub(crate) fn cancelled() -> Self {
        Self::with("cancelled", String::new())
    }

    /// Adds the response of the successful call.
    pub(crate) fn of_call(self, call: Option<&PendingCall>) -> Self {
        Self { response: call.and_then(PendingCall::response).map(ResponseSummary::from), ..self }
    }

    /// With what the client has reported meanwhile.
    pub(crate) fn with_warnings(self, warnings: &Warnings) -> Self {
        Self { warnings: warnings.take(), ..self }
    }

    /// The text alone when there is nothing else to say of a success.
    pub(crate) fn into_either(self) -> Either<Text, Self> {
        match self {
            Self { state: DONE, json, response: None, warnings: None } => Either::A(json),
            result => Either::B(result),
        }
    }

    fn of<T>(result: Result<T, Error>, text: impl FnOnce(T) -> String) -> Self {
        match result {
            Ok(value) => Self::with(DONE, text(value)),
            Err(error) => Self::failed(&error),
        }
    }

    fn with(state: &'static str, json: String) -> Self {
        Self { state, json: Text(json), response: None, warnings: None }
    }
}

/// Complete `Set-Cookie` values for the response whose `cookies` this is.
#[napi(catch_unwind)]
pub fn set_cookie_headers(cookies: String, options: Option<CookieParts>) -> CallResult {
    let made = JwtResponse::from_cookie_state(&cookies)
        .and_then(|response| response.set_cookie_headers(&options::cookies(options.unwrap_or_default())?));
    CallResult::data(made)
}

/// Why the response whose `cookies` this is has no verified session.
#[napi(catch_unwind)]
pub fn no_session(cookies: String) -> CallResult {
    let response = JwtResponse::from_cookie_state(&cookies);
    CallResult::data(response.and_then(|response| response.verified_session().map(|_| ())))
}

/// The grants of a session's tenants as JSON, from the project and the claims in its text. Most programs read the active one alone,
/// which is in the text.
#[napi(catch_unwind, ts_return_type = "string")]
pub fn session_tenants(project_id: String, claims: String) -> napi::Result<Text> {
    let text = format!(r#"{{"projectId":{},"claims":{claims}}}"#, to_json(&project_id));
    // Without the cause, which may quote a claim.
    let session: Session =
        serde_json::from_str(&text).map_err(|_| napi::Error::from_reason("the claims are those of no session"))?;
    Ok(Text(to_json(session.tenants())))
}

/// The session of the testing kit.
#[napi(catch_unwind)]
pub fn session_for_tests(wanted: String) -> CallResult {
    CallResult::session(Session::for_tests(&wanted))
}

/// The tokens of an incoming request.
#[napi(object, object_from_js = false)]
pub struct RequestTokens {
    /// The session token, when the request has one.
    pub session_jwt: Option<String>,
    /// The refresh token, when the request has one.
    pub refresh_jwt: Option<String>,
}

impl From<tenant_select::RequestTokens> for RequestTokens {
    fn from(tokens: tenant_select::RequestTokens) -> Self {
        Self {
            session_jwt: tokens.session_jwt.map(|token| token.expose().to_owned()),
            refresh_jwt: tokens.refresh_jwt.map(|token| token.expose().to_owned()),
        }
    }
}
