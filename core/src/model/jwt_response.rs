//! The body of the response to every token exchange: select, refresh and sign-out.

use serde::{Deserialize, Serialize};

use super::idp::IdpResponse;
use super::lenient;
use super::user::User;
use super::value::{Object, UnknownFields, optional_object};
use crate::secret::{RefreshJwt, Secret, SessionJwt};

/// The tokens of an exchange and the other fields that the service sends. [`JwtResponse`](crate::JwtResponse) adds what the
/// call found out, such as the verified session.
///
/// Serialising gives the wire's names and the real tokens; `Debug` shows neither a token nor the value of an unknown field.
///
/// Source: the API's tenant selection, refresh and sign-out pages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct JwtResponseBody {
    /// `sessionJwt`: the new session token; `None` when neither the body nor a cookie has one.
    #[serde(rename = "sessionJwt", deserialize_with = "lenient::token", skip_serializing_if = "Option::is_none")]
    pub session_jwt: Option<SessionJwt>,
    /// `refreshJwt`: the new refresh token; `None` when the old one stays valid.
    #[serde(rename = "refreshJwt", deserialize_with = "lenient::token", skip_serializing_if = "Option::is_none")]
    pub refresh_jwt: Option<RefreshJwt>,
    /// `cookieDomain`: `Domain` for the cookies; empty means this host only.
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
    /// `idpResponse`: the data of the identity provider.
    #[serde(rename = "idpResponse", skip_serializing_if = "Option::is_none")]
    pub idp_response: Option<IdpResponse>,
    /// `sessionExpiration`: when the session token ends, in seconds since 1970.
    #[serde(rename = "sessionExpiration", deserialize_with = "lenient::time", skip_serializing_if = "Option::is_none")]
    pub session_expiration: Option<i64>,
    /// `externalToken`
    #[serde(rename = "externalToken", deserialize_with = "lenient::token", skip_serializing_if = "Option::is_none")]
    pub external_token: Option<Secret>,
    /// `claims`: claims of the session, as the service states them. The verified ones are in
    /// [`session`](crate::JwtResponse::session).
    #[serde(deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub claims: Option<Object>,
    /// `tenantSSOID`: the SSO configuration of the tenant.
    #[serde(rename = "tenantSSOID", skip_serializing_if = "Option::is_none")]
    pub tenant_sso_id: Option<String>,
    /// `trustedDeviceJwt`
    #[serde(rename = "trustedDeviceJwt", deserialize_with = "lenient::token", skip_serializing_if = "Option::is_none")]
    pub trusted_device_jwt: Option<Secret>,
    /// `nextRefreshSeconds`: the time until the next refresh that the service recommends, in seconds; 68 years at most.
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
}
