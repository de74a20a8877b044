//! Templates in cases: tokens, claims, key sets, times, addresses.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Map, Value};

use crate::jose::forge::{DEFAULT_USER_ID, Mint, MintedToken, TokenSpec, issuer};
use crate::jose::keys::KeyStore;
use crate::state::project::Project;

/// The end of the year 9999, the last that an HTTP date can say (RFC 9110 section 5.6.7).
const LAST_HTTP_DATE: u64 = 253_402_300_799;

/// What templates are filled in with.
pub(super) struct Context<'a> {
    texts: BTreeMap<String, String>,
    claims: BTreeMap<String, Option<Map<String, Value>>>,
    /// None when only checking.
    keys: Option<&'a KeyStore>,
    now: i64,
    /// Bodies of the responses, once the exchanges are rendered.
    responses: Option<Vec<Value>>,
}

impl<'a> Context<'a> {
    /// A context that knows every name of a case and none of its values.
    pub(super) fn for_checking(tokens: &BTreeMap<String, TokenSpec>) -> Self {
        let mut context = Self::with_addresses(String::new(), String::new());
        context.texts.extend(tokens.keys().map(|name| (name.clone(), String::new())));
        context.claims.extend(tokens.keys().map(|name| (name.clone(), Some(Map::new()))));
        context
    }

    fn with_addresses(base_url: String, project_id: String) -> Self {
        let texts = [
            ("baseUrl".to_owned(), base_url),
            ("projectId".to_owned(), project_id),
            ("userId".to_owned(), DEFAULT_USER_ID.to_owned()),
        ];
        Self { texts: texts.into(), claims: BTreeMap::new(), keys: None, now: 0, responses: None }
    }

    /// The context of a run: mints the case's tokens.
    pub(super) fn for_run(project: &'a Project, document: &Value, base_url: &str) -> Result<Self, String> {
        let project_id = ["/client/projectId", "/client/environment/DESCOPE_PROJECT_ID"]
            .into_iter()
            .find_map(|pointer| document.pointer(pointer)?.as_str())
            .filter(|id| !id.contains("{{"))
            .unwrap_or(&project.project_id);
        let mut context = Self::with_addresses(base_url.to_owned(), project_id.to_owned());
        context.keys = Some(&project.keys);
        context.now = crate::clock::machine_now();
        let mint = Mint {
            keys: &project.keys,
            default_key: None,
            issuer: issuer("{url}/v1/apps/{projectId}", &project.url, project_id),
            session_name: "DS",
            refresh_name: "DSR",
            now: context.now,
        };
        let specs = context.value(document.get("tokens").unwrap_or(&Value::Null))?;
        let specs: BTreeMap<String, TokenSpec> = match specs {
            Value::Null => BTreeMap::new(),
            specs => serde_path_to_error::deserialize(specs).map_err(|error| format!("tokens.{error}"))?,
        };
        for (name, spec) in specs {
            let MintedToken { token, claims } = mint.make(&spec).map_err(|error| format!("tokens.{name}: {error}"))?;
            context.texts.insert(name.clone(), token);
            context.claims.insert(name, claims);
        }
        Ok(context)
    }

    /// The whole document, filled in.
    pub(super) fn document(&mut self, document: &Value) -> Result<Value, String> {
        let Value::Object(members) = document else { return Err("a case is a JSON object".to_owned()) };
        let exchanges = match members.get("exchanges") {
            Some(exchanges) => self.value(exchanges).map_err(|error| format!("exchanges{error}"))?,
            None => Value::Array(Vec::new()),
        };
        let response = |exchange: &Value| exchange.pointer("/response/body").cloned().unwrap_or(Value::Null);
        self.responses = exchanges.as_array().map(|exchanges| exchanges.iter().map(response).collect());
        let mut rendered = Map::new();
        for (name, value) in members {
            let value = match name.as_str() {
                "exchanges" => exchanges.clone(),
                // Specs stay as they are: their own templates were filled in when the tokens were made.
                "tokens" => value.clone(),
                _ => self.value(value).map_err(|error| format!("{name}{error}"))?,
            };
            rendered.insert(name.clone(), value);
        }
        Ok(Value::Object(rendered))
    }

    /// A value, filled in; the error begins with the path below it.
    fn value(&self, value: &Value) -> Result<Value, String> {
        match value {
            Value::String(text) => self.text(text).map(Value::String).map_err(|error| format!(": {error}")),
            Value::Array(items) => {
                let rendered = items.iter().enumerate();
                let rendered =
                    rendered.map(|(index, item)| self.value(item).map_err(|error| format!("[{index}]{error}")));
                rendered.collect::<Result<_, _>>().map(Value::Array)
            }
            Value::Object(members) => {
                if let Some(result) = self.directive(members) {
                    return result.map_err(|error| format!(": {error}"));
                }
                let rendered = members.iter().map(|(name, member)| {
                    let member = self.value(member).map_err(|error| format!(".{name}{error}"))?;
                    Ok((name.clone(), member))
                });
                rendered.collect::<Result<_, String>>().map(Value::Object)
            }
            other => Ok(other.clone()),
        }
    }

