//! What a project can be set to do, and what is assumed where the service is not documented.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::refusals::Refusals;
use crate::error::ControlError;
use crate::jose::keys::Algorithm;

/// Every setting of the emulated project, changed through `PATCH /emulator/settings` or
/// [`Emulator::update_settings`](crate::Emulator::update_settings). Each has a default that is the documented behaviour of the service, or,
/// where none is documented, the stated assumption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Settings {
    /// Where tokens travel to the client: in the JSON body (default) or in `Set-Cookie`.
    pub token_delivery: TokenDelivery,
    /// Name of the session cookie, also the `drn` of session tokens. Default `DS`.
    pub session_cookie_name: String,
    /// Name of the refresh cookie, also the `drn` of refresh tokens. Default `DSR`.
    pub refresh_cookie_name: String,
    /// `Domain` of both cookies and `cookieDomain` of responses; empty (default) means host-only.
    pub cookie_domain: String,
    /// `Path` of both cookies and `cookiePath` of responses. Default `/`.
    pub cookie_path: String,
    /// `sessionCookieDomain` of responses, and `Domain` of the session cookie when not empty. Default empty.
    pub session_cookie_domain: String,
    /// `SameSite` of both cookies. Default `Strict`.
    pub cookie_same_site: SameSite,
    /// Life of a session token in seconds, 1 to 2,147,483,647. Default 600.
    pub session_lifetime_seconds: u32,
    /// Life of a sign-in, and so of its refresh tokens, in seconds, 1 to 2,147,483,647. Default 2,419,200 (four
    /// weeks).
    pub refresh_lifetime_seconds: u32,
    /// Whether each refresh returns a new refresh token and supersedes the presented one. Default `false`.
    pub refresh_rotation: bool,
    /// Whether a superseded refresh token that comes back ends the whole sign-in. Default `false`.
    pub reuse_detection: bool,
    /// Whether selecting a tenant supersedes the presented refresh token. Default `false` (assumption).
    pub select_supersedes: bool,
    /// Whether a refresh without rotation repeats the presented refresh token in its response. Default `true` (assumption).
    pub refresh_returns_token: bool,
    /// Which claims tokens carry. Default [`JwtTemplate::Default`].
    pub jwt_template: JwtTemplate,
    /// Whether a user with exactly one tenant gets it as `dct` without selecting it. Default `true`.
    pub automatic_dct: bool,
    /// Whether tokens carry a random `jti`. Default `false`.
    pub include_jti: bool,
    /// `iss` of tokens; `{url}` and `{projectId}` are replaced. Default `{url}/v1/apps/{projectId}`.
    pub issuer: String,
    /// `aud` of tokens; absent when null (default).
    pub audience: Option<Value>,
    /// More claims for every session token; they win over the emulator's own. Default none.
    pub custom_claims: Map<String, Value>,
    /// The algorithm of issued tokens. Default `RS256`.
    pub signing_algorithm: Algorithm,
    /// Built-in public keys that the key set carries besides the signing ones. Default none.
    pub published_algorithms: Vec<Algorithm>,
    /// `Cache-Control` of the key sets; absent when null (default, assumption).
    pub keys_cache_control: Option<String>,
    /// What `claims` of a response holds. Default [`ResponseClaims::Empty`] (assumption).
    pub response_claims: ResponseClaims,
    /// `nextRefreshSeconds` of responses, at most 2,147,483,647. Default 0 (assumption).
    pub next_refresh_seconds: u32,
    /// What an empty or missing tenant does in a selection. Default [`EmptyTenant::Refuse`] (assumption).
    pub empty_tenant: EmptyTenant,
    /// Which refresh token counts when the bearer and the cookie both carry one. Default [`TokenPrecedence::Bearer`] (assumption).
    pub token_precedence: TokenPrecedence,
    /// The order of the history. Default [`HistoryOrder::NewestFirst`] (assumption).
    pub history_order: HistoryOrder,
    /// The auth management key that every call must carry as the bearer's last part; null (default) requires none.
    pub auth_management_key: Option<String>,
    /// How many requests are let through, and what is told to the rest; null (default) means no limit.
    pub rate_limit: Option<RateLimit>,
    /// Status and code of each refusal.
    pub errors: Refusals,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token_delivery: TokenDelivery::Body,
            session_cookie_name: "DS".to_owned(),
            refresh_cookie_name: "DSR".to_owned(),
            cookie_domain: String::new(),
            cookie_path: "/".to_owned(),
            session_cookie_domain: String::new(),
            cookie_same_site: SameSite::Strict,
            session_lifetime_seconds: 600,
            refresh_lifetime_seconds: 4 * 7 * 24 * 60 * 60,
            refresh_rotation: false,
            reuse_detection: false,
            select_supersedes: false,
            refresh_returns_token: true,
            jwt_template: JwtTemplate::Default,
            automatic_dct: true,
            include_jti: false,
            issuer: "{url}/v1/apps/{projectId}".to_owned(),
            audience: None,
            custom_claims: Map::new(),
            signing_algorithm: Algorithm::RS256,
            published_algorithms: Vec::new(),
            keys_cache_control: None,
            response_claims: ResponseClaims::Empty,
            next_refresh_seconds: 0,
            empty_tenant: EmptyTenant::Refuse,
            token_precedence: TokenPrecedence::Bearer,
            history_order: HistoryOrder::NewestFirst,
            auth_management_key: None,
            rate_limit: None,
            errors: Refusals::default(),
        }
    }
}

