//! The floor: what a careful engineer would write with reqwest and serde_json alone. The same request, the same response read
//! into types, and nothing else: no deadline, no error bodies, no verification, no rules.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fixture::SELECT;
use crate::plan::{Load, Plan};
use crate::{Failure, load};

#[derive(Serialize)]
struct Selection<'a> {
    tenant: &'a str,
}

/// Every field that the response has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "reading them is the work")]
struct Selected {
    session_jwt: String,
    refresh_jwt: Option<String>,
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
#[allow(dead_code, reason = "reading them is the work")]
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
#[allow(dead_code, reason = "reading them is the work")]
struct UserTenant {
    tenant_id: String,
    tenant_name: Option<String>,
    role_names: Option<Vec<String>>,
    permissions: Option<Vec<String>>,
}

struct Caller {
    http: reqwest::Client,
    url: String,
    project_id: String,
    tenant: String,
    token: String,
}

impl Caller {
    async fn select(&self) -> Result<Selected, Failure> {
        let request = self
            .http
            .post(&self.url)
            .header(AUTHORIZATION, format!("Bearer {}:{}", self.project_id, self.token))
            .body(serde_json::to_vec(&Selection { tenant: &self.tenant })?);
        let response = request.send().await?.error_for_status()?.bytes().await?;
        Ok(serde_json::from_slice(&response)?)
    }
}

pub(crate) async fn load(plan: &Plan) -> Result<Load, Failure> {
    let fixture = &plan.fixture;
    let mut headers = HeaderMap::new();
    for (name, value) in &fixture.headers {
        headers.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    let http = http_client(headers)?;
    load::drive(plan, |token| {
        let caller = Arc::new(Caller {
            http: http.clone(),
            url: format!("{}{SELECT}", fixture.base_url),
            project_id: fixture.project_id.clone(),
            tenant: fixture.tenant.clone(),
            token: token.to_owned(),
        });
        move || {
            let caller = Arc::clone(&caller);
            async move {
                black_box(caller.select().await?);
                Ok(())
            }
        }
    })
    .await
}

/// A client with the library's defaults. It has no roots for TLS, which is never used here.
pub(crate) fn http_client(headers: HeaderMap) -> Result<reqwest::Client, Failure> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Ok(reqwest::Client::builder().default_headers(headers).no_proxy().tls_backend_preconfigured(tls).build()?)
}
