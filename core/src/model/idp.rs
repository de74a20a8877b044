//! The data of the identity provider for a sign-in through SSO.

use serde::{Deserialize, Serialize};

use super::value::{Object, UnknownFields, Value, optional_object};
use crate::secret::Secret;

/// The `idpResponse` of a [`JwtResponseBody`](super::JwtResponseBody).
///
/// The raw SAML and OIDC responses may hold tokens of the provider, so they are [`Secret`]s.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct IdpResponse {
    /// `samlResponse`
    #[serde(rename = "samlResponse", skip_serializing_if = "Option::is_none")]
    pub saml_response: Option<Secret>,
    /// `samlGeneratedUser`
    #[serde(rename = "samlGeneratedUser", skip_serializing_if = "Option::is_none")]
    pub saml_generated_user: Option<String>,
    /// `samlGeneratedRoles`
    #[serde(rename = "samlGeneratedRoles", skip_serializing_if = "Option::is_none")]
    pub saml_generated_roles: Option<String>,
    /// `oidcResponse`
    #[serde(rename = "oidcResponse", skip_serializing_if = "Option::is_none")]
    pub oidc_response: Option<Secret>,
    /// `oidcGeneratedUser`
    #[serde(rename = "oidcGeneratedUser", skip_serializing_if = "Option::is_none")]
    pub oidc_generated_user: Option<String>,
    /// `oidcGeneratedRoles`
    #[serde(rename = "oidcGeneratedRoles", skip_serializing_if = "Option::is_none")]
    pub oidc_generated_roles: Option<String>,
    /// `idpGroups`
    #[serde(rename = "idpGroups", skip_serializing_if = "Option::is_none")]
    pub idp_groups: Option<Vec<String>>,
    /// `idpSAMLAttributes`: an object; the API page also shows `false`, so any JSON is kept.
    #[serde(rename = "idpSAMLAttributes", skip_serializing_if = "Option::is_none")]
    pub idp_saml_attributes: Option<Value>,
    /// `idpOIDCClaims`
    #[serde(rename = "idpOIDCClaims", deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub idp_oidc_claims: Option<Object>,
    /// Fields that this version does not know, as they came.
    #[serde(flatten)]
    pub extra: UnknownFields,
}
