//! The claims of a verified session token: the user, the expiry, the tenants, and what is granted in them.

mod for_tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::model::{Object, Value, date, lenient};

/// The claims of a session token whose signature, time, issuer and kind have been checked.
///
/// The methods for roles and permissions use the project level (the root claims of the token); the same
/// methods on a [`TenantGrant`] use one tenant. Names are compared as a whole, never as substrings.
///
/// Serialising gives one camelCase object: `userId`, `projectId`, `issuedAt`, `expiresAt`, `activeTenant` (the id),
/// `tenants`, `claims`. The other attributes follow from `claims`, so they are not in it. Deserialising that object does not
/// verify anything. Use it to pass a session to another process that trusts this one.
///
/// A clone shares the claims with the original, which cannot be changed.
#[derive(Clone, Deserialize)]
#[serde(try_from = "Serialised")]
pub struct Session(Arc<Claims>);

/// What a session and its clones share.
struct Claims {
    user_id: String,
    project_id: String,
    issued_at: Option<i64>,
    expires_at: i64,
    active_tenant: Option<TenantGrant>,
    /// Read from the claims at first use: a token may have hundreds, and most callers need the active one alone.
    tenants: OnceLock<BTreeMap<String, TenantGrant>>,
    claims: Object,
    granted: Granted,
    amr: Vec<String>,
}

/// The other attributes follow from these.
impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        self.0.project_id == other.0.project_id && self.0.claims == other.0.claims
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Claims { user_id, project_id, issued_at, expires_at, active_tenant, claims, granted, amr, .. } = &*self.0;
        f.debug_struct("Session")
            .field("user_id", user_id)
            .field("project_id", project_id)
            .field("issued_at", issued_at)
            .field("expires_at", expires_at)
            .field("active_tenant", active_tenant)
            .field("tenants", self.tenants())
            .field("claims", claims)
            .field("granted", granted)
            .field("amr", amr)
            .finish()
    }
}

impl Serialize for Session {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Claims { user_id, project_id, issued_at, expires_at, claims, .. } = &*self.0;
        let mut session = serializer.serialize_struct("Session", 7)?;
        session.serialize_field("userId", user_id)?;
        session.serialize_field("projectId", project_id)?;
        session.serialize_field("issuedAt", issued_at)?;
        session.serialize_field("expiresAt", expires_at)?;
        session.serialize_field("activeTenant", &self.active_tenant().map(TenantGrant::tenant_id))?;
        session.serialize_field("tenants", self.tenants())?;
        session.serialize_field("claims", claims)?;
        session.end()
    }
}

/// The parts of a serialised session from which the others are derived.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Serialised {
    project_id: String,
    claims: Object,
}

impl TryFrom<Serialised> for Session {
    type Error = &'static str;

    fn try_from(Serialised { project_id, claims }: Serialised) -> Result<Self, Self::Error> {
        Self::from_claims(&project_id, claims).ok_or("the claims name no user or no end")
    }
}

/// What the user may do in one tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantGrant {
    tenant_id: String,
    #[serde(flatten)]
    granted: Granted,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Granted {
    roles: Vec<String>,
    permissions: Vec<String>,
}

impl Session {
    /// Reads the claims of a token that has been verified for `project_id`.
    ///
    /// Returns `None` when the token has no user or no expiry; verification refuses such a token earlier.
    pub(crate) fn from_claims(project_id: &str, claims: Object) -> Option<Self> {
        let user_id = user_of(&claims)?.to_owned();
        let expires_at = claims.get("exp").and_then(seconds)?;
        let granted = Granted::read(&claims);
        let active_tenant = current_tenant(&claims).and_then(|id| {
            match claims.get("tenants") {
                // A JWT template without tenants puts the roles and permissions of the current tenant at the root.
                None | Some(Value::Null) => Some(TenantGrant { tenant_id: id.to_owned(), granted: granted.clone() }),
                // The claim is present, so it decides. When it does not name the tenant, nothing is granted: fail closed.
                Some(tenants) => tenants.as_object().and_then(|tenants| grant(id, tenants.get(id)?)),
            }
        });
        Some(Self(Arc::new(Claims {
            user_id,
            project_id: project_id.to_owned(),
            issued_at: claims.get("iat").and_then(seconds),
            expires_at,
            active_tenant,
            tenants: OnceLock::new(),
            amr: names(claims.get("amr")),
            claims,
            granted,
        })))
    }

    /// The user: `dsub` when a template overrides `sub`, else `sub`.
    pub fn user_id(&self) -> &str {
        &self.0.user_id
    }

    /// The project that issued the token.
    pub fn project_id(&self) -> &str {
        &self.0.project_id
    }

    /// `iat`, in seconds since 1970.
    pub fn issued_at(&self) -> Option<i64> {
        self.0.issued_at
    }

    /// `exp`, in seconds since 1970.
    pub fn expires_at(&self) -> i64 {
        self.0.expires_at
    }

    /// The tenant that the token names as the current one (`dct`), whether or not the user is in it.
    pub(crate) fn current_tenant(&self) -> Option<&str> {
        current_tenant(&self.0.claims)
    }

