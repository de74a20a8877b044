//! `POST /v1/auth/refresh`, its GET form, and `POST /v1/auth/try-refresh`.

use http::Method;
use serde_json::Value;

use super::bearer::Bearer;
use super::call::Call;
use super::issue::Draft;
use super::jwt_response::{self, JwtResponse};
use super::presented::{RefreshToken, unknown_user};
use super::refusal::Refused;
use crate::connection::response::HttpResponse;

pub(crate) fn respond(call: &Call<'_>) -> Result<HttpResponse, Refused> {
    let token = RefreshToken::of(call)?;
    // An external token is exchanged for one of the service's own; the emulator returns it unchanged.
    let external_token = if call.request.head.method == Method::GET {
        call.request.query_value("externalToken").unwrap_or_default()
    } else {
        match call.body()?.get("externalToken") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(token)) => token.clone(),
            Some(_) => return Err(call.malformed("\"externalToken\" must be a string")),
        }
    };
    let rotates = call.settings.refresh_rotation;
    let issues_refresh_token = rotates || !token.key_is_published();
    let (draft, user) = call.project.with_state(|state| {
        let sign_in = token.sign_in(call, state)?;
        let now_ms = state.now_ms();
        state.sessions.touch(sign_in.session, now_ms);
        if !call.settings.refresh_keeps_step_up {
            state.sessions.step_up(sign_in.session, None);
        }
        if rotates {
            state.sessions.supersede(token.text, now_ms);
        }
        state.counters.refreshes += 1;
        let account = state.users.by_id(&sign_in.user_id).ok_or_else(|| unknown_user(call))?;
        let tenant = account.effective_tenant(token.tenant(), &state.settings);
        let draft = Draft::new(call.project, state, account, sign_in.session, tenant.as_deref(), token.expires());
        Ok((if issues_refresh_token { draft } else { draft.session_only() }, account.user_json()))
    })?;
    let mut tokens = draft.sign(call.project);
    call.issued(tokens.issued_entry());
    if !issues_refresh_token && call.settings.refresh_returns_token {
        token.text.clone_into(&mut tokens.refresh_jwt);
    }
    let response = JwtResponse { tokens, user, first_seen: false, external_token, now: call.now };
    Ok(response.to_http(&call.settings))
}

/// The same, except that a refresh token that is missing or does not count makes a response without tokens.
pub(crate) fn respond_or_nothing(call: &Call<'_>) -> Result<HttpResponse, Refused> {
    Bearer::of(call)?;
    Ok(respond(call).unwrap_or_else(|_| jwt_response::nothing(&call.settings)))
}
