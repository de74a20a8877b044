//! Makes custom tokens outside of cases.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::body::body;
use crate::connection::request::Request;
use crate::connection::response::HttpResponse;
use crate::error::ControlError;
use crate::jose::forge::{Mint, MintedToken, TokenProfile, TokenSpec, issuer};
use crate::state::project::Project;

/// Makes a token. The API accepts a refresh token when its claims name an existing user.
pub(crate) fn make(project: &Project, spec: &TokenSpec) -> Result<MintedToken, ControlError> {
    let (settings, ring, now) =
        project.with_state(|state| (state.settings.clone(), state.key_ring.clone(), state.now()));
    let mint = Mint {
        keys: &project.keys,
        default_key: ring.current(&project.keys, settings.signing_algorithm).cloned(),
        issuer: issuer(&settings.issuer, &project.url, &project.project_id),
        session_name: &settings.session_cookie_name,
        refresh_name: &settings.refresh_cookie_name,
        now,
    };
    let minted = mint.make(spec).map_err(|error| ControlError::invalid(format!("token: {error}")))?;
    if spec.profile == TokenProfile::Refresh {
        let claim = |name: &str| minted.claims.as_ref()?.get(name)?.as_str();
        let user_id = claim("dsub").or_else(|| claim("sub"));
        project.with_state(|state| {
            let now_ms = state.now_ms();
            let session = state.sessions.begin(user_id.unwrap_or_default(), None, now_ms);
            state.sessions.issue(session, &minted.token);
        });
    }
    Ok(minted)
}

pub(super) fn mint(project: &Project, request: &Request) -> Result<HttpResponse, ControlError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        tokens: BTreeMap<String, TokenSpec>,
    }
    let order: Order = body(request)?;
    let mut minted = BTreeMap::new();
    for (name, spec) in &order.tokens {
        let token = make(project, spec).map_err(|error| ControlError::invalid(format!("\"{name}\": {error}")))?;
        minted.insert(name, token);
    }
    Ok(HttpResponse::ok(&minted))
}
