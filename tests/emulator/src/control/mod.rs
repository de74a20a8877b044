//! `/emulator/…`: the control calls of the emulator. One file per topic; each has its call for Rust and for HTTP.

mod body;
pub(crate) mod cases;
pub(crate) mod clock;
pub(crate) mod faults;
pub(crate) mod journal;
pub(crate) mod keys;
pub(crate) mod settings;
pub(crate) mod tokens;
pub(crate) mod users;

use http::StatusCode;
use serde_json::json;

use crate::cases::Cases;
use crate::connection::request::Request;
use crate::connection::response::HttpResponse;
use crate::error::ControlError;
use crate::query::percent_decoded;
use crate::state::project::Project;

/// Responds to a control call; to a refused one with `{"error": "…"}`.
pub(crate) async fn respond(project: &Project, cases: &Cases, request: &Request) -> HttpResponse {
    routed(project, cases, request).await.unwrap_or_else(|error| refused(&error))
}

/// The response to a control call that is refused.
pub(crate) fn refused(error: &ControlError) -> HttpResponse {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::json(status, &json!({"error": error.message}))
}

/// Finds the call and carries it out.
async fn routed(project: &Project, cases: &Cases, request: &Request) -> Result<HttpResponse, ControlError> {
    let path = request.path().strip_prefix("/emulator").unwrap_or_default();
    let segments: Vec<String> = path.split('/').skip(1).map(percent_decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (request.method(), segments.as_slice()) {
        ("GET", [] | [""]) => Ok(HttpResponse::ok(&json!({
            "name": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
            "url": project.url,
            "projectId": project.project_id,
        }))),
        ("POST", ["reset"]) => {
            project.reset();
            Ok(HttpResponse::no_content())
        }
        ("GET", ["ca.pem"]) => tls(project),
        ("GET", ["users"]) => Ok(users::list(project)),
        ("POST", ["users"]) => users::put(project, request),
        ("DELETE", ["users", login_id]) => users::remove(project, login_id),
        ("DELETE", ["users", login_id, "tenants", tenant_id]) => users::revoke(project, login_id, tenant_id),
        ("POST", ["sign-in"]) => users::sign_in(project, request),
        ("GET", ["settings"]) => Ok(settings::read(project)),
        ("PATCH", ["settings"]) => settings::patch(project, request),
        ("GET", ["clock"]) => Ok(clock::read(project)),
        ("POST", ["clock"]) => clock::change(project, request),
        ("POST", ["keys", "rotate"]) => keys::rotate(project, request),
        ("POST", ["keys", "retire"]) => Ok(keys::retire(project)),
        ("GET", ["faults"]) => Ok(faults::list(project)),
        ("POST", ["faults"]) => faults::add(project, request),
        ("DELETE", ["faults"]) => Ok(faults::clear(project)),
        ("GET", ["counters"]) => Ok(HttpResponse::ok(&project.with_state(|state| state.counters.clone()))),
        ("GET", ["requests"]) => journal::read(project, request).await,
        ("DELETE", ["requests"]) => Ok(journal::clear(project)),
        ("POST", ["tokens"]) => tokens::mint(project, request),
        ("GET", ["cases"]) => cases::list(cases),
        ("GET", ["cases", id]) => cases::show(project, cases, id),
        ("POST", ["runs"]) => cases::open(project, cases, request),
        ("GET", ["runs", run]) => cases::report(cases, run),
        (method, _) => Err(ControlError::not_found(format!("there is no control call {method} {}", request.path()))),
    }
}

fn tls(project: &Project) -> Result<HttpResponse, ControlError> {
    let pem = project.ca_pem.clone().ok_or_else(|| ControlError::not_found("the emulator was started without TLS"))?;
    let mut response = HttpResponse { body: pem.into(), ..HttpResponse::default() };
    response.headers.insert("content-type", http::HeaderValue::from_static("application/x-pem-file"));
    Ok(response)
}
