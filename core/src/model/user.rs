//! The user, as `me` returns it and as every token exchange includes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lenient;
use super::value::{Object, UnknownFields, optional_object};

/// The user's profile: `GET /v1/auth/me`, and the `user` of a [`JwtResponseBody`](super::JwtResponseBody).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct User {
    /// `loginIds`
    #[serde(rename = "loginIds", skip_serializing_if = "Option::is_none")]
    pub login_ids: Option<Vec<String>>,
    /// `userId`
    #[serde(rename = "userId", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// `name`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `email`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `phone`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// `verifiedEmail`
    #[serde(rename = "verifiedEmail", skip_serializing_if = "Option::is_none")]
    pub verified_email: Option<bool>,
    /// `verifiedPhone`
    #[serde(rename = "verifiedPhone", skip_serializing_if = "Option::is_none")]
    pub verified_phone: Option<bool>,
    /// `roleNames`: roles at project level.
    #[serde(rename = "roleNames", skip_serializing_if = "Option::is_none")]
    pub role_names: Option<Vec<String>>,
    /// `userTenants`: the tenants that the user belongs to.
    #[serde(rename = "userTenants", skip_serializing_if = "Option::is_none")]
    pub user_tenants: Option<Vec<UserTenant>>,
    /// `status`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `externalIds`
    #[serde(rename = "externalIds", skip_serializing_if = "Option::is_none")]
    pub external_ids: Option<Vec<String>>,
    /// `picture`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// `test`: whether this is a test user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<bool>,
    /// `customAttributes`: keys and values that the project defines.
    #[serde(
        rename = "customAttributes",
        deserialize_with = "optional_object",
        skip_serializing_if = "Option::is_none"
    )]
    pub custom_attributes: Option<Object>,
    /// `createdTime`, in seconds since 1970.
    #[serde(rename = "createdTime", deserialize_with = "lenient::integer", skip_serializing_if = "Option::is_none")]
    pub created_time: Option<i64>,
    /// `TOTP`
    #[serde(rename = "TOTP", skip_serializing_if = "Option::is_none")]
    pub totp: Option<bool>,
    /// `SAML`
    #[serde(rename = "SAML", skip_serializing_if = "Option::is_none")]
    pub saml: Option<bool>,
    /// `OAuth`: for each OAuth provider, whether the user has signed in with it.
    #[serde(rename = "OAuth", skip_serializing_if = "Option::is_none")]
    pub oauth: Option<BTreeMap<String, bool>>,
    /// `webauthn`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webauthn: Option<bool>,
    /// `password`: whether the user has a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<bool>,
    /// `ssoAppIds`
    #[serde(rename = "ssoAppIds", skip_serializing_if = "Option::is_none")]
    pub sso_app_ids: Option<Vec<String>>,
    /// `givenName`
    #[serde(rename = "givenName", skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// `middleName`
    #[serde(rename = "middleName", skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// `familyName`
    #[serde(rename = "familyName", skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// `editable`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub editable: Option<bool>,
    /// `SCIM`
    #[serde(rename = "SCIM", skip_serializing_if = "Option::is_none")]
    pub scim: Option<bool>,
    /// `push`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push: Option<bool>,
    /// `permissions`: permissions at project level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
    /// `OIDC`
    #[serde(rename = "OIDC", skip_serializing_if = "Option::is_none")]
    pub oidc: Option<bool>,
    /// `consentExpiration`, in seconds since 1970.
    #[serde(
        rename = "consentExpiration",
        deserialize_with = "lenient::integer",
        skip_serializing_if = "Option::is_none"
    )]
    pub consent_expiration: Option<i64>,
    /// `recoveryEmail`
    #[serde(rename = "recoveryEmail", skip_serializing_if = "Option::is_none")]
    pub recovery_email: Option<String>,
    /// `verifiedRecoveryEmail`
    #[serde(rename = "verifiedRecoveryEmail", skip_serializing_if = "Option::is_none")]
    pub verified_recovery_email: Option<bool>,
    /// `recoveryPhone`
    #[serde(rename = "recoveryPhone", skip_serializing_if = "Option::is_none")]
    pub recovery_phone: Option<String>,
    /// `verifiedRecoveryPhone`
    #[serde(rename = "verifiedRecoveryPhone", skip_serializing_if = "Option::is_none")]
    pub verified_recovery_phone: Option<bool>,
    /// Fields that this version does not know, as they came.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

/// One entry of the user's [`user_tenants`](User::user_tenants): a tenant, and what the user may do there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct UserTenant {
    /// `tenantId`
    #[serde(rename = "tenantId", skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// `roleNames`: roles in this tenant.
    #[serde(rename = "roleNames", skip_serializing_if = "Option::is_none")]
    pub role_names: Option<Vec<String>>,
    /// `tenantName`
    #[serde(rename = "tenantName", skip_serializing_if = "Option::is_none")]
    pub tenant_name: Option<String>,
    /// `permissions`: permissions in this tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
    /// Fields that this version does not know, as they came.
    #[serde(flatten)]
    pub extra: UnknownFields,
}
