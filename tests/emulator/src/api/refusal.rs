//! Error responses with the service's three fields.

use http::StatusCode;
use serde_json::json;

use crate::connection::response::HttpResponse;
use crate::state::refusals::Refusal;

/// A refused call.
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

    pub(crate) fn response(&self) -> HttpResponse {
        let status = StatusCode::from_u16(self.refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({
            "errorCode": self.refusal.error_code,
            "errorDescription": self.description,
            "errorMessage": self.message,
        });
        HttpResponse::json(status, &body)
    }
}
