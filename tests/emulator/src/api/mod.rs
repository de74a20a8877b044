//! The service's API as its clients see it.

mod bearer;
mod call;
mod grants;
mod issue;
mod jwt_response;
mod key_sets;
mod logout;
mod me;
mod presented;
mod refresh;
pub(crate) mod refusal;
mod select;
pub(crate) mod sign_in;
mod validate;

use std::cell::RefCell;

use http::header::RETRY_AFTER;
use http::{HeaderValue, Method};

use crate::connection::request::Request;
use crate::connection::response::HttpResponse;
use crate::state::journal::RefreshTokenEntry;
use crate::state::project::Project;
use crate::state::settings::RetryAfter;
use call::Call;
use refusal::Refused;

/// Responds to a call; returns the refresh token that it presented, for the journal.
pub(crate) fn respond(project: &Project, request: &Request) -> (HttpResponse, Option<RefreshTokenEntry>) {
    let (settings, now) = project.with_state(|state| (state.settings.clone(), state.now()));
    let call = Call { project, request, settings, now, refresh_token: RefCell::default() };
    let response = over_limit(&call).unwrap_or_else(|| routed(&call));
    (response, call.refresh_token.into_inner())
}

/// Finds the call and carries it out.
fn routed(call: &Call<'_>) -> HttpResponse {
    let request = call.request;
    let path = request.path();
    let (get, post) = (request.head.method == Method::GET, request.head.method == Method::POST);
    let result = match path {
        "/v1/auth/tenant/select" if post => select::respond(call),
        "/v1/auth/refresh" if post || get => refresh::respond(call),
        "/v1/auth/try-refresh" if post => refresh::respond_or_nothing(call),
        "/v1/auth/me" if get => me::user(call),
        "/v1/auth/me/tenants" if post => me::tenants(call),
        "/v1/auth/me/history" if get => me::history(call),
        "/v1/auth/logout" if post => logout::one(call),
        "/v1/auth/logoutall" if post => logout::all(call),
        "/v1/auth/validate" if post => validate::respond(call),
        _ if get && path.starts_with("/v2/keys/") => key_sets::second_version(call),
        _ if get && path.starts_with("/v1/keys/") => key_sets::first_version(call),
        _ => {
            let message = format!("there is no {} {path}", request.method());
            Err(Refused::new(&call.settings.errors.unknown_path, "Not found", message))
        }
    };
    result.unwrap_or_else(|refused| refused.response())
}

fn over_limit(call: &Call<'_>) -> Option<HttpResponse> {
    let limit = call.settings.rate_limit.as_ref()?;
    if !call.request.path().starts_with(&limit.path_prefix) {
        return None;
    }
    let wait = call.project.with_state(|state| state.rate_window.count(limit, call.now)).err()?;
    let refusal = &call.settings.errors.rate_limited;
    let mut response =
        Refused::new(refusal, "https://docs.descope.com/rate-limit", "API rate limit exceeded.").response();
    let value = match limit.retry_after {
        RetryAfter::None => return Some(response),
        RetryAfter::Seconds => Some(HeaderValue::from(wait)),
        // A date means something only by the machine's clock, which is the one that the client has.
        RetryAfter::Date => {
            let wait = std::time::Duration::from_secs(u64::try_from(wait).unwrap_or(0));
            HeaderValue::try_from(httpdate::fmt_http_date(std::time::SystemTime::now() + wait)).ok()
        }
    };
    if let Some(value) = value {
        response.headers.insert(RETRY_AFTER, value);
    }
    Some(response)
}
