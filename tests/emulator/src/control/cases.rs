//! Listing cases, opening runs, reading their reports.

use serde::Deserialize;

use super::body::body;
use crate::cases::Cases;
use crate::connection::request::Request;
use crate::connection::response::HttpResponse;
use crate::error::ControlError;
use crate::state::project::Project;

pub(super) fn list(cases: &Cases) -> Result<HttpResponse, ControlError> {
    Ok(HttpResponse::ok(&cases.ids()?))
}

pub(super) fn show(project: &Project, cases: &Cases, id: &str) -> Result<HttpResponse, ControlError> {
    Ok(HttpResponse::ok(&cases.preview(project, id)?))
}

pub(super) fn open(project: &Project, cases: &Cases, request: &Request) -> Result<HttpResponse, ControlError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Opening {
        case: String,
    }
    let opening: Opening = body(request)?;
    Ok(HttpResponse::ok(&cases.open(project, &opening.case)?))
}

pub(super) fn report(cases: &Cases, run: &str) -> Result<HttpResponse, ControlError> {
    Ok(HttpResponse::ok(&cases.report(run)?))
}