impl Settings {
    /// These settings with the members of `patch` put over them; objects are merged member by member (RFC 7396).
    pub(crate) fn patched(&self, patch: &Value) -> Result<Self, ControlError> {
        let mut merged = serde_json::to_value(self).map_err(|error| ControlError::internal(error.to_string()))?;
        merge(&mut merged, patch);
        let settings: Self = serde_path_to_error::deserialize(merged)
            .map_err(|error| ControlError::invalid(format!("settings: {error}")))?;
        settings.check()?;
        Ok(settings)
    }

    pub(crate) fn check(&self) -> Result<(), ControlError> {
        let refused = |what: &str| Err(ControlError::invalid(format!("settings: {what}")));
        if self.session_lifetime_seconds == 0 || self.refresh_lifetime_seconds == 0 {
            return refused("sessionLifetimeSeconds and refreshLifetimeSeconds must be at least 1");
        }
        let seconds = [self.session_lifetime_seconds, self.refresh_lifetime_seconds, self.next_refresh_seconds];
        if seconds.into_iter().any(|seconds| i32::try_from(seconds).is_err()) {
            let most = i32::MAX;
            return refused(&format!(
                "sessionLifetimeSeconds, refreshLifetimeSeconds and nextRefreshSeconds must be at most {most}, \
                 since the API's integers have 32 bits"
            ));
        }
        if self.session_cookie_name.is_empty() || self.refresh_cookie_name.is_empty() {
            return refused("sessionCookieName and refreshCookieName must not be empty");
        }
        if self.session_cookie_name == self.refresh_cookie_name {
            return refused("sessionCookieName and refreshCookieName must differ");
        }
        if self.rate_limit.as_ref().is_some_and(|limit| limit.window_seconds == 0) {
            return refused("rateLimit.windowSeconds must be at least 1");
        }
        Ok(())
    }
}

fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (name, change) in patch {
                match target.get_mut(name) {
                    Some(present @ Value::Object(_)) if change.is_object() && name != "customClaims" => {
                        merge(present, change);
                    }
                    _ => {
                        target.insert(name.clone(), change.clone());
                    }
                }
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

/// Where tokens travel to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TokenDelivery {
    /// In `sessionJwt` and `refreshJwt` of the body.
    Body,
    /// In two `Set-Cookie` headers; both members of the body are empty.
    Cookies,
    /// The refresh token in `Set-Cookie`, the session token in the body.
    RefreshCookie,
}

/// The `SameSite` attribute of cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SameSite {
    /// Never sent from another site.
    Strict,
    /// Sent from another site when it navigates here.
    Lax,
    /// Always sent.
    None,
}

/// Which claims tokens carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JwtTemplate {
    /// `tenants` with roles and permissions of each, project-level roles and permissions at the root.
    Default,
    /// No `tenants`; `dct` stays, and the root carries roles and permissions of that tenant.
    CurrentTenant,
}

/// What `claims` of a response holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResponseClaims {
    /// An empty object.
    Empty,
    /// The claims of the session token.
    Session,
}

/// What an empty or missing tenant does in a selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EmptyTenant {
    /// It is refused with [`Refusals::missing_tenant`].
    Refuse,
    /// It takes `dct` out of the tokens.
    Clear,
}

/// Which refresh token counts when the bearer and the cookie both carry one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TokenPrecedence {
    /// The one in the `Authorization` header.
    Bearer,
    /// The one in the cookie.
    Cookie,
}

/// The order of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HistoryOrder {
    /// The latest entry first.
    NewestFirst,
    /// The earliest entry first.
    OldestFirst,
}

/// A limit on requests, counted in fixed windows of the emulator's clock over all clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RateLimit {
    /// How many requests a window lets through.
    pub limit: u32,
    /// The length of a window in seconds, at least 1.
    pub window_seconds: u32,
    /// The form of `Retry-After`. Default seconds.
    #[serde(default)]
    pub retry_after: RetryAfter,
    /// Only paths that start with this are counted. Default `/v1/`, so that key sets are free.
    #[serde(default = "RateLimit::default_path_prefix")]
    pub path_prefix: String,
}

impl RateLimit {
    /// A limit of `limit` requests in `window_seconds` on the `/v1/` paths.
    #[must_use]
    pub fn new(limit: u32, window_seconds: u32) -> Self {
        Self { limit, window_seconds, retry_after: RetryAfter::Seconds, path_prefix: Self::default_path_prefix() }
    }

    fn default_path_prefix() -> String {
        "/v1/".to_owned()
    }
}

/// The form of `Retry-After` (RFC 9110 section 10.2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RetryAfter {
    /// A number of seconds.
    #[default]
    Seconds,
    /// An HTTP date.
    Date,
    /// No header at all.
    None,
}
