//! Listing cases, opening runs, reading their reports.

use serde::Deserialize;

use super::body::body;
use crate::app::App;
use crate::connection::answer::Answer;
use crate::connection::request::Request;
use crate::error::ControlError;

pub(super) fn list(app: &App) -> Result<Answer, ControlError> {
    Ok(Answer::ok(&app.cases.ids()?))
}

pub(super) fn show(app: &App, id: &str) -> Result<Answer, ControlError> {
    Ok(Answer::ok(&app.cases.preview(app, id)?))
}

pub(super) fn open(app: &App, request: &Request) -> Result<Answer, ControlError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Opening {
        case: String,
    }
    let opening: Opening = body(request)?;
    Ok(Answer::ok(&app.cases.open(app, &opening.case)?))
}

pub(super) fn report(app: &App, run: &str) -> Result<Answer, ControlError> {
    Ok(Answer::ok(&app.cases.report(run)?))
}
