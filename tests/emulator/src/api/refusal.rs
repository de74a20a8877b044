//! Error answers with the service's three fields.

use http::StatusCode;
use serde_json::json;

use crate::connection::answer::Answer;
use crate::state::refusals::Refusal;

/// A call that the service says no to.
#[derive(Debug)]
pub(crate) struct Refused {
    refusal: Refusal,
    description: String,
    message: String,
}

impl Refused {
    pub(crate) fn new(refusal: &Refusal, description: impl Into<String>, message: impl Into<String>) -> Self {
        Self { refusal: refusal.clone(), description: description.into(), message: message.into() }
    }

    pub(crate) fn answer(&self) -> Answer {
        let status = StatusCode::from_u16(self.refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({
            "errorCode": self.refusal.error_code,
            "errorDescription": self.description,
            "errorMessage": self.message,
        });
        Answer::json(status, &body)
    }
}
