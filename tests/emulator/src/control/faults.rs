//! Adding, listing, and clearing faults.

use super::body::body;
use crate::connection::answer::Answer;
use crate::connection::request::Request;
use crate::error::ControlError;
use crate::state::faults::Fault;
use crate::state::project::Project;

pub(crate) fn add_fault(project: &Project, fault: Fault) -> Result<(), ControlError> {
    fault.check()?;
    project.with_state(|state| state.faults.add(fault));
    Ok(())
}

pub(super) fn list(project: &Project) -> Answer {
    Answer::ok(&project.with_state(|state| state.faults.waiting().to_vec()))
}

pub(super) fn add(project: &Project, request: &Request) -> Result<Answer, ControlError> {
    let fault = Fault::from_json(body(request)?)?;
    let answer = Answer::ok(&fault);
    add_fault(project, fault)?;
    Ok(answer)
}

pub(super) fn clear(project: &Project) -> Answer {
    project.with_state(|state| state.faults.clear());
    Answer::no_content()
}
