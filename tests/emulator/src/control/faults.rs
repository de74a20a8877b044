//! Adding, listing, and clearing faults.

use super::body::body;
use crate::app::App;
use crate::connection::answer::Answer;
use crate::connection::request::Request;
use crate::error::ControlError;
use crate::state::faults::Fault;

pub(crate) fn add_fault(app: &App, fault: Fault) -> Result<(), ControlError> {
    fault.check()?;
    app.with_state(|state| state.faults.add(fault));
    Ok(())
}

pub(super) fn list(app: &App) -> Answer {
    Answer::ok(&app.with_state(|state| state.faults.waiting().to_vec()))
}

pub(super) fn add(app: &App, request: &Request) -> Result<Answer, ControlError> {
    let fault = Fault::from_json(body(request)?)?;
    let answer = Answer::ok(&fault);
    add_fault(app, fault)?;
    Ok(answer)
}

pub(super) fn clear(app: &App) -> Answer {
    app.with_state(|state| state.faults.clear());
    Answer::no_content()
}
