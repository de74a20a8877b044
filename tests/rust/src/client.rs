//! The client that a case describes.

use serde_json::{Map, Value};
use tenant_select::{Client, Error};

use crate::names::Names;

/// Builds the client; the outer error is a fault of the case, the inner one the client's own refusal.
///
/// Unless the case says something about `baseUrl` itself (null: leave it out), the client calls `base_url`, which is
/// the emulator's, with `baseUrlSuffix` behind it.
pub(crate) fn build(options: &Map<String, Value>, base_url: &str) -> Result<Result<Client, Error>, String> {
    let names = Names::get()?;
    let mut builder = Client::builder();
    if !options.contains_key("baseUrl") {
        let suffix = options.get("baseUrlSuffix").and_then(Value::as_str).unwrap_or_default();
        builder = builder.base_url(format!("{base_url}{suffix}"));
    }
    for (name, value) in options {
        builder = match name.as_str() {
            "baseUrlSuffix" => builder,
            "environment" => builder.environment(environment(value)?),
            _ => {
                let core = names.core_option(name).ok_or_else(|| format!("client.{name} is no option"))?;
                let value = serde_json::from_value(value.clone()).map_err(|error| format!("client.{name}: {error}"))?;
                match builder.set(core, value) {
                    Ok(builder) => builder,
                    Err(refused) => return Ok(Err(refused)),
                }
            }
        };
    }
    Ok(builder.build())
}

fn environment(value: &Value) -> Result<Vec<(String, String)>, String> {
    let wrong = || "client.environment must be an object of texts".to_owned();
    let variables = value.as_object().ok_or_else(wrong)?.iter();
    variables.map(|(name, text)| Ok((name.clone(), text.as_str().ok_or_else(wrong)?.to_owned()))).collect()
}
