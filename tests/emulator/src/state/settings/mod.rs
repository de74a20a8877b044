//! The settings of the emulated project, with assumptions where the service is not documented.

mod check;
mod choices;
mod rate_limit;
mod tenant;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::refusals::Refusals;
use crate::jose::keys::Algorithm;
pub use choices::{
    EmptyClaimPolicy, EmptyTenant, HistoryOrder, JwtTemplate, ResponseClaims, SameSite, TokenDelivery, TokenPrecedence,
};
pub use rate_limit::{RateLimit, RetryAfter};
pub use tenant::TenantSettings;

/// Every setting of the emulated project, changed through `PATCH /emulator/settings` or
/// [`Emulator::update_settings`](crate::Emulator::update_settings). Each default is the documented behaviour of the
/// service, or, where none is documented, the stated assumption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Settings {
    /// How each token is delivered to the client: in the JSON body or in `Set-Cookie`. Default [`TokenDelivery::Body`].
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
    /// `Path` of the session cookie when not empty; responses have no member for it. Default empty.
    pub session_cookie_path: String,
    /// `SameSite` of both cookies. Default `Strict`.
    pub cookie_same_site: SameSite,
    /// `SameSite` of the session cookie when it differs; null (default) means `cookie_same_site`.
    pub session_cookie_same_site: Option<SameSite>,
    /// Age of the refresh cookie in seconds, also `cookieMaxAge` and `cookieExpiration` of responses: null (default) for the
    /// token's lifetime, 0 for a cookie without an age, at most 2,147,483,647.
    pub cookie_max_age_seconds: Option<u32>,
    /// Age of the session cookie in seconds: null (default) for the token's lifetime, 0 for a cookie without an age, at most
    /// 2,147,483,647.
    pub session_cookie_max_age_seconds: Option<u32>,
    /// Lifetime of a session token in seconds, 1 to 2,147,483,647. Default 600.
    pub session_lifetime_seconds: u32,
    /// Lifetime of a sign-in, and so of its refresh tokens, in seconds, 1 to 2,147,483,647. Default 2,419,200 (four
    /// weeks).
    pub refresh_lifetime_seconds: u32,
    /// How long a sign-in may be without activity before its refresh tokens are refused, in seconds, 1 to 2,147,483,647; null (default)
    /// sets no limit. A refresh is activity.
    pub inactivity_seconds: Option<u32>,
    /// Whether selecting a tenant is activity, too. Default `true` (assumption).
    pub select_counts_as_activity: bool,
    /// How long a step-up lasts, and session tokens carry `su`, in seconds, 1 to 2,147,483,647. Default 600 (assumption).
    pub step_up_lifetime_seconds: u32,
    /// Whether a refresh keeps a step-up that has not ended. Default `true` (assumption).
    pub refresh_keeps_step_up: bool,
    /// Whether a selection keeps a step-up that has not ended. Default `false` (assumption).
    pub select_keeps_step_up: bool,
    /// Settings of tenants for sessions in them, by id. Default none.
    pub tenant_settings: BTreeMap<String, TenantSettings>,
    /// Whether each refresh returns a new refresh token and supersedes the presented one. Default `false`.
    pub refresh_rotation: bool,
    /// Whether a superseded refresh token that is used again, on any route that takes one, ends the whole sign-in. Default `false`.
    pub reuse_detection: bool,
    /// How long a superseded refresh token is still accepted, regardless of later tokens, in seconds, at most 2,147,483,647. Default 0
    /// (assumption).
    pub rotation_grace_seconds: u32,
    /// Whether selecting a tenant supersedes the presented refresh token. Default `false` (assumption).
    pub select_supersedes: bool,
    /// Whether a refresh without rotation repeats the presented refresh token in its response. Default `true` (assumption).
    pub refresh_returns_token: bool,
    /// The grants of tokens. Default [`JwtTemplate::Default`].
    pub jwt_template: JwtTemplate,
    /// How tokens show empty roles, permissions and tenants. Default [`EmptyClaimPolicy::Delete`] (assumption).
    pub empty_claim_policy: EmptyClaimPolicy,
    /// Whether tokens carry no permissions. Default `false`.
    pub exclude_permission_claim: bool,
    /// `sub` of both tokens instead of the user's id, which they then carry as `dsub`; `{loginId}` and `{userId}` are replaced. Null
    /// (default) leaves `sub` as it is.
    pub override_subject_claim: Option<String>,
    /// Whether a user with exactly one tenant gets it as `dct` without selecting it. Default `true`.
    pub automatic_dct: bool,
    /// Whether tokens have a random `jti`. Default `false`.
    pub include_jti: bool,
    /// `iss` of tokens; `{url}` and `{projectId}` are replaced. Default `{url}/v1/apps/{projectId}`.
    pub issuer: String,
    /// Whether presented tokens must have the `iss` of this setting. Default `false` (assumption).
    pub enforce_issuer: bool,
    /// `aud` of tokens; absent when null (default).
    pub audience: Option<Value>,
    /// Additional claims of tokens; in session tokens they override the emulator's own, in refresh tokens they do not. Default none.
    pub custom_claims: Map<String, Value>,
    /// Whether refresh tokens carry no custom claims. Default `false`.
    #[serde(rename = "omitCustomClaimsFromDSR")]
    pub omit_custom_claims_from_dsr: bool,
    /// The algorithm of issued tokens. Default `RS256`.
    pub signing_algorithm: Algorithm,
    /// Built-in public keys to add to the key set. Default none.
    pub published_algorithms: Vec<Algorithm>,
    /// `Cache-Control` of the key sets; absent when null (default, assumption).
    pub keys_cache_control: Option<String>,
    /// The member `claims` of responses. Default [`ResponseClaims::Empty`] (assumption).
    pub response_claims: ResponseClaims,
    /// `nextRefreshSeconds` of responses, at most 2,147,483,647; null (default) means 0 without `inactivity_seconds`, and with it half of
    /// that or of the session token's lifetime, whichever is less, rounded up (assumption).
    pub next_refresh_seconds: Option<u32>,
    /// The effect of an empty or missing tenant in a selection. Default [`EmptyTenant::Refuse`] (assumption).
    pub empty_tenant: EmptyTenant,
    /// Which refresh token is used when both the bearer and the cookie have one. Default [`TokenPrecedence::Bearer`]
    /// (assumption).
    pub token_precedence: TokenPrecedence,
    /// The order of the history. Default [`HistoryOrder::NewestFirst`] (assumption).
    pub history_order: HistoryOrder,
    /// The auth management key that every bearer must have as its last part; null (default) requires none.
    pub auth_management_key: Option<String>,
    /// The limit of requests, and the response to those above it; null (default) means no limit.
    pub rate_limit: Option<RateLimit>,
    /// Delay of every response of the API in milliseconds, at most 60,000. Default 0.
    pub delay_ms: u32,
    /// Upper bound of an additional delay in milliseconds, another for each response, at most 60,000. Default 0.
    pub delay_jitter_ms: u32,
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
            session_cookie_path: String::new(),
            cookie_same_site: SameSite::Strict,
            session_cookie_same_site: None,
            cookie_max_age_seconds: None,
            session_cookie_max_age_seconds: None,
            session_lifetime_seconds: 600,
            refresh_lifetime_seconds: 4 * 7 * 24 * 60 * 60,
            inactivity_seconds: None,
            select_counts_as_activity: true,
            step_up_lifetime_seconds: 600,
            refresh_keeps_step_up: true,
            select_keeps_step_up: false,
            tenant_settings: BTreeMap::new(),
            refresh_rotation: false,
            reuse_detection: false,
            rotation_grace_seconds: 0,
            select_supersedes: false,
            refresh_returns_token: true,
            jwt_template: JwtTemplate::Default,
            empty_claim_policy: EmptyClaimPolicy::Delete,
            exclude_permission_claim: false,
            override_subject_claim: None,
            automatic_dct: true,
            include_jti: false,
            issuer: "{url}/v1/apps/{projectId}".to_owned(),
            enforce_issuer: false,
            audience: None,
            custom_claims: Map::new(),
            omit_custom_claims_from_dsr: false,
            signing_algorithm: Algorithm::RS256,
            published_algorithms: Vec::new(),
            keys_cache_control: None,
            response_claims: ResponseClaims::Empty,
            next_refresh_seconds: None,
            empty_tenant: EmptyTenant::Refuse,
            token_precedence: TokenPrecedence::Bearer,
            history_order: HistoryOrder::NewestFirst,
            auth_management_key: None,
            rate_limit: None,
            delay_ms: 0,
            delay_jitter_ms: 0,
            errors: Refusals::default(),
        }
    }
}
