//! Options as data: their names, their environment variables, and how a value is read and bounded.
//!
//! Every option has one name, the same in Rust, Python and the error's `argument`. A value given explicitly wins over the
//! environment; the environment is handed in as data, so that nothing here reads the process.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::LONGEST;
use crate::error::{Error, Result};
use crate::model::{Object, Value};

/// One option: its name and the environment variables that stand in for it, in order.
struct Spec {
    name: &'static str,
    environment: &'static [&'static str],
}

/// Every option of a client. The vendor's settings keep the vendor's variable names, the rest are `TENANT_SELECT_…`.
const OPTIONS: &[Spec] = &[
    Spec { name: "project_id", environment: &["DESCOPE_PROJECT_ID"] },
    Spec { name: "base_url", environment: &["DESCOPE_BASE_URI", "DESCOPE_BASE_URL"] },
    Spec { name: "auth_management_key", environment: &["DESCOPE_AUTH_MANAGEMENT_KEY"] },
    Spec { name: "public_key", environment: &["DESCOPE_PUBLIC_KEY"] },
    Spec { name: "timeout", environment: &["TENANT_SELECT_TIMEOUT"] },
    Spec { name: "connect_timeout", environment: &["TENANT_SELECT_CONNECT_TIMEOUT"] },
    Spec { name: "retries", environment: &["TENANT_SELECT_RETRIES"] },
    Spec { name: "retry_unknown", environment: &["TENANT_SELECT_RETRY_UNKNOWN"] },
    Spec { name: "leeway", environment: &["TENANT_SELECT_LEEWAY"] },
    Spec { name: "audience", environment: &["TENANT_SELECT_AUDIENCE"] },
    Spec { name: "verify", environment: &["TENANT_SELECT_VERIFY"] },
    Spec { name: "max_token_bytes", environment: &["TENANT_SELECT_MAX_TOKEN_BYTES"] },
    Spec { name: "session_cookie_name", environment: &["TENANT_SELECT_SESSION_COOKIE_NAME"] },
    Spec { name: "refresh_cookie_name", environment: &["TENANT_SELECT_REFRESH_COOKIE_NAME"] },
    Spec { name: "headers", environment: &["TENANT_SELECT_HEADERS"] },
    Spec { name: "proxy", environment: &["TENANT_SELECT_PROXY"] },
    Spec { name: "ca_file", environment: &["TENANT_SELECT_CA_FILE"] },
    // Plain http to a remote host must be a decision in code, so it has no variable.
    Spec { name: "allow_http", environment: &[] },
    Spec { name: "sdk_name", environment: &["TENANT_SELECT_SDK_NAME"] },
];

/// Every option: its name, and the variables that stand in for it.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    OPTIONS.iter().map(|spec| (spec.name, spec.environment))
}

/// The canonical name of an option, or nothing when there is no such option.
pub(crate) fn known(name: &str) -> Option<&'static str> {
    OPTIONS.iter().map(|spec| spec.name).find(|known| *known == name)
}

/// The options given explicitly, over the environment.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) given: BTreeMap<&'static str, Value>,
    pub(crate) environment: BTreeMap<String, String>,
    /// The language runtime that hosts the client, with its version.
    pub(crate) runtime: Option<(String, String)>,
}

impl Options {
    /// An environment variable that is set to something.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    fn variable_for(&self, name: &'static str) -> Result<Option<&str>> {
        let names = OPTIONS.iter().find(|spec| spec.name == name).map(|spec| spec.environment).unwrap_or_default();
        let mut set = names.iter().filter_map(|variable| Some((variable, self.variable(variable)?)));
        let Some((first, value)) = set.next() else { return Ok(None) };
        if let Some((second, _)) = set.find(|(_, other)| *other != value) {
            return Err(Error::invalid_input(name, format!("{first} and {second} are both set and differ")));
        }
        Ok(Some(value))
    }

    /// Names the variable in an error about an option that came from one.
    pub(crate) fn with_variable(&self, error: Error) -> Error {
        let Some(name) = error.argument().filter(|name| !self.given.contains_key(name)) else { return error };
        let names = OPTIONS.iter().find(|spec| spec.name == name).map(|spec| spec.environment).unwrap_or_default();
        match names.iter().find(|variable| self.variable(variable).is_some()) {
            Some(variable) => error.with_variable(variable),
            None => error,
        }
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<Option<String>> {
        match self.given.get(name) {
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(wrong(name, "a string")),
            None => Ok(self.variable_for(name)?.map(str::to_owned)),
        }
    }

    pub(crate) fn flag(&self, name: &'static str) -> Result<Option<bool>> {
        match self.given.get(name) {
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(wrong(name, "true or false")),
            None => match self.variable_for(name)?.map(str::to_ascii_lowercase).as_deref() {
                None => Ok(None),
                Some("1" | "true" | "yes" | "on") => Ok(Some(true)),
                Some("0" | "false" | "no" | "off") => Ok(Some(false)),
                Some(_) => Err(wrong(name, "true or false")),
            },
        }
    }

    pub(crate) fn count(&self, name: &'static str, bounds: std::ops::RangeInclusive<u64>) -> Result<Option<u64>> {
        let number = match self.given.get(name) {
            Some(value) => value.as_i64(),
            None => match self.variable_for(name)? {
                None => return Ok(None),
                Some(text) => text.parse().ok(),
            },
        };
        let wrong = || wrong(name, &format!("a whole number from {} to {}", bounds.start(), bounds.end()));
        let count = number.and_then(|number| u64::try_from(number).ok()).ok_or_else(wrong)?;
        if bounds.contains(&count) { Ok(Some(count)) } else { Err(wrong()) }
    }

    pub(crate) fn seconds(&self, name: &'static str) -> Result<Option<Duration>> {
        let number = match self.given.get(name) {
            Some(value) => value.as_f64(),
            None => match self.variable_for(name)? {
                None => return Ok(None),
                Some(text) => text.parse().ok(),
            },
        };
        duration(name, number.unwrap_or(f64::NAN)).map(Some)
    }

    pub(crate) fn map(&self, name: &'static str) -> Result<Option<Object>> {
        match self.given.get(name) {
            Some(Value::Object(entries)) => Ok(Some(entries.clone())),
            Some(_) => Err(wrong(name, "an object")),
            None => match self.variable_for(name)? {
                None => Ok(None),
                Some(text) => serde_json::from_str(text).map(Some).map_err(|_| wrong(name, "a JSON object")),
            },
        }
    }
}

/// A number of seconds as the time that something may take: above 0, [`LONGEST`] at most.
pub(crate) fn duration(name: &'static str, seconds: f64) -> Result<Duration> {
    if !(seconds > 0.0 && seconds <= LONGEST) {
        // Without a unit: languages have their own.
        return Err(Error::invalid_input(name, format!("{name} must be above 0 and no longer than an hour")));
    }
    // The bounds above are those of the conversion, too.
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

fn wrong(name: &'static str, expected: &str) -> Error {
    Error::invalid_input(name, format!("{name} must be {expected}"))
}