    /// `{{name}}` and `{{date:seconds}}` within a text.
    fn text(&self, text: &str) -> Result<String, String> {
        let mut rendered = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").ok_or("\"{{\" without \"}}\"")?;
            rendered.push_str(before);
            match name.strip_prefix("date:") {
                Some(seconds) => rendered.push_str(&self.http_date(seconds)?),
                None => rendered.push_str(self.texts.get(name).ok_or_else(|| format!("there is no token \"{name}\""))?),
            }
            rest = after;
        }
        rendered.push_str(rest);
        Ok(rendered)
    }

    /// The time so many seconds from now, as HTTP headers have it.
    fn http_date(&self, seconds: &str) -> Result<String, String> {
        let seconds: i64 = seconds.parse().map_err(|_| "\"{{date:…}}\" needs an integer")?;
        let time = u64::try_from(self.now.saturating_add(seconds)).unwrap_or(0).min(LAST_HTTP_DATE);
        Ok(httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(time)))
    }

    /// An object with one member `$…` that stands for something else.
    fn directive(&self, members: &Map<String, Value>) -> Option<Result<Value, String>> {
        let mut pairs = members.iter();
        let (name, argument) = pairs.next()?;
        if pairs.next().is_some() {
            return None;
        }
        match name.as_str() {
            "$claims" => Some(self.claims(argument)),
            "$response" => Some(self.response(argument)),
            "$now" => Some(match argument.as_i64() {
                Some(seconds) => Ok(Value::from(self.now.saturating_add(seconds))),
                None => Err("\"$now\" needs an integer".to_owned()),
            }),
            "$jwks" => Some(self.key_set(argument)),
            _ => None,
        }
    }

    fn claims(&self, argument: &Value) -> Result<Value, String> {
        let name = argument.as_str().ok_or("\"$claims\" needs the name of a token")?;
        match self.claims.get(name) {
            Some(Some(claims)) => Ok(Value::Object(claims.clone())),
            Some(None) => Err(format!("the claims of the token \"{name}\" are no JSON object")),
            None => Err(format!("there is no token \"{name}\"")),
        }
    }

    fn response(&self, argument: &Value) -> Result<Value, String> {
        let responses = self.responses.as_ref().ok_or("\"$response\" has no meaning within exchanges")?;
        let index = argument.as_u64().and_then(|index| usize::try_from(index).ok());
        index
            .and_then(|index| responses.get(index).cloned())
            .ok_or_else(|| format!("\"$response\" names no exchange: {argument}"))
    }

    /// A key set: each entry is the name of a built-in key, or `{"key": name, "set": {…}}` with members laid over (null removes).
    fn key_set(&self, argument: &Value) -> Result<Value, String> {
        let entries = argument.as_array().ok_or("\"$jwks\" needs a list")?;
        let keys = entries.iter().map(|entry| {
            let name = entry.as_str().or_else(|| entry.get("key")?.as_str());
            let name = name.ok_or_else(|| format!("\"$jwks\" has no key name in {entry}"))?;
            let Some(keys) = self.keys else { return Ok(Value::Null) };
            let mut jwk = keys.named(name).ok_or_else(|| format!("there is no built-in key \"{name}\""))?.jwk();
            if let (Some(Value::Object(changes)), Value::Object(jwk)) = (entry.get("set"), &mut jwk) {
                for (member, value) in changes {
                    if value.is_null() {
                        jwk.remove(member);
                    } else {
                        jwk.insert(member.clone(), value.clone());
                    }
                }
            }
            Ok(jwk)
        });
        let keys: Result<Vec<Value>, String> = keys.collect();
        Ok(serde_json::json!({"keys": keys?}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn errors_in_templates_name_their_place() {
        let tokens = BTreeMap::from([("refresh".to_owned(), TokenSpec::default())]);
        for (document, complaint) in [
            (
                json!({"arguments": {"a": ["{{refresh}}", "{{sesion}}"]}}),
                "arguments.a[1]: there is no token \"sesion\"",
            ),
            (json!({"expect": {"value": {"$claims": "x"}}}), "expect.value: there is no token \"x\""),
            (json!({"exchanges": [], "expect": {"value": {"$response": 0}}}), "expect.value: \"$response\" names no"),
            (json!({"exchanges": [{"response": {"body": {"$response": 0}}}]}), "exchanges[0].response.body: "),
            (json!({"client": {"x": "{{refresh"}}), "client.x: \"{{\" without"),
            (json!({"client": {"x": {"$now": "soon"}}}), "client.x: \"$now\" needs"),
            (json!({"client": {"x": "{{date:soon}}"}}), "client.x: \"{{date:"),
        ] {
            let error = Context::for_checking(&tokens).document(&document).unwrap_err();
            assert!(error.starts_with(complaint), "{document}: {error}");
        }
    }
}
