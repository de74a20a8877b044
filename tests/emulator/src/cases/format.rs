//! The format of a case file.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::render::Context;
use crate::jose::forge::TokenSpec;
use crate::state::faults::{FaultAction, HeaderTexts, header_map};

/// A case file, its templates not yet filled in.
#[derive(Debug)]
pub(crate) struct Case {
    document: Value,
    id: String,
}

/// The whole document with types. Bodies, arguments and expectations are any JSON.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Document {
    id: String,
    about: String,
    #[serde(default)]
    pub(super) tokens: BTreeMap<String, TokenSpec>,
    #[serde(default, rename = "client")]
    _client: Map<String, Value>,
    operation: String,
    #[serde(default, rename = "arguments")]
    _arguments: Map<String, Value>,
    #[serde(default, rename = "call")]
    _call: Map<String, Value>,
    #[serde(default, rename = "earlier")]
    _earlier: Vec<Value>,
    pub(super) exchanges: Vec<Exchange>,
    #[serde(rename = "expect")]
    _expect: Map<String, Value>,
}

/// The request that the server must receive, and its response.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Exchange {
    pub(super) request: Expected,
    pub(super) response: Reply,
    #[serde(default = "once")]
    pub(super) times: u32,
}

fn once() -> u32 {
    1
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Expected {
    pub(super) method: String,
    pub(super) path: String,
    #[serde(default)]
    pub(super) query: BTreeMap<String, String>,
    /// A string: equal. Null: absent. `{"$present": true}`: present with any value.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) body: Value,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Reply {
    #[serde(default = "ok")]
    pub(super) status: u16,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, HeaderTexts>,
    /// Absent is no body; null is the body `null`.
    #[serde(default, deserialize_with = "present")]
    pub(super) body: Option<Value>,
    pub(super) text: Option<String>,
    pub(super) base64: Option<String>,
    #[serde(default)]
    pub(super) delay_ms: u64,
    pub(super) fault: Option<FaultAction>,
}

fn ok() -> u16 {
    200
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Case {
    /// Checks all that can be checked before a run; the error names the place.
    pub(super) fn parse(id: &str, document: Value) -> Result<Self, String> {
        let case = Self { document, id: id.to_owned() };
        let typed = case.typed(&case.document)?;
        if typed.id != id {
            return Err(format!("id: \"{}\" is not the path of the file", typed.id));
        }
        if typed.about.trim().is_empty() || typed.operation.trim().is_empty() {
            return Err("about and operation must not be empty".to_owned());
        }
        for (index, exchange) in typed.exchanges.iter().enumerate() {
            exchange.check().map_err(|error| format!("exchanges[{index}].{error}"))?;
        }
        Context::for_checking(&typed.tokens).document(&case.document)?;
        Ok(case)
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The document as it stands in the file.
    pub(super) fn document(&self) -> &Value {
        &self.document
    }

    /// A document, rendered or not, with types.
    pub(super) fn typed(&self, document: &Value) -> Result<Document, String> {
        serde_path_to_error::deserialize(document).map_err(|error| error.to_string())
    }
}

impl Exchange {
    fn check(&self) -> Result<(), String> {
        if !self.request.path.starts_with('/') {
            return Err("request.path must begin with a slash".to_owned());
        }
        if self.times == 0 {
            return Err("times must be at least 1".to_owned());
        }
        for (name, value) in &self.request.headers {
            let is_matcher = value.get("$present") == Some(&Value::Bool(true));
            if !(value.is_string() || value.is_null() || is_matcher) {
                return Err(format!("request.headers.{name} must be a text, null, or {{\"$present\": true}}"));
            }
        }
        let response = &self.response;
        if http::StatusCode::from_u16(response.status).is_err() || response.status < 200 {
            return Err(format!("response.status must be 200 to 999, not {}", response.status));
        }
        let bodies = [response.body.is_some(), response.text.is_some(), response.base64.is_some()];
        if bodies.into_iter().filter(|&present| present).count() > 1 {
            return Err("response must have at most one of body, text, base64".to_owned());
        }
        header_map(&response.headers).map_err(|error| format!("response.headers: {error}"))?;
        response.bytes().map_err(|error| format!("response.{error}"))?;
        response
            .fault
            .as_ref()
            .map_or(Ok(()), |fault| fault.check().map_err(|error| format!("response.fault: {error}")))
    }
}
