//! Reading and changing the settings.

use super::body::body;
use crate::app::App;
use crate::connection::answer::Answer;
use crate::connection::request::Request;
use crate::error::ControlError;

pub(super) fn read(app: &App) -> Answer {
    Answer::ok(&app.with_state(|state| state.settings.clone()))
}

pub(super) fn patch(app: &App, request: &Request) -> Result<Answer, ControlError> {
    let patch: serde_json::Value = body(request)?;
    if !patch.is_object() {
        return Err(ControlError::invalid("settings: a JSON object is needed"));
    }
    app.with_state(|state| {
        state.settings = state.settings.patched(&patch)?;
        Ok(Answer::ok(&state.settings))
    })
}