    /// Whether the session lasts longer than `leeway` from now.
    pub(crate) fn outlives(&self, leeway: Duration) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let end = i64::try_from(now.saturating_add(leeway).as_secs()).unwrap_or(i64::MAX);
        self.0.expires_at > end
    }

    /// `rexp`: when the refresh token ends, in seconds since 1970. None when the token does not say it as an RFC 3339
    /// timestamp or as a number of seconds since 1970.
    ///
    /// A user whose refresh token has ended has to sign in again. Source: the service's session tokens.
    ///
    /// ```
    /// let session: tenant_select::Session = serde_json::from_str(
    ///     r#"{"projectId": "P1", "claims": {"sub": "U1", "exp": 1711036188, "rexp": "2024-03-21T16:49:48Z"}}"#,
    /// )?;
    /// assert_eq!(session.refresh_expires_at(), Some(1_711_039_788));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn refresh_expires_at(&self) -> Option<i64> {
        match self.0.claims.get("rexp")? {
            Value::String(text) => date::rfc3339(text),
            number => seconds(number),
        }
    }

    /// `amr`: how the user signed in, such as `["pwd", "mfa"]` (RFC 8176). Empty when the token does not say it; one string
    /// counts as a list of one.
    ///
    /// ```
    /// let session: tenant_select::Session =
    ///     serde_json::from_str(r#"{"projectId": "P1", "claims": {"sub": "U1", "exp": 9, "amr": ["pwd", "mfa"]}}"#)?;
    /// assert!(session.amr().iter().any(|method| method == "mfa"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn amr(&self) -> &[String] {
        &self.0.amr
    }

    /// Whether the user has stepped up: signed in once more for what needs a recent or a stronger sign-in. True only when
    /// the claim `su` is `true`.
    ///
    /// ```
    /// let session: tenant_select::Session =
    ///     serde_json::from_str(r#"{"projectId": "P1", "claims": {"sub": "U1", "exp": 9, "su": true}}"#)?;
    /// assert!(session.stepped_up());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn stepped_up(&self) -> bool {
        self.0.claims.get("su") == Some(&Value::Bool(true))
    }

    /// A key for caches of what this user sees in the [active tenant](Self::active_tenant): `project:tenant:user`, and
    /// `project::user` without one. It is made of ids alone and is the same for every session of this user in this tenant,
    /// so that no cache gives the data of one tenant to another.
    ///
    /// Two scopes are never equal: in the ids of the tenant and the user, `%` is written as `%25` and `:` as `%3A`. A
    /// project id holds neither.
    ///
    /// ```
    /// let session: tenant_select::Session =
    ///     serde_json::from_str(r#"{"projectId": "P1", "claims": {"sub": "U1", "exp": 9, "dct": "acme:eu"}}"#)?;
    /// assert_eq!(session.cache_scope(), "P1:acme%3Aeu:U1");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn cache_scope(&self) -> String {
        let tenant = self.0.active_tenant.as_ref().map(TenantGrant::tenant_id).unwrap_or_default();
        let [project, tenant, user] =
            [&*self.0.project_id, tenant, &*self.0.user_id].map(|id| id.replace('%', "%25").replace(':', "%3A"));
        format!("{project}:{tenant}:{user}")
    }

    /// Every claim of the token.
    pub fn claims(&self) -> &Object {
        &self.0.claims
    }

    /// The grants of the token's `tenants` claim, by tenant id; empty when the token has no such claim.
    pub fn tenants(&self) -> &BTreeMap<String, TenantGrant> {
        self.0.tenants.get_or_init(|| tenants_of(&self.0.claims))
    }

    /// The grant of the active tenant (`dct`). It is read from `tenants` when the token has that claim, and is `None` when the
    /// claim does not name the tenant. Without a `tenants` claim it is read from the root of the token.
    pub fn active_tenant(&self) -> Option<&TenantGrant> {
        self.0.active_tenant.as_ref()
    }

    fn granted(&self) -> &Granted {
        &self.0.granted
    }
}

impl TenantGrant {
    /// The tenant id.
    pub fn tenant_id(&self) -> &str {
        &self.tenant_id
    }

    fn granted(&self) -> &Granted {
        &self.granted
    }
}

