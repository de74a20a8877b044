//! Listing cases, opening runs, reading their reports.

use serde::Deserialize;

use super::body::body;
use crate::cases::Cases;
use crate::connection::answer::Answer;
use crate::connection::request::Request;
use crate::error::ControlError;
use crate::state::project::Project;

pub(super) fn list(cases: &Cases) -> Result<Answer, ControlError> {
    Ok(Answer::ok(&cases.ids()?))
}

pub(super) fn show(project: &Project, cases: &Cases, id: &str) -> Result<Answer, ControlError> {
    Ok(Answer::ok(&cases.preview(project, id)?))
}

pub(super) fn open(project: &Project, cases: &Cases, request: &Request) -> Result<Answer, ControlError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Opening {
        case: String,
    }
    let opening: Opening = body(request)?;
    Ok(Answer::ok(&cases.open(project, &opening.case)?))
}

pub(super) fn report(cases: &Cases, run: &str) -> Result<Answer, ControlError> {
    Ok(Answer::ok(&cases.report(run)?))
}
