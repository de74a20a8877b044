//! Tenants, roles and permissions in session tokens, in the form of the JWT template.

use serde_json::{Map, Value, json};

use crate::state::settings::{EmptyClaimPolicy, JwtTemplate, Settings};
use crate::state::users::{Account, Membership};

/// The claims of a session token that say what the user may do.
pub(super) fn grants(settings: &Settings, account: &Account, tenant: Option<&str>) -> Map<String, Value> {
    let user = &account.user;
    match settings.jwt_template {
        JwtTemplate::Default => {
            let mut claims = lists(settings, &user.roles, &user.permissions);
            let grant =
                |membership: &Membership| Value::Object(lists(settings, &membership.roles, &membership.permissions));
            let tenants: Map<String, Value> =
                user.tenants.iter().map(|(id, membership)| (id.clone(), grant(membership))).collect();
            let is_empty = tenants.is_empty();
            claims.extend(unless_empty(settings, "tenants", Value::Object(tenants), is_empty));
            claims
        }
        JwtTemplate::CurrentTenant => match tenant.and_then(|tenant| user.tenants.get(tenant)) {
            Some(membership) => lists(settings, &membership.roles, &membership.permissions),
            None => lists(settings, &user.roles, &user.permissions),
        },
        JwtTemplate::None => Map::new(),
    }
}

/// Roles and permissions, of the project or of one tenant.
fn lists(settings: &Settings, roles: &[String], permissions: &[String]) -> Map<String, Value> {
    let permissions = (!settings.exclude_permission_claim).then_some(("permissions", permissions));
    [Some(("roles", roles)), permissions]
        .into_iter()
        .flatten()
        .filter_map(|(name, list)| unless_empty(settings, name, json!(list), list.is_empty()))
        .collect()
}

/// The claim, or what the settings make of an empty one.
fn unless_empty(settings: &Settings, name: &str, value: Value, is_empty: bool) -> Option<(String, Value)> {
    let value = match settings.empty_claim_policy {
        EmptyClaimPolicy::Delete if is_empty => return None,
        EmptyClaimPolicy::Nil if is_empty => Value::Null,
        _ => value,
    };
    Some((name.to_owned(), value))
}
