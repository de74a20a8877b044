//! The options of `set_cookie_headers` that are dicts.

use pyo3::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tenant_select::{CookieAttributes, CookieScope};

use crate::convert;
use crate::error::{OrRaise, Refused};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Attributes {
    same_site: Option<String>,
    partitioned: Option<bool>,
    domain: Option<String>,
    path: Option<String>,
    omit: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Scope {
    domain: Option<String>,
    path: Option<String>,
}

/// What one cookie has of its own.
pub(super) fn attributes(argument: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<CookieAttributes> {
    let Some(value) = value else { return Ok(CookieAttributes::new()) };
    let Attributes { same_site, partitioned, domain, path, omit } = read(argument, value)?;
    CookieAttributes::from_parts(same_site.as_deref(), partitioned, domain, path, omit).or_raise(value.py())
}

/// Where old cookies are cleared.
pub(super) fn scopes(value: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<CookieScope>> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let scopes: Vec<Scope> = read("clear_scopes", value)?;
    let scope = |Scope { domain, path }| {
        let scope = CookieScope::new().domain(domain.unwrap_or_default());
        path.into_iter().fold(scope, CookieScope::path)
    };
    Ok(scopes.into_iter().map(scope).collect())
}

fn read<T: DeserializeOwned>(argument: &str, value: &Bound<'_, PyAny>) -> PyResult<T> {
    let text = convert::json_text(argument, value)?;
    // The reason would quote a value.
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&text))
        .map_err(|error| Refused::argument(argument, &format!("is not as its type says, at `{}`", error.path())).into())
}
