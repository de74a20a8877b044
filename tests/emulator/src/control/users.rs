//! Users, memberships, sign-ins.

use std::net::IpAddr;

use http::header::SET_COOKIE;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::body::body;
use crate::api::sign_in::sign_in as begin_session;
use crate::connection::request::Request;
use crate::connection::response::HttpResponse;
use crate::error::ControlError;
use crate::ids::new_user_id;
use crate::state::project::Project;
use crate::state::users::User;

/// Adds or replaces a user.
pub(crate) fn add(project: &Project, user: User) -> Result<Value, ControlError> {
    if user.login_id.trim().is_empty() {
        return Err(ControlError::invalid("user: \"loginId\" must not be empty"));
    }
    if user.tenants.keys().any(|id| id.trim().is_empty()) {
        return Err(ControlError::invalid("user: a tenant id must not be empty"));
    }
    project.with_state(|state| {
        let now = state.now();
        if let Some(id) = &user.user_id
            && state.users.by_id(id).is_some_and(|known| known.user.login_id != user.login_id)
        {
            return Err(ControlError::invalid(format!("user: another user has the \"userId\" \"{id}\"")));
        }
        Ok(state.users.put(user, now, new_user_id).user_json())
    })
}

/// Signs a user in: the members of the response, tokens always among them.
pub(crate) fn session(
    project: &Project,
    login_id: &str,
    tenant: Option<&str>,
    step_up: bool,
    ip: IpAddr,
) -> Result<(Map<String, Value>, Vec<http::HeaderValue>), ControlError> {
    let response = begin_session(project, login_id, tenant, step_up, ip)?;
    let settings = project.with_state(|state| state.settings.clone());
    Ok((response.body(&settings), response.cookies(&settings)))
}

/// Removes a user from a tenant.
pub(crate) fn revoke_membership(project: &Project, login_id: &str, tenant_id: &str) -> Result<(), ControlError> {
    project.with_state(|state| {
        let account = state.users.by_login(login_id).ok_or_else(|| unknown(login_id))?;
        let removed = account.user.tenants.remove(tenant_id);
        removed.map(drop).ok_or_else(|| {
            ControlError::not_found(format!("\"{login_id}\" is not a member of the tenant \"{tenant_id}\""))
        })
    })
}

/// Removes a user, whose tokens are then refused.
pub(crate) fn delete(project: &Project, login_id: &str) -> Result<(), ControlError> {
    let removed = project.with_state(|state| state.users.remove(login_id));
    if removed { Ok(()) } else { Err(unknown(login_id)) }
}

fn unknown(login_id: &str) -> ControlError {
    ControlError::not_found(format!("no user signs in with \"{login_id}\""))
}

pub(super) fn list(project: &Project) -> HttpResponse {
    HttpResponse::ok(
        &project.with_state(|state| state.users.all().map(crate::state::users::Account::user_json).collect::<Vec<_>>()),
    )
}

pub(super) fn put(project: &Project, request: &Request) -> Result<HttpResponse, ControlError> {
    Ok(HttpResponse::ok(&add(project, body(request)?)?))
}

pub(super) fn remove(project: &Project, login_id: &str) -> Result<HttpResponse, ControlError> {
    delete(project, login_id).map(|()| HttpResponse::no_content())
}

pub(super) fn revoke(project: &Project, login_id: &str, tenant_id: &str) -> Result<HttpResponse, ControlError> {
    revoke_membership(project, login_id, tenant_id).map(|()| HttpResponse::no_content())
}

pub(super) fn sign_in(project: &Project, request: &Request) -> Result<HttpResponse, ControlError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct SignIn {
        login_id: String,
        tenant: Option<String>,
        #[serde(default)]
        step_up: bool,
    }
    let wanted: SignIn = body(request)?;
    let (members, cookies) =
        session(project, &wanted.login_id, wanted.tenant.as_deref(), wanted.step_up, request.peer)?;
    let mut response = HttpResponse::ok(&members);
    for cookie in cookies {
        response.headers.append(SET_COOKIE, cookie);
    }
    Ok(response)
}
