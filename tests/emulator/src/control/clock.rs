//! The emulator's clock: the machine's clock plus an offset.

use serde::Deserialize;
use serde_json::json;

use super::body::body;
use crate::clock::machine_now;
use crate::connection::request::Request;
use crate::connection::response::HttpResponse;
use crate::error::ControlError;
use crate::state::project::Project;

/// The latest time of the clock, in the year 9797, so that the expiry of every token still has a valid date.
const END_OF_TIME: i64 = 247_000_000_000;

/// Moves the clock forward, or back with a negative number; it stops in the years 1970 and 9797.
pub(crate) fn advance(project: &Project, seconds: i64) {
    let machine = machine_now();
    project.with_state(|state| {
        let wanted = machine.saturating_add(state.clock_offset).saturating_add(seconds);
        state.clock_offset = wanted.clamp(0, END_OF_TIME) - machine;
    });
}

pub(super) fn read(project: &Project) -> HttpResponse {
    HttpResponse::ok(&project.with_state(|state| json!({"now": state.now(), "offsetSeconds": state.clock_offset})))
}

pub(super) fn change(project: &Project, request: &Request) -> Result<HttpResponse, ControlError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Change {
        advance_seconds: i64,
    }
    let change: Change = body(request)?;
    advance(project, change.advance_seconds);
    Ok(read(project))
}
