//! The response to a selection, every field of it, in plain types.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "parsing them is what is measured")]
pub(super) struct Selected {
    pub(super) session_jwt: String,
    pub(super) refresh_jwt: Option<String>,
    cookie_domain: Option<String>,
    cookie_path: Option<String>,
    cookie_max_age: Option<i64>,
    cookie_expiration: Option<i64>,
    user: Option<User>,
    first_seen: Option<bool>,
    idp_response: Option<Value>,
    session_expiration: Option<i64>,
    external_token: Option<String>,
    claims: Option<Map<String, Value>>,
    #[serde(rename = "tenantSSOID")]
    tenant_sso_id: Option<String>,
    trusted_device_jwt: Option<String>,
    next_refresh_seconds: Option<i64>,
    cookie_name: Option<String>,
    session_cookie_name: Option<String>,
    session_cookie_domain: Option<String>,
    #[serde(rename = "unsavedSSO")]
    unsaved_sso: Option<bool>,
    known_device_jwt: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "parsing them is what is measured")]
struct User {
    user_id: String,
    login_ids: Vec<String>,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    verified_email: Option<bool>,
    verified_phone: Option<bool>,
    role_names: Option<Vec<String>>,
    user_tenants: Option<Vec<UserTenant>>,
    status: Option<String>,
    external_ids: Option<Vec<String>>,
    picture: Option<String>,
    test: Option<bool>,
    custom_attributes: Option<Map<String, Value>>,
    created_time: Option<i64>,
    #[serde(rename = "TOTP")]
    totp: Option<bool>,
    #[serde(rename = "SAML")]
    saml: Option<bool>,
    #[serde(rename = "OAuth")]
    oauth: Option<BTreeMap<String, bool>>,
    webauthn: Option<bool>,
    password: Option<bool>,
    sso_app_ids: Option<Vec<String>>,
    given_name: Option<String>,
    middle_name: Option<String>,
    family_name: Option<String>,
    editable: Option<bool>,
    #[serde(rename = "SCIM")]
    scim: Option<bool>,
    push: Option<bool>,
    permissions: Option<Vec<String>>,
    #[serde(rename = "OIDC")]
    oidc: Option<bool>,
    consent_expiration: Option<i64>,
    recovery_email: Option<String>,
    verified_recovery_email: Option<bool>,
    recovery_phone: Option<String>,
    verified_recovery_phone: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "parsing them is what is measured")]
struct UserTenant {
    tenant_id: String,
    tenant_name: Option<String>,
    role_names: Option<Vec<String>>,
    permissions: Option<Vec<String>>,
}
