//! The emulator's clock: the machine's, moved.

use serde::Deserialize;
use serde_json::json;

use super::body;
use crate::app::App;
use crate::connection::answer::Answer;
use crate::connection::request::Request;
use crate::error::ControlError;

/// Moves the clock forward, or back with a negative number.
pub(crate) fn advance(app: &App, seconds: i64) {
    app.with_state(|state| state.clock_offset = state.clock_offset.saturating_add(seconds));
}

pub(super) fn read(app: &App) -> Answer {
    Answer::ok(&app.with_state(|state| json!({"now": state.now(), "offsetSeconds": state.clock_offset})))
}

pub(super) fn change(app: &App, request: &Request) -> Result<Answer, ControlError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Change {
        advance_seconds: i64,
    }
    let change: Change = body(request)?;
    advance(app, change.advance_seconds);
    Ok(read(app))
}
