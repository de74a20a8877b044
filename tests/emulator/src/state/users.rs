//! The users of the project, their tenants, and their history.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::clock::int32;

/// The number of entries to keep per user; older ones are removed.
const HISTORY_LIMIT: usize = 1_000;

/// A user, as passed to `POST /emulator/users`, to a seed file, or to [`Emulator::add_user`](crate::Emulator::add_user).
///
/// ```
/// use tenant_select_emulator::User;
///
/// let user = User::new("ada@example.com").tenant("acme", ["admin"], ["read", "write"]).tenant("umbrella", [], []);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct User {
    /// The id with which the user signs in; it identifies the user in every control call.
    pub login_id: String,
    /// The `sub` of the user's tokens; generated when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Full name. Default empty.
    #[serde(default)]
    pub name: String,
    /// Default empty.
    #[serde(default)]
    pub given_name: String,
    /// Default empty.
    #[serde(default)]
    pub middle_name: String,
    /// Default empty.
    #[serde(default)]
    pub family_name: String,
    /// Default: the login id when it contains an `@`, else empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Default: true if there is an e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_email: Option<bool>,
    /// Default empty.
    #[serde(default)]
    pub phone: String,
    /// Default `false`.
    #[serde(default)]
    pub verified_phone: bool,
    /// Address of a picture. Default empty.
    #[serde(default)]
    pub picture: String,
    /// The tenants that the user belongs to, by id.
    #[serde(default)]
    pub tenants: BTreeMap<String, Membership>,
    /// Roles at project level.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Permissions at project level.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Any JSON.
    #[serde(default)]
    pub custom_attributes: Map<String, Value>,
}

impl User {
    /// A user who signs in with `login_id` and belongs to no tenant.
    pub fn new(login_id: impl Into<String>) -> Self {
        Self { login_id: login_id.into(), ..Self::default() }
    }

    /// The same user as a member of one more tenant.
    #[must_use]
    pub fn tenant<const R: usize, const P: usize>(
        mut self,
        tenant_id: impl Into<String>,
        roles: [&str; R],
        permissions: [&str; P],
    ) -> Self {
        let owned = |list: &[&str]| list.iter().map(|&item| item.to_owned()).collect();
        let membership = Membership { roles: owned(&roles), permissions: owned(&permissions), ..Membership::default() };
        self.tenants.insert(tenant_id.into(), membership);
        self
    }
}

/// The membership of one user in one tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Membership {
    /// The tenant's display name. Default: the tenant's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Roles within the tenant.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Permissions within the tenant.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// The tenant's custom attributes, as `me/tenants` returns them.
    #[serde(default)]
    pub custom_attributes: Map<String, Value>,
}

impl Membership {
    fn name<'a>(&'a self, tenant_id: &'a str) -> &'a str {
        self.name.as_deref().unwrap_or(tenant_id)
    }

    /// The tenant as `me/tenants` returns it, every member present.
    pub(crate) fn tenant_json(&self, tenant_id: &str, enforces_sso: bool) -> Value {
        json!({
            "id": tenant_id,
            "name": self.name(tenant_id),
            "selfProvisioningDomains": [],
            "customAttributes": self.custom_attributes,
            "authType": "none",
            "domains": [],
            "createdTime": 0,
            "disabled": false,
            "enforceSSO": enforces_sso,
        })
    }
}

/// A user who exists in the project.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) user_id: String,
    pub(crate) user: User,
    pub(crate) created: i64,
    pub(crate) signed_in_before: bool,
    history: VecDeque<Visit>,
}

/// One sign-in or selection.
#[derive(Clone, Debug)]
struct Visit {
    time: i64,
    ip: String,
    tenant: String,
}

