//! Decodes the bytes of a response into a model or an error.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::cookies::{self, CookieNames};
use crate::error::kind::{ErrorKind, Outcome};
use crate::error::message::Message;
use crate::error::{Error, Result, ServiceError};
use crate::http::members;
use crate::http::transport::HttpResponse;
use crate::model::JwtResponseBody;
use crate::response::{JwtResponse, ResponseMetadata, Verification};
use crate::secret::redact;
use crate::secret::{RefreshJwt, Secret, SessionJwt};

/// Reads the model from a successful response.
pub(crate) fn decode<T: DeserializeOwned>(http_response: &HttpResponse) -> Result<T> {
    if let Some(what) = http_response.unreadable {
        return Err(not_understood(http_response, format!("the response has {what}")));
    }
    if http_response.body.iter().all(u8::is_ascii_whitespace) {
        return Err(not_understood(http_response, format!("the response ({}) has no body", http_response.status)));
    }
    // Of a text, the reader need not check each string again.
    let text = std::str::from_utf8(&http_response.body).ok();
    match text.and_then(|text| serde_json::from_str(text).ok()) {
        Some(model) => Ok(model),
        None => decode_with_path(http_response),
    }
}

/// Reads the model while keeping the path to the member that is read, which costs more than the rest of the reading: to say why
/// a body is not the model.
fn decode_with_path<T: DeserializeOwned>(http_response: &HttpResponse) -> Result<T> {
    let mut json = serde_json::Deserializer::from_slice(&http_response.body);
    let model =
        serde_path_to_error::deserialize::<_, T>(&mut json).map_err(|error| wrong_json(http_response, &error))?;
    match json.end() {
        Ok(()) => Ok(model),
        Err(_) => Err(not_understood(http_response, "the response goes on after its JSON")),
    }
}

/// Reads the tokens of an exchange, from the body or from `Set-Cookie`.
pub(crate) fn decode_tokens(http_response: &HttpResponse, names: CookieNames) -> Result<JwtResponse> {
    // Shared from the start, because it is large and must not be moved more often than that.
    let mut body: Arc<JwtResponseBody> = match decode(http_response) {
        Ok(body) => Arc::new(body),
        Err(error) => return Err(salvage(error, http_response, names)),
    };
    if let Some(field) = cookies::shared_name(&body, &http_response.set_cookies, &names) {
        let error = not_understood(http_response, "the response has one cookie name for both tokens").with_path(field);
        return Err(attach(error, body, http_response, names));
    }
    if !http_response.set_cookies.is_empty() {
        cookies::fill_tokens(Arc::make_mut(&mut body), &http_response.set_cookies, &names);
    }
    Ok(finish(body, http_response, names))
}

/// New tokens show that the service acted, so when another member cannot be read, the error carries the tokens. Without a token
/// it is unknown whether the service acted: a captive portal also responds with 200.
fn salvage(error: Error, http_response: &HttpResponse, names: CookieNames) -> Error {
    let json: &[u8] = if http_response.unreadable.is_some() { &[] } else { &http_response.body };
    let [session_jwt, refresh_jwt] = members::texts(json, ["sessionJwt", "refreshJwt"]);
    let mut body = JwtResponseBody {
        session_jwt: session_jwt.map(SessionJwt::from),
        refresh_jwt: refresh_jwt.map(RefreshJwt::from),
        ..JwtResponseBody::default()
    };
    cookies::fill_tokens(&mut body, &http_response.set_cookies, &names);
    if body.session_jwt.is_none() && body.refresh_jwt.is_none() {
        return error;
    }
    attach(error, Arc::new(body), http_response, names)
}

/// The error with the response that it is about, which gives no cookies.
fn attach(error: Error, body: Arc<JwtResponseBody>, http_response: &HttpResponse, names: CookieNames) -> Error {
    let mut response = finish(body, http_response, names);
    response.verification = Verification::Failed(error.kind());
    error.with_response(response)
}

