//! The options of cookies, as dicts of the facade have them.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tenant_select::{CookieAttributes, CookieOptions, CookieScope};

use crate::convert;
use crate::error::Refused;

/// The arguments of `set_cookie_headers`; None for the defaults.
pub(crate) fn cookie_options(options: &Bound<'_, PyAny>) -> Result<CookieOptions, Refused> {
    if options.is_none() {
        return Ok(CookieOptions::new());
    }
    let names =
        ["secure", "http_only", "same_site", "domain", "path", "partitioned", "session", "refresh", "clear_scopes"];
    let options = Members::of("cookies", options, &names)?;
    let mut made = CookieOptions::from_parts(
        options.flag("secure")?,
        options.flag("http_only")?,
        options.text("same_site")?.as_deref(),
        options.text("domain")?,
        options.text("path")?,
    )?;
    if let Some(partitioned) = options.flag("partitioned")? {
        made = made.partitioned(partitioned);
    }
    if let Some(own) = options.get("session")? {
        made = made.session(attributes("session", &own)?);
    }
    if let Some(own) = options.get("refresh")? {
        made = made.refresh(attributes("refresh", &own)?);
    }
    if let Some(scopes) = options.get("clear_scopes")? {
        let scopes: Vec<Bound<'_, PyAny>> = scopes.extract()?;
        let scopes = scopes.iter().map(scope).collect::<Result<Vec<_>, Refused>>()?;
        made = made.clear_scopes(scopes);
    }
    Ok(made)
}

/// What one of the cookies has of its own.
fn attributes(argument: &'static str, own: &Bound<'_, PyAny>) -> Result<CookieAttributes, Refused> {
    let own = Members::of(argument, own, &["same_site", "partitioned", "domain", "path", "omit"])?;
    let (same_site, partitioned) = (own.text("same_site")?, own.flag("partitioned")?);
    let (domain, path, omit) = (own.text("domain")?, own.text("path")?, own.flag("omit")?);
    Ok(CookieAttributes::from_parts(same_site.as_deref(), partitioned, domain, path, omit.unwrap_or_default())?)
}

/// Where a cookie was set.
fn scope(scope: &Bound<'_, PyAny>) -> Result<CookieScope, Refused> {
    let scope = Members::of("clear_scopes", scope, &["domain", "path"])?;
    let made = CookieScope::new().domain(scope.text("domain")?.unwrap_or_default());
    Ok(scope.text("path")?.into_iter().fold(made, CookieScope::path))
}

/// A dict whose keys are known.
struct Members<'py>(Bound<'py, PyDict>);

impl<'py> Members<'py> {
    fn of(argument: &str, dict: &Bound<'py, PyAny>, names: &[&str]) -> Result<Self, Refused> {
        let Ok(dict) = dict.cast::<PyDict>() else {
            return Err(PyTypeError::new_err(format!("{argument} must be a dict")).into());
        };
        for name in dict.keys().iter() {
            let name = convert::text(argument, &name)?;
            if !names.contains(&name.as_str()) {
                return Err(PyTypeError::new_err(format!("{argument} has no member {name}")).into());
            }
        }
        Ok(Self(dict.clone()))
    }

    fn get(&self, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.0.get_item(name)?.filter(|value| !value.is_none()))
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, Refused> {
        Ok(self.get(name)?.map(|value| convert::flag(name, &value)).transpose()?)
    }

    fn text(&self, name: &str) -> Result<Option<String>, Refused> {
        convert::optional_text(name, self.get(name)?.as_ref())
    }
}
