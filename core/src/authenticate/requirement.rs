//! What a request needs, and whether a session has it.

use crate::authenticate::refusal::RefusalCode;
use crate::client::arguments::check_tenant;
use crate::error::{Error, Result};
use crate::session::{Session, TenantGrant, has, has_any};

/// What a request needs of the user, one for each call of
/// [`authenticate`](crate::RequestAuthenticator::authenticate). The default is a valid session and nothing else.
///
/// ```
/// use tenant_select::Requirement;
///
/// let to_write = Requirement::new().tenant("acme").permissions(&["documents.write"]);
/// let to_bill = Requirement::new().tenant("acme").any_role(&["owner", "accountant"]).step_up(true);
/// let public_page = Requirement::new().required(false);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Requirement<'a> {
    pub(crate) tenant: Option<&'a str>,
    roles: &'a [&'a str],
    permissions: &'a [&'a str],
    any_role: &'a [&'a str],
    any_permission: &'a [&'a str],
    pub(crate) required: bool,
    step_up: bool,
}

impl Default for Requirement<'_> {
    fn default() -> Self {
        Self {
            tenant: None,
            roles: &[],
            permissions: &[],
            any_role: &[],
            any_permission: &[],
            required: true,
            step_up: false,
        }
    }
}

impl<'a> Requirement<'a> {
    /// A valid session and nothing else.
    pub fn new() -> Self {
        Self::default()
    }

    /// The id of the tenant that the request is for, 1 to 1,024 bytes. It has to be the active one. Without it, the tenant of
    /// the session is the one, whichever that is, and a refresh keeps it.
    pub fn tenant(mut self, tenant_id: &'a str) -> Self {
        self.tenant = Some(tenant_id);
        self
    }

    /// Roles that the user must have, all of them: in the tenant, or at project level without one.
    pub fn roles(mut self, roles: &'a [&'a str]) -> Self {
        self.roles = roles;
        self
    }

    /// Permissions that the user must have, all of them: in the tenant, or at project level without one.
    pub fn permissions(mut self, permissions: &'a [&'a str]) -> Self {
        self.permissions = permissions;
        self
    }

    /// Roles of which the user must have at least one; an empty list requires none.
    pub fn any_role(mut self, roles: &'a [&'a str]) -> Self {
        self.any_role = roles;
        self
    }

    /// Permissions of which the user must have at least one; an empty list requires none.
    pub fn any_permission(mut self, permissions: &'a [&'a str]) -> Self {
        self.any_permission = permissions;
        self
    }

    /// Whether there must be a session. With false, a request without a valid one is anonymous. Roles, permissions and a step-up
    /// cannot be required then: an anonymous request would pass without them. Default true.
    pub fn required(mut self, required: bool) -> Self {
        self.required = required;
        self
    }

    /// Whether the user must have [stepped up](Session::stepped_up) (RFC 9470). Default false.
    pub fn step_up(mut self, step_up: bool) -> Self {
        self.step_up = step_up;
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        if let Some(tenant) = self.tenant {
            check_tenant("tenant", tenant)?;
        }
        let lists = [
            ("roles", self.roles),
            ("permissions", self.permissions),
            ("any_role", self.any_role),
            ("any_permission", self.any_permission),
        ];
        for (argument, names) in lists {
            if names.iter().any(|name| name.trim().is_empty()) {
                return Err(Error::invalid_input(argument, format!("{argument} holds an empty name")));
            }
            if !self.required && !names.is_empty() {
                return Err(contradiction(argument));
            }
        }
        if !self.required && self.step_up { Err(contradiction("step_up")) } else { Ok(()) }
    }

    /// Whether the session has what is needed. The tenant comes first: what a user may do elsewhere does not matter.
    pub(crate) fn decide(&self, session: &Session) -> Decision {
        let level = match self.tenant {
            None => Level::Project(session),
            Some(tenant) => match session.active_tenant().filter(|grant| grant.tenant_id() == tenant) {
                Some(grant) => Level::Tenant(grant),
                None if session.tenants().contains_key(tenant) => return Decision::OtherTenantActive,
                None => return Decision::Refuse(RefusalCode::NotAMember),
            },
        };
        let (roles, permissions) = match level {
            Level::Project(session) => (session.roles(), session.permissions()),
            Level::Tenant(grant) => (grant.roles(), grant.permissions()),
        };
        if !(has(roles, self.roles)
            && has(permissions, self.permissions)
            && any(roles, self.any_role)
            && any(permissions, self.any_permission))
        {
            return Decision::Refuse(RefusalCode::Forbidden);
        }
        if self.step_up && !session.stepped_up() {
            return Decision::Refuse(RefusalCode::StepUpRequired);
        }
        Decision::Pass
    }
}

