//! The rows of the table of options, and the check of a value by its row.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::error::{Error, Result};

/// One option: its type `K` with bounds and default, and what its documentation says.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Row<K> {
    /// The same in Rust, in Python and in the `argument` of errors.
    pub(crate) name: &'static str,
    #[serde(flatten)]
    pub(crate) kind: K,
    /// The environment variables that are read when the option is not set, in order.
    pub(crate) variables: &'static [&'static str],
    /// Whether a call can have its own.
    pub(crate) per_call: bool,
    /// Whether the value may hold a credential, which the bindings then keep out of tracebacks.
    pub(crate) secret: bool,
    /// What it is, in one sentence.
    pub(crate) summary: &'static str,
    /// Further sentences, or nothing.
    pub(crate) details: &'static str,
}

/// The type of an option. `Display` says what a value must be, for errors.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Kind {
    Text(Text),
    Path(Path),
    Flag(Flag),
    Count(Count),
    WholeSeconds(WholeSeconds),
    Seconds(Seconds),
    Texts(Texts),
}

/// Text, whose form is checked by what reads it.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Text {
    /// The text about the default when the option is not set.
    pub(crate) unset: &'static str,
}

/// The path of a file.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Path {
    /// The text about the default when the option is not set.
    pub(crate) unset: &'static str,
}

/// Texts by name; a JSON object in a variable.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Texts {
    /// The text about the default when the option is not set.
    pub(crate) unset: &'static str,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Flag {
    pub(crate) default: bool,
}

/// A whole number.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Count {
    pub(crate) least: u64,
    pub(crate) most: u64,
    pub(crate) default: u64,
}

/// A time in whole seconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct WholeSeconds {
    pub(crate) least: u64,
    pub(crate) most: u64,
    pub(crate) default: u64,
}

/// A time above 0, in seconds with a fraction.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Seconds {
    pub(crate) most: f64,
    pub(crate) default: f64,
}

impl<K> Row<K> {
    /// The same row among those of all types.
    pub(crate) const fn listed(&self, kind: Kind) -> Row<Kind> {
        Row {
            name: self.name,
            kind,
            variables: self.variables,
            per_call: self.per_call,
            secret: self.secret,
            summary: self.summary,
            details: self.details,
        }
    }
}

impl<K: fmt::Display> Row<K> {
    /// The error for a value that is not of the type, or out of bounds.
    pub(crate) fn refused(&self) -> Error {
        Error::invalid_input(self.name, format!("{} must be {}", self.name, self.kind))
    }
}

impl Row<Count> {
    /// The number, within its bounds.
    pub(crate) fn checked(&self, number: Option<i64>) -> Result<u64> {
        within(number, self.kind.least, self.kind.most).ok_or_else(|| self.refused())
    }
}

impl Row<WholeSeconds> {
    /// The time, within its bounds.
    pub(crate) fn checked(&self, seconds: Option<i64>) -> Result<Duration> {
        within(seconds, self.kind.least, self.kind.most).map(Duration::from_secs).ok_or_else(|| self.refused())
    }
}

impl Row<Seconds> {
    /// The time, within its bounds.
    pub(crate) fn checked(&self, seconds: f64) -> Result<Duration> {
        if !(seconds > 0.0 && seconds <= self.kind.most) {
            return Err(self.refused());
        }
        Duration::try_from_secs_f64(seconds).map_err(|_| self.refused())
    }
}

fn within(number: Option<i64>, least: u64, most: u64) -> Option<u64> {
    u64::try_from(number?).ok().filter(|number| (least..=most).contains(number))
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }
}

impl fmt::Display for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {} to {}", self.least, self.most)
    }
}

impl fmt::Display for WholeSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {} to {}", self.least, self.most)
    }
}

impl fmt::Display for Seconds {
    /// Without the option's unit, because languages have their own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("above 0 and no longer than ")?;
        match self.most {
            3600.0 => f.write_str("an hour"),
            60.0 => f.write_str("a minute"),
            most => write!(f, "{most} seconds"),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(kind) => kind.fmt(f),
            Self::Path(kind) => kind.fmt(f),
            Self::Flag(kind) => kind.fmt(f),
            Self::Count(kind) => kind.fmt(f),
            Self::WholeSeconds(kind) => kind.fmt(f),
            Self::Seconds(kind) => kind.fmt(f),
            Self::Texts(kind) => kind.fmt(f),
        }
    }
}
