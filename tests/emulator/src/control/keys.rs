//! Rotation and retirement of the signing keys.

use serde::Deserialize;
use serde_json::json;

use super::body::body;
use crate::connection::request::Request;
use crate::connection::response::HttpResponse;
use crate::error::ControlError;
use crate::jose::keys::SigningKey;
use crate::state::project::Project;

/// Creates a new signing key and returns its id. The former keys stay in the key set unless `retire_former` is set.
pub(crate) fn rotate_keys(project: &Project, retire_former: bool) -> Result<String, ControlError> {
    let (algorithm, kid) = project.with_state(|state| {
        let algorithm = state.settings.signing_algorithm;
        (algorithm, state.key_ring.next_kid(algorithm))
    });
    let key =
        SigningKey::generate(kid.clone(), algorithm).map_err(|error| ControlError::internal(error.to_string()))?;
    project.with_state(|state| state.key_ring.rotate(key));
    if retire_former {
        retire_keys(project);
    }
    Ok(kid)
}

/// Removes all keys except the signing one from the key set.
pub(crate) fn retire_keys(project: &Project) {
    project.with_state(|state| state.key_ring.retire(&project.keys, state.settings.signing_algorithm));
}

pub(super) fn rotate(project: &Project, request: &Request) -> Result<HttpResponse, ControlError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rotation {
        #[serde(default)]
        retire: bool,
    }
    let rotation: Rotation = body(request)?;
    Ok(HttpResponse::ok(&json!({"kid": rotate_keys(project, rotation.retire)?})))
}

pub(super) fn retire(project: &Project) -> HttpResponse {
    retire_keys(project);
    HttpResponse::no_content()
}
