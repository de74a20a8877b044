//! A case with its templates filled in, as the emulator gives it.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

/// One behaviour of the contract.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Case {
    /// The path of its file, with dots.
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
    /// The requests that the server sees, and its responses.
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
    /// What is looked up in the resulting session.
    pub grant_checks: Vec<GrantCheck>,
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

/// One check of roles or permissions: of the project, of a tenant by id, or of the active tenant.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct GrantCheck {
    pub tenant: Option<String>,
    #[serde(default)]
    pub active_tenant: bool,
    pub has_roles: Option<Vec<String>>,
    pub has_permissions: Option<Vec<String>>,
    pub matched_roles: Option<Vec<String>>,
    pub matched_permissions: Option<Vec<String>>,
}

/// The ids of all cases: the path of each file below the folder, with dots.
///
/// # Errors
///
/// When the folder cannot be read, or has a file that is no case.
pub fn ids() -> Result<Vec<String>, String> {
    let mut ids = Vec::new();
    collect(&crate::contract_directory().join("cases"), "", &mut ids)?;
    ids.sort();
    Ok(ids)
}

fn collect(directory: &Path, prefix: &str, ids: &mut Vec<String>) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("{}: {error}", directory.display());
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let name = name.to_str().ok_or_else(|| format!("{} is no UTF-8", name.display()))?;
        if entry.file_type().map_err(unreadable)?.is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}."), ids)?;
        } else {
            let name = name.strip_suffix(".json").ok_or_else(|| format!("{prefix}{name} is no case file"))?;
            ids.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}
