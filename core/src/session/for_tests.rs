//! A session for the unit tests of applications, for the testing kits of the bindings.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;

use super::Session;
use crate::error::{Error, Result};
use crate::model::{Object, Value};

/// What the session is to be like. Absent members have the defaults of [`Session::for_tests`].
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    user_id: Option<String>,
    project_id: Option<String>,
    active_tenant: Option<String>,
    tenants: Option<BTreeMap<String, Grant>>,
    roles: Option<Vec<String>>,
    permissions: Option<Vec<String>>,
    claims: Option<Object>,
    issued_at: Option<f64>,
    expires_at: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Grant {
    roles: Vec<String>,
    permissions: Vec<String>,
}

const USER: &str = "U2test";
const PROJECT: &str = "P2test";
/// No service has this name, so no verified token names it.
const ISSUER: &str = "tenant-select/testing";
const LIFETIME_SECONDS: f64 = 600.0;

impl Session {
    /// Makes a session out of nothing, for the unit tests of an application: nothing in it is verified. It has the claims of a
    /// token of the service, and is read from them by the same rules.
    ///
    /// `json` is an object of `user_id` (`U2test`), `project_id` (`P2test`), `active_tenant` (none), `tenants` (no such claim),
    /// `roles`, `permissions`, `issued_at` (now), `expires_at` (in ten minutes), and `claims`, which replace those that the others
    /// make.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), which names the member.
    #[doc(hidden)]
    pub fn for_tests(json: &str) -> Result<Self> {
        let wanted: Wanted =
            serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(json)).map_err(|error| {
                let path = error.path().to_string();
                let argument = path.split(['.', '[']).next().unwrap_or_default().to_owned();
                let what = if path == argument { String::new() } else { format!(", at `{path}`") };
                Error::invalid_input(argument.clone(), format!("{argument} is not of its type{what}"))
            })?;
        let project_id = wanted.project_id.clone().unwrap_or_else(|| PROJECT.to_owned());
        let (user_id, own_claims) = (wanted.user_id.clone(), wanted.claims.is_some());
        Self::from_claims(&project_id, wanted.claims()).ok_or_else(|| {
            let argument = if user_id.is_some_and(|id| id.is_empty()) || !own_claims { "user_id" } else { "claims" };
            Error::invalid_input(argument, format!("{argument} must give a user and an end to the session"))
        })
    }
}

impl Wanted {
    /// The claims of the session token, as the service spells them.
    fn claims(self) -> Object {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64().floor();
        #[allow(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
        let time = |given: Option<f64>, default: f64| Value::from(given.unwrap_or(default) as i64);
        let mut claims = Object::new();
        let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        set("drn", Value::from("DS"));
        set("iss", Value::from(ISSUER));
        set("sub", Value::from(self.user_id.unwrap_or_else(|| USER.to_owned())));
        set("iat", time(self.issued_at, now));
        set("exp", time(self.expires_at, now + LIFETIME_SECONDS));
        if let Some(tenant) = self.active_tenant {
            set("dct", Value::from(tenant));
        }
        if let Some(tenants) = self.tenants {
            set("tenants", Value::from(tenants.into_iter().map(|(id, grant)| (id, grant.into())).collect::<Object>()));
        }
        for (name, names) in [("roles", self.roles), ("permissions", self.permissions)] {
            if let Some(names) = names {
                set(name, list(names));
            }
        }
        claims.extend(self.claims.unwrap_or_default());
        claims
    }
}

impl From<Grant> for Value {
    fn from(grant: Grant) -> Self {
        let claim = [("roles", grant.roles), ("permissions", grant.permissions)];
        Self::from(claim.into_iter().map(|(name, names)| (name.to_owned(), list(names))).collect::<Object>())
    }
}

fn list(names: Vec<String>) -> Value {
    Value::Array(names.into_iter().map(Value::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gives_the_defaults() {
        let session = Session::for_tests("{}").unwrap();
        assert_eq!((session.user_id(), session.project_id()), (USER, PROJECT));
        assert_eq!(session.issued_at().map(|issued| session.expires_at() - issued), Some(600));
        assert_eq!(session.active_tenant(), None);
        assert!(session.tenants().is_empty() && session.roles().is_empty());
        assert_eq!(session.claims().get("iss").and_then(Value::as_str), Some(ISSUER));
        assert!(session.claims().get("tenants").is_none());
    }

    #[test]
    fn the_rules_are_those_of_tokens() {
        let session = |json: &str| Session::for_tests(json).unwrap();
        let in_tenants = session(r#"{"active_tenant":"T1","tenants":{"T1":{"roles":["r"]},"T2":{}},"roles":["root"]}"#);
        assert!(in_tenants.active_tenant().unwrap().has_roles(&["r"]) && in_tenants.has_roles(&["root"]));
        let at_root = session(r#"{"active_tenant":"T1","permissions":["p"]}"#);
        assert!(at_root.active_tenant().unwrap().has_permissions(&["p"]));
        // Not among the tenants: fail closed.
        assert_eq!(session(r#"{"active_tenant":"T1","tenants":{}}"#).active_tenant(), None);
        let claims = session(r#"{"user_id":"U1","claims":{"su":true,"dsub":"U9","amr":["mfa"]},"expires_at":9.7}"#);
        assert_eq!((claims.user_id(), claims.expires_at(), claims.stepped_up()), ("U9", 9, true));
    }

    #[test]
    fn a_wrong_member_is_named() {
        for (json, argument, at) in [
            (r#"{"user_id":7}"#, "user_id", "user_id is"),
            (r#"{"user_id":""}"#, "user_id", "user_id must"),
            (r#"{"tenants":{"T1":{"roles":"r"}}}"#, "tenants", "tenants.T1.roles"),
            (r#"{"tenants":{"T1":{"rolls":[]}}}"#, "tenants", "tenants.T1"),
            (r#"{"claims":{"exp":"soon"}}"#, "claims", "claims must"),
        ] {
            let error = Session::for_tests(json).unwrap_err();
            assert_eq!(error.argument(), Some(argument), "{json}");
            assert!(error.to_string().contains(at), "{error}");
        }
    }
}
