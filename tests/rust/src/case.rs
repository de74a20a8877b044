//! A case with its templates filled in, as the emulator gives it.

use std::collections::BTreeMap;
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
    /// Calls that the same client makes before.
    #[serde(default)]
    pub earlier: Vec<Earlier>,
    /// The requests that the server sees, and its responses.
    pub exchanges: Vec<Value>,
    /// The result, or the error, and other parts to compare.
    pub expect: Map<String, Value>,
}

/// A call that comes before the one of the case; what comes of it does not matter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct Earlier {
    pub operation: String,
    pub arguments: Arguments,
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
    pub follow_switch: bool,
    pub keep_tenant: Option<bool>,
    pub refresh_before_seconds: Option<f64>,
    pub ids: Option<Vec<String>>,
    pub active_only: bool,
    pub audience: Option<String>,
    pub cookie_header: Option<String>,
    pub authorization: Option<String>,
    /// How the cookies of the result are made.
    pub cookie_options: CookieParts,
    /// What is looked up in the resulting session.
    pub grant_checks: Vec<GrantCheck>,
    /// The options of the request authenticator.
    pub authenticator: Map<String, Value>,
    /// What the request authenticator does: `authenticate`, `switch` or `sign_out`.
    pub action: Option<String>,
    pub request: Option<RequestParts>,
    pub requirement: RequirementParts,
}

/// An incoming request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct RequestParts {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    #[serde(default)]
    pub websocket: bool,
}

/// What an incoming request needs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct RequirementParts {
    pub tenant: Option<String>,
    pub roles: Vec<String>,
    pub permissions: Vec<String>,
    pub any_role: Vec<String>,
    pub any_permission: Vec<String>,
    pub required: Option<bool>,
    pub step_up: bool,
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
    pub headers: BTreeMap<String, String>,
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
    pub partitioned: Option<bool>,
    pub session: AttributeParts,
    pub refresh: AttributeParts,
    pub clear_scopes: Vec<ScopeParts>,
}

/// What one of the cookies has of its own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct AttributeParts {
    pub same_site: Option<String>,
    pub partitioned: Option<bool>,
    pub domain: Option<String>,
    pub path: Option<String>,
    pub omit: bool,
}

/// Where a cookie was set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct ScopeParts {
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
    pub any_role: Option<Vec<String>>,
    pub any_permission: Option<Vec<String>>,
    pub matched_roles: Option<Vec<String>>,
    pub matched_permissions: Option<Vec<String>>,
}

/// Every case as its file states it, by id: the path of the file below the folder with dots, and for a table that of each row.
///
/// # Errors
///
/// When a file cannot be read, or is no case.
pub fn files() -> Result<BTreeMap<String, Value>, String> {
    let mut files = BTreeMap::new();
    collect(&crate::contract_directory().join("cases"), "", &mut files)?;
    Ok(files)
}

/// The ids of all cases.
///
/// # Errors
///
/// When a file cannot be read, or is no case.
pub fn ids() -> Result<Vec<String>, String> {
    Ok(files()?.into_keys().collect())
}

fn collect(directory: &Path, prefix: &str, files: &mut BTreeMap<String, Value>) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("{}: {error}", directory.display());
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let name = name.to_str().ok_or_else(|| format!("{} is no UTF-8", name.display()))?;
        if entry.file_type().map_err(unreadable)?.is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}."), files)?;
            continue;
        }
        let stem = name.strip_suffix(".json").ok_or_else(|| format!("{prefix}{name} is no case file"))?;
        let id = format!("{prefix}{stem}");
        let mut document: Value = serde_json::from_slice(&std::fs::read(entry.path()).map_err(unreadable)?)
            .map_err(|error| format!("{id}: {error}"))?;
        let Some(rows) = document.as_object_mut().and_then(|members| members.remove("rows")) else {
            files.insert(id, document);
            continue;
        };
        for (name, row) in rows.as_object().into_iter().flatten() {
            let mut case = document.clone();
            lay_over(&mut case, row);
            let own = case.get("id").and_then(Value::as_str).map(|table| format!("{table}.{name}").into());
            case.as_object_mut().zip(own).map(|(members, own): (_, Value)| members.insert("id".to_owned(), own));
            files.insert(format!("{id}.{name}"), case);
        }
    }
    Ok(())
}

/// Lays a row over the rest of its table: null takes a member away, numbers name the elements of a list.
fn lay_over(target: &mut Value, row: &Value) {
    match (target, row) {
        (Value::Object(members), Value::Object(row)) => {
            for (name, value) in row {
                if value.is_null() {
                    members.remove(name);
                } else {
                    lay_over(members.entry(name).or_insert(Value::Null), value);
                }
            }
        }
        (Value::Array(elements), Value::Object(row)) => {
            for (name, value) in row {
                if let Some(element) = name.parse().ok().and_then(|index: usize| elements.get_mut(index)) {
                    lay_over(element, value);
                }
            }
        }
        (target, row) => row.clone_into(target),
    }
}
