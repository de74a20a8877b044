//! Options as data, and how a value is read by its row of the [table](crate::config::table).
//!
//! An explicit value takes precedence over the environment, and the environment over the row's default. The environment is passed
//! as data, so that nothing here reads the process.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::row::{Count, Flag, Path, Row, Seconds, Text, Texts, WholeSeconds};
use crate::config::table;
use crate::error::{Error, Result};
use crate::model::{Object, Value};

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

    fn variable_for<K>(&self, row: &Row<K>) -> Result<Option<&str>> {
        let mut set = row.variables.iter().filter_map(|variable| Some((variable, self.variable(variable)?)));
        let Some((first, value)) = set.next() else { return Ok(None) };
        if let Some((second, _)) = set.find(|(_, other)| *other != value) {
            return Err(Error::invalid_input(row.name, format!("{first} and {second} are both set and differ")));
        }
        Ok(Some(value))
    }

    /// Names the variable in an error about an option that came from one.
    pub(crate) fn with_variable(&self, error: Error) -> Error {
        let Some(name) = error.argument().filter(|name| !self.given.contains_key(name)) else { return error };
        let names = table::row(name).map(|row| row.variables).unwrap_or_default();
        match names.iter().find(|variable| self.variable(variable).is_some()) {
            Some(variable) => error.with_variable(variable),
            None => error,
        }
    }

    pub(crate) fn text(&self, row: &Row<Text>) -> Result<Option<String>> {
        self.string(row)
    }

    pub(crate) fn path(&self, row: &Row<Path>) -> Result<Option<PathBuf>> {
        Ok(self.string(row)?.map(PathBuf::from))
    }

    fn string<K: fmt::Display>(&self, row: &Row<K>) -> Result<Option<String>> {
        match self.given.get(row.name) {
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(row.refused()),
            None => Ok(self.variable_for(row)?.map(str::to_owned)),
        }
    }

    pub(crate) fn flag(&self, row: &Row<Flag>) -> Result<bool> {
        match self.given.get(row.name) {
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(row.refused()),
            None => match self.variable_for(row)?.map(str::to_ascii_lowercase).as_deref() {
                None => Ok(row.kind.default),
                Some("1" | "true" | "yes" | "on") => Ok(true),
                Some("0" | "false" | "no" | "off") => Ok(false),
                Some(_) => Err(row.refused()),
            },
        }
    }

    pub(crate) fn count(&self, row: &Row<Count>) -> Result<u64> {
        match self.integer(row)? {
            Some(number) => row.checked(number),
            None => Ok(row.kind.default),
        }
    }

    pub(crate) fn whole_seconds(&self, row: &Row<WholeSeconds>) -> Result<Duration> {
        match self.integer(row)? {
            Some(number) => row.checked(number),
            None => Ok(Duration::from_secs(row.kind.default)),
        }
    }

    /// An integer that is set, or nothing where what is set is none.
    fn integer<K>(&self, row: &Row<K>) -> Result<Option<Option<i64>>> {
        match self.given.get(row.name) {
            Some(value) => Ok(Some(value.as_i64())),
            None => Ok(self.variable_for(row)?.map(|text| text.parse().ok())),
        }
    }

    pub(crate) fn seconds(&self, row: &Row<Seconds>) -> Result<Duration> {
        let number = match self.given.get(row.name) {
            Some(value) => value.as_f64(),
            None => match self.variable_for(row)? {
                None => Some(row.kind.default),
                Some(text) => text.parse().ok(),
            },
        };
        row.checked(number.unwrap_or(f64::NAN))
    }

    pub(crate) fn texts(&self, row: &Row<Texts>) -> Result<Option<Object>> {
        match self.given.get(row.name) {
            Some(Value::Object(entries)) => Ok(Some(entries.clone())),
            Some(_) => Err(row.refused()),
            None => match self.variable_for(row)? {
                None => Ok(None),
                Some(text) => serde_json::from_str(text)
                    .map(Some)
                    .map_err(|_| Error::invalid_input(row.name, format!("{} must be a JSON object", row.name))),
            },
        }
    }
}
