//! The parts that all calls of the API share.

use std::cell::RefCell;

use serde_json::{Map, Value};

use super::refusal::Refused;
use crate::connection::request::Request;
use crate::state::journal::{IssuedEntry, RefreshTokenEntry};
use crate::state::project::Project;
use crate::state::settings::Settings;

/// One call of the API: the request and what it is judged by.
pub(crate) struct Call<'a> {
    pub(crate) project: &'a Project,
    pub(crate) request: &'a Request,
    pub(crate) settings: Settings,
    /// Seconds since the epoch by the emulator's clock.
    pub(crate) now: i64,
    /// The refresh token that was presented, for the journal.
    pub(crate) refresh_token: RefCell<Option<RefreshTokenEntry>>,
}

impl Call<'_> {
    /// The members of the body; none when the body is empty.
    pub(crate) fn body(&self) -> Result<Map<String, Value>, Refused> {
        if self.request.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Map::new());
        }
        match serde_json::from_slice(&self.request.body) {
            Ok(Value::Object(members)) => Ok(members),
            Ok(_) => Err(self.malformed("the body is not a JSON object")),
            Err(error) => Err(self.malformed(&format!("the body is not JSON: {error}"))),
        }
    }

    /// Adds what an exchange issued to the journal's entry of the presented token.
    pub(crate) fn issued(&self, issued: IssuedEntry) {
        if let Some(token) = self.refresh_token.borrow_mut().as_mut() {
            token.issued = Some(issued);
        }
    }

    /// The refusal of a call with a malformed body.
    pub(crate) fn malformed(&self, message: &str) -> Refused {
        Refused::new(&self.settings.errors.malformed_body, "Request is malformed", message)
    }
}
