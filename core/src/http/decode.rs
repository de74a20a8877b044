//! From the bytes of an answer to a model or to an error.

use serde::de::DeserializeOwned;

use crate::cookies::{self, CookieNames};
use crate::error::kind::{ErrorKind, Outcome};
use crate::error::{Error, Result, ServiceError};
use crate::http::members;
use crate::http::transport::Answer;
use crate::model::JwtResponseBody;
use crate::response::{JwtResponse, Verification};
use crate::secret::redact;
use crate::secret::{RefreshJwt, Secret, SessionJwt};

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
    let mut body: JwtResponseBody = match decode(answer) {
        Ok(body) => body,
        Err(error) => return Err(salvage(error, answer, names)),
    };
    if let Some(field) = cookies::shared_name(&body, &answer.set_cookies, &names) {
        let error = not_understood(answer, "the response has one cookie name for both tokens").with_path(field);
        return Err(attach(error, body, answer, names));
    }
    cookies::fill_tokens(&mut body, &answer.set_cookies, &names);
    Ok(finish(body, answer, names))
}

/// New tokens show that the service acted, so a member that cannot be read must not cost the caller the tokens: they go into
/// the error. Without a token nothing shows that it did: a captive portal responds with 200 too.
fn salvage(error: Error, answer: &Answer, names: CookieNames) -> Error {
    let json: &[u8] = if answer.unreadable.is_some() { &[] } else { &answer.body };
    let [session_jwt, refresh_jwt] = members::texts(json, ["sessionJwt", "refreshJwt"]);
    let mut body = JwtResponseBody {
        session_jwt: session_jwt.map(SessionJwt::from),
        refresh_jwt: refresh_jwt.map(RefreshJwt::from),
        ..JwtResponseBody::default()
    };
    cookies::fill_tokens(&mut body, &answer.set_cookies, &names);
    if body.session_jwt.is_none() && body.refresh_jwt.is_none() {
        return error;
    }
    attach(error, body, answer, names)
}

/// The error with the response that it is about, which gives no cookies.
fn attach(error: Error, body: JwtResponseBody, answer: &Answer, names: CookieNames) -> Error {
    let mut response = finish(body, answer, names);
    response.verification = Verification::Failed(error.kind());
    error.with_response(response)
}

/// Reads what came back from a sign-out, where an empty body is a success too. It hands out no tokens: its cookies clear the
/// browser.
pub(crate) fn decode_sign_out(answer: &Answer, names: CookieNames) -> Result<JwtResponse> {
    let empty = answer.unreadable.is_none() && answer.body.iter().all(u8::is_ascii_whitespace);
    let body = if empty { JwtResponseBody::default() } else { decode(answer)? };
    let mut response = finish(body, answer, names);
    response.body.session_jwt = None;
    response.body.refresh_jwt = None;
    response.signed_out = true;
    Ok(response)
}

fn finish(body: JwtResponseBody, answer: &Answer, names: CookieNames) -> JwtResponse {
    let mut http = answer.facts();
    let tokens = [
        body.session_jwt.as_ref().map(SessionJwt::expose),
        body.refresh_jwt.as_ref().map(RefreshJwt::expose),
        body.external_token.as_ref().map(Secret::expose),
    ];
    for text in [&mut http.request_id, &mut http.cf_ray] {
        *text = text.take().map(|text| redact::hide(text, tokens.into_iter().flatten()));
    }
    JwtResponse { http, cookie_names: names, ..JwtResponse::from(body) }
}

/// A success that is not what the API promises: whether the service acted is unknown, as long as no token shows that it did.
fn not_understood(answer: &Answer, what: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidResponse, Outcome::Unknown, what)
        .with_status(answer.status)
        .with_request_id(answer.request_id.clone())
        .with_attempts(answer.attempts)
}

fn wrong_json(answer: &Answer, error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    use serde_json::error::Category;
    match error.inner().classify() {
        Category::Data => {
            // A path holds names of the response's own making.
            let path = answer.redactor.redact_names(&error.path().to_string());
            let error = not_understood(answer, "the answer is not what the API promises");
            if path == "." { error } else { error.with_path(path) }
        }
        Category::Eof => not_understood(answer, "the answer ends in the middle of its JSON"),
        Category::Syntax | Category::Io => {
            let found = answer.content_type.as_deref().unwrap_or("no content type");
            not_understood(answer, format!("the answer is not JSON (it came as {})", answer.redactor.redact(found)))
        }
    }
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

/// The error body of the API; every field may be missing.
fn service_fields(answer: &Answer) -> ServiceError {
    let fields = members::texts(&answer.body, ["errorCode", "errorDescription", "errorMessage", "message"]);
    let [code, description, message, other] = fields.map(|text| text.map(|text| answer.redactor.redact(&text)));
    ServiceError { code, description, message: message.or(other) }
}
