//! A case with its templates filled in, as the emulator hands it out.

use serde::Deserialize;
use serde_json::{Map, Value};

/// One behaviour of the contract.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Case {
    /// The name of its file.
    pub id: String,
    /// The behaviour in a sentence.
    pub about: String,
    /// The tokens that the emulator made for it.
    #[serde(default)]
    pub tokens: Map<String, Value>,
    /// The options of the client.
    #[serde(default)]
    pub client: Map<String, Value>,
    /// The call.
    pub operation: String,
    /// The arguments of the call.
    #[serde(default)]
    pub arguments: Arguments,
    /// What this one call has of its own.
    #[serde(default)]
    pub call: Call,
    /// What the server sees and answers.
    pub exchanges: Vec<Value>,
    /// The result, or the error, and what else is to be looked at.
    pub expect: Map<String, Value>,
}

/// The arguments of all calls.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct Arguments {
    pub tenant_id: String,
    pub refresh_jwt: String,
    pub session_jwt: Option<String>,
    pub external_token: Option<String>,
    pub expect_tenant: Option<String>,
    pub ids: Option<Vec<String>>,
    pub active_only: bool,
    pub audience: Option<String>,
    pub cookie_header: Option<String>,
    pub authorization: Option<String>,
    /// How the cookies of the result are made.
    pub cookie_options: CookieParts,
    /// What the resulting session is asked.
    pub ask: Vec<Question>,
}

/// The options of one call.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct Call {
    pub timeout_seconds: Option<f64>,
    pub retries: Option<i64>,
    pub retry_unknown: Option<bool>,
}

/// The options of `set_cookie_headers`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct CookieParts {
    pub secure: Option<bool>,
    pub http_only: Option<bool>,
    pub same_site: Option<String>,
    pub domain: Option<String>,
    pub path: Option<String>,
}

/// A question about roles or permissions: of the project, of a tenant by id, or of the active tenant.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct Question {
    pub tenant: Option<String>,
    #[serde(default)]
    pub active_tenant: bool,
    pub has_roles: Option<Vec<String>>,
    pub has_permissions: Option<Vec<String>>,
    pub matched_roles: Option<Vec<String>>,
    pub matched_permissions: Option<Vec<String>>,
}

/// The ids of all cases, which are the names of their files.
///
/// # Errors
///
/// When the directory cannot be read.
pub fn ids() -> Result<Vec<String>, String> {
    let directory = crate::contract_directory().join("cases");
    let unreadable = |error: std::io::Error| format!("{}: {error}", directory.display());
    let mut ids = Vec::new();
    for entry in std::fs::read_dir(&directory).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        let id = name.to_str().and_then(|name| name.strip_suffix(".json"));
        ids.push(id.ok_or_else(|| format!("{} is no case file", name.display()))?.to_owned());
    }
    ids.sort();
    Ok(ids)
}