/// The methods for roles and permissions, the same at both levels.
macro_rules! questions {
    ($owner:ty, $where:literal, $expression:literal) => {
        impl $owner {
            #[doc = concat!("Roles ", $where, ".")]
            pub fn roles(&self) -> &[String] {
                &self.granted().roles
            }

            #[doc = concat!("Permissions ", $where, ".")]
            pub fn permissions(&self) -> &[String] {
                &self.granted().permissions
            }

            #[doc = concat!("Whether every one of `roles` is granted ", $where, "; true for an empty list.")]
            pub fn has_roles<S: AsRef<str>>(&self, roles: &[S]) -> bool {
                has(&self.granted().roles, roles)
            }

            #[doc = concat!("Whether every one of `permissions` is granted ", $where, "; true for an empty list.")]
            pub fn has_permissions<S: AsRef<str>>(&self, permissions: &[S]) -> bool {
                has(&self.granted().permissions, permissions)
            }

            #[doc = concat!("Whether at least one of `roles` is granted ", $where, "; false for an empty list.")]
            ///
            /// ```
            /// let session: tenant_select::Session =
            ///     serde_json::from_str(r#"{"projectId": "P1", "claims": {"sub": "U1", "exp": 9, "dct": "T1", "roles": ["editor"]}}"#)?;
            #[doc = concat!("assert!(", $expression, ".any_role(&[\"owner\", \"editor\"]));")]
            /// # Ok::<(), serde_json::Error>(())
            /// ```
            pub fn any_role<S: AsRef<str>>(&self, roles: &[S]) -> bool {
                has_any(&self.granted().roles, roles)
            }

            #[doc = concat!("Whether at least one of `permissions` is granted ", $where, "; false for an empty list.")]
            ///
            /// ```
            /// let session: tenant_select::Session =
            ///     serde_json::from_str(r#"{"projectId": "P1", "claims": {"sub": "U1", "exp": 9, "dct": "T1", "permissions": "read"}}"#)?;
            #[doc = concat!("assert!(!", $expression, ".any_permission(&[\"write\", \"delete\"]));")]
            /// # Ok::<(), serde_json::Error>(())
            /// ```
            pub fn any_permission<S: AsRef<str>>(&self, permissions: &[S]) -> bool {
                has_any(&self.granted().permissions, permissions)
            }

            #[doc = concat!("Those of `roles` that are granted ", $where, ", in the order given.")]
            pub fn matched_roles<S: AsRef<str>>(&self, roles: &[S]) -> Vec<String> {
                matched(&self.granted().roles, roles)
            }

            #[doc = concat!("Those of `permissions` that are granted ", $where, ", in the order given.")]
            pub fn matched_permissions<S: AsRef<str>>(&self, permissions: &[S]) -> Vec<String> {
                matched(&self.granted().permissions, permissions)
            }
        }
    };
}

questions!(Session, "at project level", "session");
questions!(TenantGrant, "in this tenant", "session.active_tenant().unwrap()");

impl Granted {
    fn read(claims: &Object) -> Self {
        Self { roles: names(claims.get("roles")), permissions: names(claims.get("permissions")) }
    }
}

/// The user of a token.
pub(crate) fn user_of(claims: &Object) -> Option<&str> {
    let text = |name| claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text("dsub").or_else(|| text("sub"))
}

/// The tenant that a token names as the current one.
pub(crate) fn current_tenant(claims: &Object) -> Option<&str> {
    claims.get("dct").and_then(Value::as_str).filter(|tenant| !tenant.is_empty())
}

/// A NumericDate (RFC 7519 §2): seconds since 1970, possibly with a fraction, which is cut off. A later or earlier time than
/// [`LATEST`](lenient::LATEST) counts as that; a number beyond 64 bits is none.
pub(crate) fn seconds(value: &Value) -> Option<i64> {
    let seconds = match value {
        Value::Integer(_) => value.as_i64()?,
        // Up to 2^53, every whole second is represented exactly.
        #[allow(clippy::cast_possible_truncation)]
        Value::Float(number) if number.abs() <= 9_007_199_254_740_992.0 => number.trunc() as i64,
        _ => return None,
    };
    Some(lenient::clamped(seconds, lenient::LATEST))
}

/// The grants of the `tenants` claim; none without it.
fn tenants_of(claims: &Object) -> BTreeMap<String, TenantGrant> {
    let tenants = claims.get("tenants").and_then(Value::as_object).into_iter().flatten();
    tenants.filter_map(|(id, value)| Some((id.clone(), grant(id, value)?))).collect()
}

/// What a member of the `tenants` claim grants: nothing in its tenant when it is not an object, and none when it is `null`, which
/// means that the user is not a member.
fn grant(id: &str, value: &Value) -> Option<TenantGrant> {
    let granted = || value.as_object().map(Granted::read).unwrap_or_default();
    (*value != Value::Null).then(|| TenantGrant { tenant_id: id.to_owned(), granted: granted() })
}

/// A list of names; one string counts as a list of one, and any other value grants nothing.
fn names(claim: Option<&Value>) -> Vec<String> {
    match claim {
        Some(Value::String(name)) => vec![name.clone()],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

pub(crate) fn has<S: AsRef<str>>(granted: &[String], required: &[S]) -> bool {
    required.iter().all(|name| granted.iter().any(|grant| grant == name.as_ref()))
}

pub(crate) fn has_any<S: AsRef<str>>(granted: &[String], names: &[S]) -> bool {
    names.iter().any(|name| granted.iter().any(|grant| grant == name.as_ref()))
}

fn matched<S: AsRef<str>>(granted: &[String], required: &[S]) -> Vec<String> {
    required
        .iter()
        .map(AsRef::as_ref)
        .filter(|name| granted.iter().any(|grant| grant == name))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests;
