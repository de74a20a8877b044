//! Rotation and retirement of the signing keys.

use serde::Deserialize;
use serde_json::json;

use super::body::body;
use crate::app::App;
use crate::connection::answer::Answer;
use crate::connection::request::Request;
use crate::error::ControlError;
use crate::jose::keys::SigningKey;

/// Lets a new key sign; gives its id. The former keys stay in the key set unless `retire_former` is set.
pub(crate) fn rotate_keys(app: &App, retire_former: bool) -> Result<String, ControlError> {
    let (algorithm, kid) = app.with_state(|state| {
        let algorithm = state.settings.signing_algorithm;
        (algorithm, state.key_ring.next_kid(algorithm))
    });
    let key =
        SigningKey::generate(kid.clone(), algorithm).map_err(|error| ControlError::internal(error.to_string()))?;
    app.with_state(|state| state.key_ring.rotate(key));
    if retire_former {
        retire_keys(app);
    }
    Ok(kid)
}

/// Takes every key but the signing one out of the key set.
pub(crate) fn retire_keys(app: &App) {
    app.with_state(|state| state.key_ring.retire(&app.keys, state.settings.signing_algorithm));
}

pub(super) fn rotate(app: &App, request: &Request) -> Result<Answer, ControlError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rotation {
        #[serde(default)]
        retire: bool,
    }
    let rotation: Rotation = body(request)?;
    Ok(Answer::ok(&json!({"kid": rotate_keys(app, rotation.retire)?})))
}

pub(super) fn retire(app: &App) -> Answer {
    retire_keys(app);
    Answer::no_content()
}
