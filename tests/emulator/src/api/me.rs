//! `GET /v1/auth/me`, `POST /v1/auth/me/tenants`, `GET /v1/auth/me/history`.

use serde_json::{Value, json};

use super::call::Call;
use super::presented::{RefreshToken, unknown_user};
use super::refusal::Refused;
use crate::connection::response::HttpResponse;
use crate::state::settings::HistoryOrder;
use crate::state::users::Account;

/// Reads something of the user whose refresh token is presented.
fn read<T>(call: &Call<'_>, token: &RefreshToken<'_>, read: impl FnOnce(&Account) -> T) -> Result<T, Refused> {
    call.project.with_state(|state| {
        let sign_in = token.sign_in(call, state)?;
        state.users.by_id(&sign_in.user_id).map(read).ok_or_else(|| unknown_user(call))
    })
}

/// The user at the root.
pub(crate) fn user(call: &Call<'_>) -> Result<HttpResponse, Refused> {
    let token = RefreshToken::of(call)?;
    Ok(HttpResponse::ok(&read(call, &token, Account::user_json)?))
}

/// The user's tenants: those of `ids`, or with `dct` the active one, or all.
pub(crate) fn tenants(call: &Call<'_>) -> Result<HttpResponse, Refused> {
    let token = RefreshToken::of(call)?;
    let body = call.body()?;
    let only_active = match body.get("dct") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(only_active)) => *only_active,
        Some(_) => return Err(call.malformed("\"dct\" must be a boolean")),
    };
    let ids = match body.get("ids") {
        None | Some(Value::Null) => None,
        Some(Value::Array(ids)) if ids.iter().all(Value::is_string) => {
            Some(ids.iter().filter_map(Value::as_str).collect::<Vec<_>>()).filter(|ids| !ids.is_empty())
        }
        Some(_) => return Err(call.malformed("\"ids\" must be a list of strings")),
    };
    let active = token.tenant();
    let tenants = read(call, &token, |account| {
        let wanted = |id: &str| match &ids {
            Some(ids) => ids.contains(&id),
            None => !only_active || active == Some(id),
        };
        let enforces_sso = |id: &str| call.settings.of_tenant(Some(id)).is_some_and(|tenant| tenant.enforce_sso);
        let tenants = account.user.tenants.iter().filter(|(id, _)| wanted(id));
        tenants.map(|(id, membership)| membership.tenant_json(id, enforces_sso(id))).collect::<Vec<_>>()
    })?;
    Ok(HttpResponse::ok(&json!({"tenants": tenants})))
}

/// The history as an array at the root.
pub(crate) fn history(call: &Call<'_>) -> Result<HttpResponse, Refused> {
    let token = RefreshToken::of(call)?;
    let mut entries = read(call, &token, Account::history_json)?;
    if call.settings.history_order == HistoryOrder::NewestFirst {
        entries.reverse();
    }
    Ok(HttpResponse::ok(&entries))
}
