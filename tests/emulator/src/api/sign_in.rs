//! Signing a user in, as the control call does it in place of the service's many authentication methods.

use std::net::IpAddr;

use super::issue::Draft;
use super::jwt_response::JwtResponse;
use crate::error::ControlError;
use crate::state::project::Project;

/// A new sign-in of a user, acting in `tenant` from the start if one is given, and stepped up if wanted.
pub(crate) fn sign_in(
    project: &Project,
    login_id: &str,
    tenant: Option<&str>,
    step_up: bool,
    ip: IpAddr,
) -> Result<JwtResponse, ControlError> {
    let (draft, user, first_seen, now) = project.with_state(|state| {
        let now = state.now();
        let settings = state.settings.clone();
        let unknown = || ControlError::not_found(format!("no user signs in with \"{login_id}\""));
        let account = state.users.by_login(login_id).ok_or_else(unknown)?;
        if let Some(tenant) = tenant.filter(|tenant| !account.user.tenants.contains_key(*tenant)) {
            return Err(ControlError::invalid(format!("\"{login_id}\" is not a member of the tenant \"{tenant}\"")));
        }
        let first_seen = !account.signed_in_before;
        account.signed_in_before = true;
        let begun_in = tenant;
        let tenant = account.effective_tenant(tenant, &settings);
        account.record(now, ip.to_string(), tenant.as_deref().unwrap_or_default());
        let account = account.clone();
        let now_ms = state.now_ms();
        let session = state.sessions.begin(&account.user_id, begun_in, now_ms);
        state.counters.sign_ins += 1;
        if step_up {
            let lifetime = i64::from(settings.step_up_lifetime(tenant.as_deref()));
            state.sessions.step_up(session, Some(now + lifetime));
        }
        let lifetime = settings.refresh_lifetime_of_tenant(tenant.as_deref());
        let refresh_expires = now + i64::from(lifetime.unwrap_or(settings.refresh_lifetime_seconds));
        let draft = Draft::new(project, state, &account, session, tenant.as_deref(), refresh_expires);
        Ok((draft, account.user_json(), first_seen, now))
    })?;
    let tokens = draft.sign(project);
    Ok(JwtResponse { tokens, user, first_seen, external_token: String::new(), now })
}