/// Reads the response to a sign-out, where an empty body is also a success. It has no tokens; its cookies clear those of the
/// browser.
pub(crate) fn decode_sign_out(http_response: &HttpResponse, names: CookieNames) -> Result<JwtResponse> {
    let empty = http_response.unreadable.is_none() && http_response.body.iter().all(u8::is_ascii_whitespace);
    let body: JwtResponseBody = if empty { JwtResponseBody::default() } else { decode(http_response)? };
    let http = metadata(&body, http_response);
    let body = JwtResponseBody { session_jwt: None, refresh_jwt: None, ..body };
    Ok(JwtResponse { http, cookie_names: names, signed_out: true, ..JwtResponse::from(body) })
}

fn finish(body: Arc<JwtResponseBody>, http_response: &HttpResponse, names: CookieNames) -> JwtResponse {
    let wait = body.next_refresh_seconds.filter(|wait| *wait > 0);
    let next_refresh_at = wait.map(|wait| http_response.arrived_at.saturating_add(wait));
    let http = metadata(&body, http_response);
    JwtResponse { http, cookie_names: names, next_refresh_at, ..JwtResponse::of(body) }
}

/// How the response came, without the tokens that it might repeat.
fn metadata(body: &JwtResponseBody, http_response: &HttpResponse) -> ResponseMetadata {
    let mut http = http_response.metadata();
    let tokens = [
        body.session_jwt.as_ref().map(SessionJwt::expose),
        body.refresh_jwt.as_ref().map(RefreshJwt::expose),
        body.external_token.as_ref().map(Secret::expose),
    ];
    for text in [&mut http.request_id, &mut http.cf_ray] {
        *text = text.take().map(|text| redact::hide(text, tokens.into_iter().flatten()));
    }
    http
}

/// The error for a success whose body does not follow the API. Whether the service acted is unknown unless the body has a
/// token.
fn not_understood(http_response: &HttpResponse, what: impl Into<Message>) -> Error {
    Error::new(ErrorKind::InvalidResponse, Outcome::Unknown, what)
        .with_status(http_response.status)
        .with_request_id(http_response.request_id.clone())
        .with_attempts(http_response.attempts)
}

fn wrong_json(http_response: &HttpResponse, error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    use serde_json::error::Category;
    match error.inner().classify() {
        Category::Data => {
            // A path may contain names that the response chose.
            let path = http_response.redactor.redact_names(&error.path().to_string());
            let error = not_understood(http_response, "the response is not what the API promises");
            if path == "." { error } else { error.with_path(path) }
        }
        Category::Eof => not_understood(http_response, "the response ends in the middle of its JSON"),
        Category::Syntax | Category::Io => {
            let found = http_response.content_type.as_deref().unwrap_or("no content type");
            not_understood(
                http_response,
                format!("the response is not JSON (it came as {})", http_response.redactor.redact(found)),
            )
        }
    }
}

/// The error for a response with a status outside 2xx. The caller sets outcome and retryability.
pub(crate) fn service_error(http_response: &HttpResponse) -> Error {
    let service = service_fields(http_response);
    let mut what = format!("the service responded with {}", http_response.status);
    match (&service.code, service.message.as_ref().or(service.description.as_ref())) {
        (Some(code), Some(text)) => what += &format!(" ({code}: {text})"),
        (Some(text), None) | (None, Some(text)) => what += &format!(" ({text})"),
        (None, None) => {}
    }
    Error::new(ErrorKind::of_status(http_response.status), Outcome::Rejected, what)
        .with_status(http_response.status)
        .with_service(service)
        .with_retry_after(http_response.retry_after)
        .with_request_id(http_response.request_id.clone())
}

/// The error body of the API; every field may be missing.
fn service_fields(http_response: &HttpResponse) -> ServiceError {
    let fields = members::texts(&http_response.body, ["errorCode", "errorDescription", "errorMessage", "message"]);
    let [code, description, message, other] = fields.map(|text| text.map(|text| http_response.redactor.redact(&text)));
    ServiceError { code, description, message: message.or(other) }
}