/// Where roles and permissions are looked up.
enum Level<'a> {
    Project(&'a Session),
    Tenant(&'a TenantGrant),
}

/// Whether a session has what a request needs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Pass,
    /// The user is in the tenant, and another one is active.
    OtherTenantActive,
    Refuse(RefusalCode),
}

/// No names require none.
fn any(granted: &[String], names: &[&str]) -> bool {
    names.is_empty() || has_any(granted, names)
}

fn contradiction(argument: &'static str) -> Error {
    let what = "cannot be required of a request without a session: leave it out, or leave required at true";
    Error::invalid_input(argument, format!("{argument} {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(claims: &str) -> Session {
        serde_json::from_str(&format!(r#"{{"projectId": "P1", "claims": {{"sub": "U1", "exp": 9, {claims}}}}}"#))
            .unwrap()
    }

    #[test]
    fn the_tenant_decides_before_roles() {
        let ada = session(
            r#""dct": "acme", "roles": ["boss"], "tenants": {"acme": {"roles": ["reader"]}, "globex": {"roles": ["boss"]}}"#,
        );
        let decide = |tenant, roles: &[&str]| Requirement::new().tenant(tenant).roles(roles).decide(&ada);
        assert_eq!(decide("acme", &["reader"]), Decision::Pass);
        assert_eq!(decide("acme", &["boss"]), Decision::Refuse(RefusalCode::Forbidden));
        assert_eq!(decide("globex", &["boss"]), Decision::OtherTenantActive);
        assert_eq!(decide("other", &[]), Decision::Refuse(RefusalCode::NotAMember));
        assert_eq!(Requirement::new().roles(&["boss"]).decide(&ada), Decision::Pass);
        assert_eq!(Requirement::new().roles(&["reader"]).decide(&ada), Decision::Refuse(RefusalCode::Forbidden));
    }

    #[test]
    fn without_the_tenants_claim_only_the_current_tenant_is_the_users() {
        let ada = session(r#""dct": "acme", "roles": ["reader"]"#);
        assert_eq!(Requirement::new().tenant("acme").roles(&["reader"]).decide(&ada), Decision::Pass);
        assert_eq!(Requirement::new().tenant("globex").decide(&ada), Decision::Refuse(RefusalCode::NotAMember));
        let outside = session(r#""dct": "acme", "tenants": {"globex": {}}"#);
        assert_eq!(Requirement::new().tenant("acme").decide(&outside), Decision::Refuse(RefusalCode::NotAMember));
    }

    #[test]
    fn any_needs_one_and_all_needs_each() {
        let ada = session(r#""roles": ["a", "b"], "permissions": ["x"], "su": true"#);
        let decide = |requirement: Requirement<'_>| requirement.decide(&ada) == Decision::Pass;
        assert!(decide(
            Requirement::new().roles(&["a", "b"]).any_role(&["c", "b"]).any_permission(&["x"]).step_up(true)
        ));
        assert!(!decide(Requirement::new().any_role(&["c", "d"])));
        assert!(!decide(Requirement::new().permissions(&["x", "y"])));
        assert!(!decide(Requirement::new().any_permission(&["xx"])));
        let lower = session(r#""su": "true""#);
        let step_up = Requirement::new().step_up(true).decide(&lower);
        assert_eq!(step_up, Decision::Refuse(RefusalCode::StepUpRequired));
    }

    #[test]
    fn a_requirement_with_a_mistake_is_refused() {
        for (requirement, argument) in [
            (Requirement::new().tenant(" "), "tenant"),
            (Requirement::new().tenant("a\nb"), "tenant"),
            (Requirement::new().roles(&["a", ""]), "roles"),
            (Requirement::new().permissions(&[" "]), "permissions"),
            (Requirement::new().any_role(&[""]), "any_role"),
            (Requirement::new().any_permission(&[""]), "any_permission"),
            (Requirement::new().required(false).roles(&["a"]), "roles"),
            (Requirement::new().required(false).any_permission(&["a"]), "any_permission"),
            (Requirement::new().required(false).step_up(true), "step_up"),
        ] {
            assert_eq!(requirement.check().unwrap_err().argument(), Some(argument), "{requirement:?}");
        }
        assert!(Requirement::new().required(false).tenant("acme").check().is_ok());
    }
}
