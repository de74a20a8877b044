//! Adding, listing, and clearing faults.

use super::body::body;
use crate::connection::request::Request;
use crate::connection::response::HttpResponse;
use crate::error::ControlError;
use crate::state::faults::Fault;
use crate::state::project::Project;

pub(crate) fn add_fault(project: &Project, fault: Fault) -> Result<(), ControlError> {
    fault.check()?;
    project.with_state(|state| state.faults.add(fault));
    Ok(())
}

pub(super) fn list(project: &Project) -> HttpResponse {
    HttpResponse::ok(&project.with_state(|state| state.faults.waiting().to_vec()))
}

pub(super) fn add(project: &Project, request: &Request) -> Result<HttpResponse, ControlError> {
    let fault = Fault::from_json(body(request)?)?;
    let response = HttpResponse::ok(&fault);
    add_fault(project, fault)?;
    Ok(response)
}

pub(super) fn clear(project: &Project) -> HttpResponse {
    project.with_state(|state| state.faults.clear());
    HttpResponse::no_content()
}
