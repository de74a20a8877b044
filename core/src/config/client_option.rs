//! The public form of a row of the table of options.

use serde::Serialize;

use crate::config::row::{Kind, Row};

/// One option of a client, as [`ClientBuilder::options`](crate::ClientBuilder::options) lists them. Serialised, it also has its
/// bounds, its default and its documentation, from which the bindings and their documentation are generated.
///
/// ```
/// use tenant_select::{ClientBuilder, OptionType};
///
/// let timeout = ClientBuilder::options().find(|option| option.name() == "timeout").unwrap();
/// assert_eq!(timeout.value_type(), OptionType::Seconds);
/// assert_eq!(timeout.variables(), ["TENANT_SELECT_TIMEOUT"]);
/// ```
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(transparent)]
pub struct ClientOption(pub(crate) &'static Row<Kind>);

impl ClientOption {
    /// The name, which [`ClientBuilder::set`](crate::ClientBuilder::set) takes and [`Error::argument`](crate::Error::argument)
    /// returns.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// The type of its value.
    pub fn value_type(&self) -> OptionType {
        match self.0.kind {
            Kind::Text(_) | Kind::Path(_) => OptionType::Text,
            Kind::Flag(_) => OptionType::Flag,
            Kind::Count(_) => OptionType::Count,
            Kind::WholeSeconds(_) => OptionType::WholeSeconds,
            Kind::Seconds(_) => OptionType::Seconds,
            Kind::Texts(_) => OptionType::Texts,
        }
    }

    /// The environment variables that are read when the option is not set, in order.
    pub fn variables(&self) -> &'static [&'static str] {
        self.0.variables
    }
}

/// The type of the value of a [`ClientOption`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OptionType {
    /// A string.
    Text,
    /// True or false.
    Flag,
    /// A whole number.
    Count,
    /// A whole number of seconds.
    WholeSeconds,
    /// A number of seconds, with or without a fraction.
    Seconds,
    /// An object of strings.
    Texts,
}
