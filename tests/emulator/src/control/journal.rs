//! Reads the journal, at once or after an event.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;

use crate::connection::request::Request;
use crate::connection::response::HttpResponse;
use crate::error::ControlError;
use crate::state::journal::JournalFilter;
use crate::state::project::Project;

/// The longest wait of one call.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

pub(super) async fn read(project: &Project, request: &Request) -> Result<HttpResponse, ControlError> {
    let Some(wait_for) = request.query_value("waitFor") else {
        if let Some((name, _)) = request.query().first() {
            return Err(ControlError::invalid(format!("\"{name}\" needs \"waitFor\"")));
        }
        return Ok(HttpResponse::ok(&project.journal.entries()));
    };
    let mut filter = match wait_for.as_str() {
        "request" => JournalFilter::requests(),
        "response" => JournalFilter::requests().responded(),
        "disconnect" => JournalFilter::disconnects(),
        _ => return Err(ControlError::invalid("\"waitFor\" must be request, response, or disconnect")),
    };
    let mut timeout = Duration::from_secs(5);
    for (name, value) in request.query() {
        let number = || value.parse::<u64>().map_err(|_| ControlError::invalid(format!("\"{name}\" must be a number")));
        match name.as_str() {
            "waitFor" => {}
            "path" => filter = filter.path(value),
            "count" => filter = filter.count(usize::try_from(number()?).unwrap_or(usize::MAX)),
            "after" => filter = filter.after(number()?),
            "timeoutMs" => timeout = Duration::from_millis(number()?).min(LONGEST_WAIT),
            _ => return Err(ControlError::invalid(format!("unknown parameter \"{name}\""))),
        }
    }
    if project.journal.wait(&filter, timeout).await {
        return Ok(HttpResponse::ok(&project.journal.entries()));
    }
    let body = json!({"error": "what was waited for did not happen in time", "requests": project.journal.entries()});
    Ok(HttpResponse::json(StatusCode::GATEWAY_TIMEOUT, &body))
}

pub(super) fn clear(project: &Project) -> HttpResponse {
    project.journal.clear();
    HttpResponse::no_content()
}
