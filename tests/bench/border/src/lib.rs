//! One result, handed to JavaScript in two ways: as JSON text, and as objects built natively.

use napi::bindgen_prelude::Unknown;
use napi::{Env, Error, Result};
use napi_derive::napi;
use serde_json::Value;

/// A result as the core has it, ready to cross.
#[napi]
pub struct Crossing {
    value: Value,
}

#[napi]
impl Crossing {
    /// Reads the result.
    #[napi(constructor, catch_unwind)]
    pub fn new(json: String) -> Result<Self> {
        let value = serde_json::from_str(&json).map_err(|error| Error::from_reason(error.to_string()))?;
        Ok(Self { value })
    }

    /// As JSON text, written now, for the engine to parse.
    #[napi(catch_unwind)]
    pub fn text(&self) -> Result<String> {
        serde_json::to_string(&self.value).map_err(|error| Error::from_reason(error.to_string()))
    }

    /// As objects, every property set through the Node-API.
    #[napi(catch_unwind, ts_return_type = "unknown")]
    pub fn objects<'env>(&self, env: &'env Env) -> Result<Unknown<'env>> {
        env.to_js_value(&self.value)
    }
}
