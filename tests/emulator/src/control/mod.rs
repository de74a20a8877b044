//! `/emulator/…`: what tests ask of the emulator itself. One file per topic; each has its call for Rust and for HTTP.

mod body;
pub(crate) mod cases;
pub(crate) mod clock;
pub(crate) mod faults;
pub(crate) mod journal;
pub(crate) mod keys;
pub(crate) mod settings;
pub(crate) mod tokens;
pub(crate) mod users;

use std::net::IpAddr;

use http::StatusCode;
use serde_json::json;

use crate::app::App;
use crate::connection::answer::Answer;
use crate::connection::request::Request;
use crate::error::ControlError;
use crate::query::percent_decoded;

/// Answers a control call whose connection arrived at the address `local`; a refused one with `{"error": "…"}`.
pub(crate) async fn answer(app: &App, request: &Request, local: IpAddr) -> Answer {
    let result = match app.access.check(&request.head, local) {
        Ok(()) => routed(app, request).await,
        Err(refused) => Err(refused),
    };
    result.unwrap_or_else(|error| {
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Answer::json(status, &json!({"error": error.message}))
    })
}

/// Finds the call and carries it out.
async fn routed(app: &App, request: &Request) -> Result<Answer, ControlError> {
    let path = request.path().strip_prefix("/emulator").unwrap_or_default();
    let segments: Vec<String> = path.split('/').skip(1).map(percent_decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (request.method(), segments.as_slice()) {
        ("GET", [] | [""]) => Ok(Answer::ok(&json!({
            "name": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
            "url": app.url,
            "projectId": app.project_id,
        }))),
        ("POST", ["reset"]) => {
            app.reset();
            Ok(Answer::no_content())
        }
        ("GET", ["ca.pem"]) => tls(app),
        ("GET", ["users"]) => Ok(users::list(app)),
        ("POST", ["users"]) => users::put(app, request),
        ("DELETE", ["users", login_id]) => users::remove(app, login_id),
        ("DELETE", ["users", login_id, "tenants", tenant_id]) => users::revoke(app, login_id, tenant_id),
        ("POST", ["sign-in"]) => users::sign_in(app, request),
        ("GET", ["settings"]) => Ok(settings::read(app)),
        ("PATCH", ["settings"]) => settings::patch(app, request),
        ("GET", ["clock"]) => Ok(clock::read(app)),
        ("POST", ["clock"]) => clock::change(app, request),
        ("POST", ["keys", "rotate"]) => keys::rotate(app, request),
        ("POST", ["keys", "retire"]) => Ok(keys::retire(app)),
        ("GET", ["faults"]) => Ok(faults::list(app)),
        ("POST", ["faults"]) => faults::add(app, request),
        ("DELETE", ["faults"]) => Ok(faults::clear(app)),
        ("GET", ["requests"]) => journal::read(app, request).await,
        ("DELETE", ["requests"]) => Ok(journal::clear(app)),
        ("POST", ["tokens"]) => tokens::mint(app, request),
        ("GET", ["cases"]) => cases::list(app),
        ("GET", ["cases", id]) => cases::show(app, id),
        ("POST", ["runs"]) => cases::open(app, request),
        ("GET", ["runs", run]) => cases::report(app, run),
        (method, _) => Err(ControlError::not_found(format!("there is no control call {method} {}", request.path()))),
    }
}

fn tls(app: &App) -> Result<Answer, ControlError> {
    let pem = app.ca_pem.clone().ok_or_else(|| ControlError::not_found("the emulator was started without TLS"))?;
    let mut answer = Answer { body: pem.into(), ..Answer::default() };
    answer.headers.insert("content-type", http::HeaderValue::from_static("application/x-pem-file"));
    Ok(answer)
}
