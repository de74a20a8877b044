//! The status and code of each refusal.

use serde::{Deserialize, Serialize};

/// Status and code of each refusal. No public source states most of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Refusals {
    /// The user is not a member of the tenant. Default 403 `E011003`.
    pub refused_tenant: Refusal,
    /// No user has that tenant. Default 403 `E011003`, the same, so that the response does not reveal which tenants exist.
    pub unknown_tenant: Refusal,
    /// A selection without a tenant. Default 400 `E011002`.
    pub missing_tenant: Refusal,
    /// A body that is not a JSON object, or has a member of the wrong type. Default 400 `E011001`.
    pub malformed_body: Refusal,
    /// No bearer, or a bearer without one to three parts. Default 401 `E011002`.
    pub malformed_bearer: Refusal,
    /// The bearer names another project. Default 401 `E011003`.
    pub wrong_project: Refusal,
    /// The auth management key is missing or wrong. Default 401 `E011003`.
    pub management_key: Refusal,
    /// The call needs a token and got none. Default 401 `E011002`.
    pub missing_token: Refusal,
    /// The emulator did not issue the token, or it has the wrong kind. Default 401 `E011003`.
    pub invalid_token: Refusal,
    /// The token has expired. Default 401 `E011003`.
    pub expired_token: Refusal,
    /// The token was ended by a logout. Default 401 `E064001`.
    pub logged_out: Refusal,
    /// The sign-in was without activity for too long. Default 401 `E011003`.
    pub inactive_session: Refusal,
    /// The tenant takes only sign-ins that began in it. Default 403 `E011003`.
    pub sso_required: Refusal,
    /// The refresh token was superseded by a newer one. Default 401 `E011003`.
    pub superseded_token: Refusal,
    /// The token's user was removed. Default 401 `E062108`.
    pub unknown_user: Refusal,
    /// Too many requests. Default 429 `E130429`.
    pub rate_limited: Refusal,
    /// No such path. Default 404 `E011001`.
    pub unknown_path: Refusal,
}

/// One refusal: its HTTP status and the service's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Refusal {
    /// The HTTP status, 400 to 599.
    pub status: u16,
    /// The `errorCode` of the body.
    pub error_code: String,
}

impl Refusal {
    /// A refusal with this status and code.
    pub fn new(status: u16, error_code: impl Into<String>) -> Self {
        Self { status, error_code: error_code.into() }
    }
}

impl Default for Refusals {
    fn default() -> Self {
        let refusal = Refusal::new;
        Self {
            refused_tenant: refusal(403, "E011003"),
            unknown_tenant: refusal(403, "E011003"),
            missing_tenant: refusal(400, "E011002"),
            malformed_body: refusal(400, "E011001"),
            malformed_bearer: refusal(401, "E011002"),
            wrong_project: refusal(401, "E011003"),
            management_key: refusal(401, "E011003"),
            missing_token: refusal(401, "E011002"),
            invalid_token: refusal(401, "E011003"),
            expired_token: refusal(401, "E011003"),
            logged_out: refusal(401, "E064001"),
            inactive_session: refusal(401, "E011003"),
            sso_required: refusal(403, "E011003"),
            superseded_token: refusal(401, "E011003"),
            unknown_user: refusal(401, "E062108"),
            rate_limited: refusal(429, "E130429"),
            unknown_path: refusal(404, "E011001"),
        }
    }
}
