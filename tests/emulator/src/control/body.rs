//! Reading the body of a control call.

use serde::de::DeserializeOwned;

use crate::connection::request::Request;
use crate::error::ControlError;

/// The body of a control call; an absent one counts as `{}`.
pub(super) fn body<T: DeserializeOwned>(request: &Request) -> Result<T, ControlError> {
    let text: &[u8] = if request.body.iter().all(u8::is_ascii_whitespace) { b"{}" } else { &request.body };
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| ControlError::invalid(format!("body: {error}")))?;
    deserializer.end().map_err(|error| ControlError::invalid(format!("body: {error}")))?;
    Ok(value)
}
