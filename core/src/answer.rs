//! From the bytes of an answer to a model or to an error.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::cookies::{self, CookieNames};
use crate::error::{Error, Result, ServiceError};
use crate::kind::{ErrorKind, Outcome};
use crate::model::{JwtResponse, Proof, Value};
use crate::secret::{self, RefreshJwt, SessionJwt};
use crate::transport::Answer;

/// Reads the model out of a success.
pub(crate) fn decode<T: DeserializeOwned>(answer: &Answer) -> Result<T> {
    if let Some(what) = answer.unreadable {
        return Err(not_understood(answer, format!("the answer has {what}")));
    }
    if answer.body.iter().all(u8::is_ascii_whitespace) {
        return Err(not_understood(answer, format!("the answer ({}) has no body", answer.status)));
    }
    let mut json = serde_json::Deserializer::from_slice(&answer.body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| wrong_json(answer, &error))?;
    json.end().map_err(|_| not_understood(answer, "the answer goes on after its JSON"))?;
    Ok(value)
}

/// Reads the tokens of an exchange, from the body or from `Set-Cookie`.
pub(crate) fn decode_tokens(answer: &Answer, names: CookieNames) -> Result<JwtResponse> {
    let mut response = match decode(answer) {
        Ok(response) => response,
        Err(error) => return Err(salvage(error, answer, names)),
    };
    cookies::fill_tokens(&mut response, &answer.set_cookies, &names);
    Ok(finish(response, answer, names))
}

/// The service has acted, so a field that cannot be read must not cost the caller the tokens: they go into the error.
fn salvage(error: Error, answer: &Answer, names: CookieNames) -> Error {
    let body: TokensAlone = serde_json::from_slice(&answer.body).unwrap_or_default();
    let token = |value: Option<Value>| match value {
        Some(Value::String(token)) if !token.is_empty() => Some(token),
        _ => None,
    };
    let mut response = JwtResponse {
        session_jwt: token(body.session_jwt).map(SessionJwt::from),
        refresh_jwt: token(body.refresh_jwt).map(RefreshJwt::from),
        proof: Proof::Failed(error.kind()),
        ..JwtResponse::default()
    };
    cookies::fill_tokens(&mut response, &answer.set_cookies, &names);
    if response.session_jwt.is_none() && response.refresh_jwt.is_none() {
        return error;
    }
    error.with_response(finish(response, answer, names))
}

/// The tokens of an answer, whatever the rest of it is.
#[derive(Default, Deserialize)]
#[serde(default)]
struct TokensAlone {
    #[serde(rename = "sessionJwt")]
    session_jwt: Option<Value>,
    #[serde(rename = "refreshJwt")]
    refresh_jwt: Option<Value>,
    /// Makes it an object, as in [`ErrorBody`].
    #[serde(flatten)]
    _rest: IgnoredAny,
}

/// Reads what came back from a sign-out, where an empty body is a success too.
pub(crate) fn decode_sign_out(answer: &Answer, names: CookieNames) -> Result<JwtResponse> {
    let empty = answer.unreadable.is_none() && answer.body.iter().all(u8::is_ascii_whitespace);
    let response = if empty { JwtResponse::default() } else { decode(answer)? };
    Ok(finish(response, answer, names))
}

fn finish(mut response: JwtResponse, answer: &Answer, names: CookieNames) -> JwtResponse {
    response.cookie_names = names;
    response.http = answer.facts();
    response
}

fn not_understood(answer: &Answer, what: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidResponse, Outcome::Applied, what)
        .with_status(answer.status)
        .with_request_id(answer.request_id.clone())
        .with_attempts(answer.attempts)
}

fn wrong_json(answer: &Answer, error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    use serde_json::error::Category;
    match error.inner().classify() {
        Category::Data => {
            let path = error.path().to_string();
            let error = not_understood(answer, "the answer is not what the API promises");
            if path == "." { error } else { error.with_path(path) }
        }
        Category::Eof => not_understood(answer, "the answer ends in the middle of its JSON"),
        Category::Syntax | Category::Io => {
            let found = answer.content_type.as_deref().unwrap_or("no content type");
            not_understood(answer, format!("the answer is not JSON (it came as {})", secret::scrub(found)))
        }
    }
}

/// The error body of the API; every field may be missing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    #[serde(rename = "errorCode")]
    error_code: Option<Value>,
    #[serde(rename = "errorDescription")]
    error_description: Option<Value>,
    #[serde(rename = "errorMessage")]
    error_message: Option<Value>,
    message: Option<Value>,
    /// Makes it an object: without a rest to collect, an array would be read as the fields in their order.
    #[serde(flatten)]
    _rest: IgnoredAny,
}

/// The error that an answer with any other status than 2xx stands for. Outcome and retryability are the caller's to say.
pub(crate) fn service_error(answer: &Answer) -> Error {
    let service = service_fields(answer);
    let mut what = format!("the service answered {}", answer.status);
    match (&service.code, service.message.as_ref().or(service.description.as_ref())) {
        (Some(code), Some(text)) => what += &format!(" ({code}: {text})"),
        (Some(text), None) | (None, Some(text)) => what += &format!(" ({text})"),
        (None, None) => {}
    }
    Error::new(ErrorKind::of_status(answer.status), Outcome::Rejected, what)
        .with_status(answer.status)
        .with_service(service)
        .with_retry_after(answer.retry_after)
        .with_request_id(answer.request_id.clone())
}

fn service_fields(answer: &Answer) -> ServiceError {
    let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |value: Option<Value>| match value {
        Some(Value::String(text)) if !text.is_empty() => Some(secret::scrub(&text)),
        _ => None,
    };
    ServiceError {
        code: text(body.error_code),
        description: text(body.error_description),
        message: text(body.error_message).or_else(|| text(body.message)),
    }
}