impl Account {
    /// The object that `me` returns and that responses carry as `user`: every field, defaults included.
    pub(crate) fn user_json(&self) -> Value {
        let user = &self.user;
        let email = user
            .email
            .clone()
            .or_else(|| user.login_id.contains('@').then(|| user.login_id.clone()))
            .unwrap_or_default();
        let verified_email = user.verified_email.unwrap_or(!email.is_empty());
        let tenants: Vec<Value> = user
            .tenants
            .iter()
            .map(|(id, membership)| {
                json!({
                    "tenantId": id,
                    "tenantName": membership.name(id),
                    "roleNames": membership.roles,
                    "permissions": membership.permissions,
                })
            })
            .collect();
        json!({
            "loginIds": [user.login_id],
            "userId": self.user_id,
            "name": user.name,
            "email": email,
            "phone": user.phone,
            "verifiedEmail": verified_email,
            "verifiedPhone": user.verified_phone,
            "roleNames": user.roles,
            "userTenants": tenants,
            "status": "enabled",
            "externalIds": [user.login_id],
            "picture": user.picture,
            "test": false,
            "customAttributes": user.custom_attributes,
            "createdTime": int32(self.created),
            "TOTP": false,
            "SAML": false,
            "OAuth": {},
            "webauthn": false,
            "password": false,
            "ssoAppIds": [],
            "givenName": user.given_name,
            "middleName": user.middle_name,
            "familyName": user.family_name,
            "editable": true,
            "SCIM": false,
            "push": false,
            "permissions": user.permissions,
            "OIDC": false,
            "consentExpiration": 0,
            "recoveryEmail": "",
            "verifiedRecoveryEmail": false,
            "recoveryPhone": "",
            "verifiedRecoveryPhone": false,
        })
    }

    /// Adds a sign-in or a selection to the history.
    pub(crate) fn record(&mut self, time: i64, ip: String, tenant: &str) {
        if self.history.len() >= HISTORY_LIMIT {
            self.history.pop_front();
        }
        self.history.push_back(Visit { time, ip, tenant: tenant.to_owned() });
    }

    /// The history, oldest entry first.
    pub(crate) fn history_json(&self) -> Vec<Value> {
        let entry = |visit: &Visit| {
            json!({
                "userId": self.user_id,
                "loginTime": int32(visit.time),
                "city": "",
                "country": "",
                "ip": visit.ip,
                "selectedTenant": visit.tenant,
            })
        };
        self.history.iter().map(entry).collect()
    }

    /// The tenant that a token names without having been selected: the only one there is.
    pub(crate) fn only_tenant(&self) -> Option<&String> {
        let mut tenants = self.user.tenants.keys();
        tenants.next().filter(|_| tenants.next().is_none())
    }
}

/// All users, by login id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Users {
    accounts: BTreeMap<String, Account>,
}

impl Users {
    /// Adds a user, or replaces one, who then keeps the id and the history.
    pub(crate) fn put(&mut self, user: User, created: i64, fresh_id: impl FnOnce() -> String) -> &Account {
        let login_id = user.login_id.clone();
        let previous = self.accounts.remove(&login_id);
        let given_id = user.user_id.clone();
        let account = match previous {
            Some(account) => Account { user_id: given_id.unwrap_or(account.user_id), user, ..account },
            None => Account {
                user_id: given_id.unwrap_or_else(fresh_id),
                user,
                created,
                signed_in_before: false,
                history: VecDeque::new(),
            },
        };
        self.accounts.entry(login_id).or_insert(account)
    }

    pub(crate) fn remove(&mut self, login_id: &str) -> bool {
        self.accounts.remove(login_id).is_some()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    pub(crate) fn by_login(&mut self, login_id: &str) -> Option<&mut Account> {
        self.accounts.get_mut(login_id)
    }

    pub(crate) fn by_id(&self, user_id: &str) -> Option<&Account> {
        self.accounts.values().find(|account| account.user_id == user_id)
    }

    pub(crate) fn by_id_mut(&mut self, user_id: &str) -> Option<&mut Account> {
        self.accounts.values_mut().find(|account| account.user_id == user_id)
    }

    /// Whether any user belongs to that tenant.
    pub(crate) fn tenant_exists(&self, tenant_id: &str) -> bool {
        self.accounts.values().any(|account| account.user.tenants.contains_key(tenant_id))
    }
}
