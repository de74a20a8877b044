//! The name table: how each name of the contract is spelled in the cases and in each language.

use std::sync::LazyLock;

use serde::Deserialize;

/// `tests/names.json`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Names {
    /// What the table is for.
    pub about: String,
    /// The models of what the service sends.
    pub models: Vec<ModelNames>,
    /// The kinds of error.
    pub errors: Vec<ErrorNames>,
    /// The attributes of an error.
    pub error_attributes: Vec<AttributeNames>,
    /// What an error says about the service.
    pub outcomes: Vec<String>,
    /// The options of a client.
    pub options: Vec<OptionNames>,
    /// The calls.
    pub operations: Vec<OperationNames>,
}

/// One model.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct ModelNames {
    pub wire: String,
    pub rust: String,
    pub python: String,
    pub typescript: String,
    pub fields: Vec<FieldNames>,
}

/// One field of a model, and which JSON it holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct FieldNames {
    pub wire: String,
    pub rust: String,
    pub python: String,
    pub typescript: String,
    pub r#type: String,
}

/// One kind of error, with its classes and their bases.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct ErrorNames {
    pub code: String,
    pub rust: String,
    pub python: String,
    pub python_bases: Vec<String>,
    pub typescript: String,
    pub typescript_base: String,
}

/// One attribute of an error: its name in what bindings get, and in each language.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct AttributeNames {
    pub core: String,
    pub rust: String,
    pub python: String,
    pub typescript: String,
}

/// One option of a client: its name in a case and in the core, and the variables that stand in for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct OptionNames {
    pub case: String,
    pub core: String,
    pub python: String,
    pub typescript: String,
    pub environment: Vec<String>,
}

/// One call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct OperationNames {
    pub case: String,
    pub rust: String,
    pub python: String,
    pub typescript: String,
}

impl Names {
    /// Reads the table.
    ///
    /// # Errors
    ///
    /// When the file is not of its form; the text says where.
    pub fn read() -> Result<Self, String> {
        let path = crate::contract_directory().join("names.json");
        let text = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The table, read once.
    pub(crate) fn get() -> Result<&'static Self, String> {
        static NAMES: LazyLock<Result<Names, String>> = LazyLock::new(Names::read);
        NAMES.as_ref().map_err(Clone::clone)
    }

    /// The core's name for an option of a case.
    pub(crate) fn core_option(&self, case: &str) -> Option<&str> {
        self.options.iter().find(|option| option.case == case).map(|option| option.core.as_str())
    }

    /// How a case spells an argument or option of the core.
    pub(crate) fn case_argument(&self, core: &str) -> String {
        match (self.options.iter().find(|option| option.core == core), core) {
            (Some(option), _) => option.case.clone(),
            // An argument with a unit that is no option.
            (None, "refresh_before") => "refreshBeforeSeconds".to_owned(),
            (None, _) => camel_case(core),
        }
    }
}

fn camel_case(snake_case: &str) -> String {
    let mut words = snake_case.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (initial, rest) = word.split_at(word.len().min(1));
        name + &initial.to_ascii_uppercase() + rest
    })
}
