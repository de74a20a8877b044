//! `GET /v2/keys/{projectId}` and `GET /v1/keys/{projectId}`.

use http::HeaderValue;
use http::header::CACHE_CONTROL;
use serde_json::{Value, json};

use super::call::Call;
use super::refusal::Refused;
use crate::connection::response::HttpResponse;
use crate::query::percent_decoded;

/// `{"keys": […]}`.
pub(crate) fn second_version(call: &Call<'_>) -> Result<HttpResponse, Refused> {
    Ok(with_caching(call, HttpResponse::ok(&json!({"keys": keys(call, "/v2/keys/")?}))))
}

/// The array alone.
pub(crate) fn first_version(call: &Call<'_>) -> Result<HttpResponse, Refused> {
    Ok(with_caching(call, HttpResponse::ok(&keys(call, "/v1/keys/")?)))
}

/// Needs no bearer, as with the service.
fn keys(call: &Call<'_>, prefix: &str) -> Result<Vec<Value>, Refused> {
    let project_id = percent_decoded(call.request.path().strip_prefix(prefix).unwrap_or_default());
    if project_id != call.project.project_id {
        let message = "there is no such project here";
        return Err(Refused::new(&call.settings.errors.unknown_path, "Project not found", message));
    }
    let settings = &call.settings;
    let ring = call.project.with_state(|state| state.key_ring.clone());
    let published = ring.published(&call.project.keys, settings.signing_algorithm, &settings.published_algorithms);
    Ok(published.into_iter().map(crate::jose::keys::SigningKey::jwk).collect())
}

fn with_caching(call: &Call<'_>, mut response: HttpResponse) -> HttpResponse {
    let value = call.settings.keys_cache_control.as_deref().and_then(|value| HeaderValue::try_from(value).ok());
    if let Some(value) = value {
        response.headers.insert(CACHE_CONTROL, value);
    }
    response
}
