//! `POST /v1/auth/tenant/select`: changes the active tenant of the user.

use serde_json::Value;

use super::call::Call;
use super::issue::Draft;
use super::jwt_response::JwtResponse;
use super::presented::{RefreshToken, unknown_user};
use super::refusal::Refused;
use crate::connection::response::HttpResponse;
use crate::state::settings::EmptyTenant;

pub(crate) fn respond(call: &Call<'_>) -> Result<HttpResponse, Refused> {
    let token = RefreshToken::of(call)?;
    let errors = &call.settings.errors;
    let body = call.body()?;
    let tenant = match body.get("tenant") {
        None | Some(Value::Null) => "",
        Some(Value::String(tenant)) => tenant,
        Some(_) => return Err(call.malformed("\"tenant\" must be a string")),
    };
    let (draft, user) = call.project.with_state(|state| {
        let sign_in = token.sign_in(call, state)?;
        let (now, now_ms) = (state.now(), state.now_ms());
        let account = state.users.by_id(&sign_in.user_id).ok_or_else(|| unknown_user(call))?;
        if tenant.is_empty() && call.settings.empty_tenant == EmptyTenant::Refuse {
            return Err(Refused::new(&errors.missing_tenant, "Missing arguments", "the \"tenant\" field is required"));
        }
        if !tenant.is_empty() && !account.user.tenants.contains_key(tenant) {
            let refusal =
                if state.users.tenant_exists(tenant) { &errors.refused_tenant } else { &errors.unknown_tenant };
            return Err(Refused::new(refusal, "Tenant selection refused", "the user is not a member of this tenant"));
        }
        let chosen = Some(tenant).filter(|tenant| !tenant.is_empty());
        let enforces_sso = call.settings.of_tenant(chosen).is_some_and(|tenant| tenant.enforce_sso);
        if enforces_sso && !state.sessions.began_in(sign_in.session, tenant) {
            let message = "the tenant takes only sign-ins of its own";
            return Err(Refused::new(&errors.sso_required, "Tenant selection refused", message));
        }
        if !call.settings.select_keeps_step_up {
            state.sessions.step_up(sign_in.session, None);
        }
        let lifetime = call.settings.refresh_lifetime_of_tenant(chosen);
        let refresh_expires = lifetime.map_or(token.expires(), |lifetime| now + i64::from(lifetime));
        let draft = Draft::new(call.project, state, account, sign_in.session, chosen, refresh_expires);
        let user = account.user_json();
        if call.settings.select_supersedes {
            state.sessions.supersede(token.text, now_ms);
        }
        if call.settings.select_counts_as_activity {
            state.sessions.touch(sign_in.session, now_ms);
        }
        state.counters.selections += 1;
        if let Some(account) = state.users.by_id_mut(&sign_in.user_id) {
            account.record(now, call.request.peer.to_string(), tenant);
        }
        Ok((draft, user))
    })?;
    let tokens = draft.sign(call.project);
    call.issued(tokens.issued_entry());
    let response = JwtResponse { tokens, user, first_seen: false, external_token: String::new(), now: call.now };
    Ok(response.to_http(&call.settings))
}
