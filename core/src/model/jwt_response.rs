//! The answer to every token exchange: select, refresh, and (emptied) sign-out.

use serde::{Deserialize, Serialize};

use super::idp::IdpResponse;
use super::lenient;
use super::user::User;
use super::value::{Object, UnknownFields, optional_object};
use crate::cookies::CookieNames;
use crate::error::kind::ErrorKind;
use crate::secret::{RefreshJwt, Secret, SessionJwt};
use crate::session::Session;

/// The tokens of an exchange and what came with them.
///
/// Serialising gives the wire's names and the real tokens; `Debug` shows neither a token nor the value of an unknown field.
///
/// Source: the API's tenant selection, refresh and sign-out pages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct JwtResponse {
    /// `sessionJwt`: the new session token; none when the service delivers it another way.
    #[serde(rename = "sessionJwt", deserialize_with = "lenient::token", skip_serializing_if = "Option::is_none")]
    pub session_jwt: Option<SessionJwt>,
    /// `refreshJwt`: the new refresh token; none when the old one stays in force.
    #[serde(rename = "refreshJwt", deserialize_with = "lenient::token", skip_serializing_if = "Option::is_none")]
    pub refresh_jwt: Option<RefreshJwt>,
    /// `cookieDomain`: `Domain` for the cookies; empty for the host alone.
    #[serde(rename = "cookieDomain", skip_serializing_if = "Option::is_none")]
    pub cookie_domain: Option<String>,
    /// `cookiePath`: `Path` for the cookies.
    #[serde(rename = "cookiePath", skip_serializing_if = "Option::is_none")]
    pub cookie_path: Option<String>,
    /// `cookieMaxAge`: `Max-Age` of the refresh cookie, in seconds; 68 years at most.
    #[serde(rename = "cookieMaxAge", deserialize_with = "lenient::age", skip_serializing_if = "Option::is_none")]
    pub cookie_max_age: Option<i64>,
    /// `cookieExpiration`: `Expires` of the refresh cookie, in seconds since 1970.
    #[serde(rename = "cookieExpiration", deserialize_with = "lenient::time", skip_serializing_if = "Option::is_none")]
    pub cookie_expiration: Option<i64>,
    /// `user`: the user's profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// `firstSeen`: whether the service sees the user for the first time.
    #[serde(rename = "firstSeen", skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<bool>,
    /// `idpResponse`: what the identity provider said.
    #[serde(rename = "idpResponse", skip_serializing_if = "Option::is_none")]
    pub idp_response: Option<IdpResponse>,
    /// `sessionExpiration`: when the session token ends, in seconds since 1970.
    #[serde(rename = "sessionExpiration", deserialize_with = "lenient::time", skip_serializing_if = "Option::is_none")]
    pub session_expiration: Option<i64>,
    /// `externalToken`
    #[serde(rename = "externalToken", deserialize_with = "lenient::token", skip_serializing_if = "Option::is_none")]
    pub external_token: Option<Secret>,
    /// `claims`: claims of the session, as the service states them. The verified ones are in [`session`](Self::session).
    #[serde(deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub claims: Option<Object>,
    /// `tenantSSOID`: the SSO configuration of the tenant.
    #[serde(rename = "tenantSSOID", skip_serializing_if = "Option::is_none")]
    pub tenant_sso_id: Option<String>,
    /// `trustedDeviceJwt`
    #[serde(rename = "trustedDeviceJwt", deserialize_with = "lenient::token", skip_serializing_if = "Option::is_none")]
    pub trusted_device_jwt: Option<Secret>,
    /// `nextRefreshSeconds`: the service's hint when to refresh next, in seconds; 68 years at most.
    #[serde(rename = "nextRefreshSeconds", deserialize_with = "lenient::age", skip_serializing_if = "Option::is_none")]
    pub next_refresh_seconds: Option<i64>,
    /// `cookieName`: custom name of the refresh cookie.
    #[serde(rename = "cookieName", skip_serializing_if = "Option::is_none")]
    pub cookie_name: Option<String>,
    /// `sessionCookieName`: custom name of the session cookie.
    #[serde(rename = "sessionCookieName", skip_serializing_if = "Option::is_none")]
    pub session_cookie_name: Option<String>,
    /// `sessionCookieDomain`: `Domain` for the session cookie.
    #[serde(rename = "sessionCookieDomain", skip_serializing_if = "Option::is_none")]
    pub session_cookie_domain: Option<String>,
    /// `unsavedSSO`
    #[serde(rename = "unsavedSSO", skip_serializing_if = "Option::is_none")]
    pub unsaved_sso: Option<bool>,
    /// `knownDeviceJwt`
    #[serde(rename = "knownDeviceJwt", deserialize_with = "lenient::token", skip_serializing_if = "Option::is_none")]
    pub known_device_jwt: Option<Secret>,
    /// Fields that this version does not know, as they came.
    #[serde(flatten)]
    pub extra: UnknownFields,
    #[serde(skip)]
    pub(crate) session: Option<Session>,
    #[serde(skip)]
    pub(crate) http: ResponseMetadata,
    #[serde(skip)]
    pub(crate) proof: Proof,
    /// The client's names for the cookies.
    #[serde(skip)]
    pub(crate) cookie_names: CookieNames,
    /// The answer to a sign-out, whose cookies clear the browser.
    #[serde(skip)]
    pub(crate) signed_out: bool,
}

/// Whether the tokens of a response were shown to be what the caller asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Proof {
    /// Verification was not asked for.
    #[default]
    NotAsked,
    /// Verified, and the claims match the call.
    Passed,
    /// The response failed its proof, for this reason.
    Failed(ErrorKind),
}

/// How the answer came: what a log line or a support ticket needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResponseMetadata {
    /// The HTTP status.
    pub status: u16,
    /// The id under which the service knows the request (`x-request-id`, else `cf-ray`).
    #[serde(rename = "requestId")]
    pub request_id: Option<String>,
    /// The `cf-ray` header of the edge network.
    #[serde(rename = "cfRay")]
    pub cf_ray: Option<String>,
    /// How many requests the call took; pooled connections that turned out dead before a byte was written do not count.
    pub attempts: u32,
}

impl JwtResponse {
    /// The verified session that [`session_jwt`](Self::session_jwt) stands for; none when verification is switched off
    /// or the response holds no session token.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// How the answer came.
    pub fn http(&self) -> &ResponseMetadata {
        &self.http
    }
}
