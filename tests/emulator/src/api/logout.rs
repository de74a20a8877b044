//! `POST /v1/auth/logout` and `POST /v1/auth/logoutall`.

use serde_json::Value;

use super::call::Call;
use super::jwt_response;
use super::presented::RefreshToken;
use super::refusal::Refused;
use crate::connection::response::HttpResponse;

/// Ends the sign-in of the presented refresh token.
pub(crate) fn one(call: &Call<'_>) -> Result<HttpResponse, Refused> {
    let token = checked(call)?;
    call.project.with_state(|state| {
        let sign_in = token.sign_in(call, state)?;
        state.sessions.end(sign_in.session);
        state.counters.logouts += 1;
        Ok(())
    })?;
    Ok(jwt_response::logged_out(&call.settings))
}

/// Ends every sign-in of the user.
pub(crate) fn all(call: &Call<'_>) -> Result<HttpResponse, Refused> {
    let token = checked(call)?;
    call.project.with_state(|state| {
        let sign_in = token.sign_in(call, state)?;
        state.sessions.end_all(&sign_in.user_id);
        state.counters.logouts += 1;
        Ok(())
    })?;
    Ok(jwt_response::logged_out(&call.settings))
}

fn checked<'a>(call: &Call<'a>) -> Result<RefreshToken<'a>, Refused> {
    let token = RefreshToken::of(call)?;
    match call.body()?.get("logoutType") {
        None | Some(Value::Null) => Ok(token),
        Some(Value::Array(kinds)) if kinds.iter().all(Value::is_string) => Ok(token),
        Some(_) => Err(call.malformed("\"logoutType\" must be a list of strings")),
    }
}
