//! Reading and changing the settings.

use super::body::body;
use crate::connection::request::Request;
use crate::connection::response::HttpResponse;
use crate::error::ControlError;
use crate::state::project::Project;

pub(super) fn read(project: &Project) -> HttpResponse {
    HttpResponse::ok(&project.with_state(|state| state.settings.clone()))
}

pub(super) fn patch(project: &Project, request: &Request) -> Result<HttpResponse, ControlError> {
    let patch: serde_json::Value = body(request)?;
    if !patch.is_object() {
        return Err(ControlError::invalid("settings: a JSON object is needed"));
    }
    project.with_state(|state| {
        state.settings = state.settings.patched(&patch)?;
        Ok(HttpResponse::ok(&state.settings))
    })
}
