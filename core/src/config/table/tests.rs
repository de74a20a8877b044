//! The default, the bounds and the variables of every row have their effect.

use super::*;
use crate::client::builder::ClientBuilder;
use crate::config::{Config, Proxies};
use crate::error::kind::ErrorKind;
use crate::model::Value;

const ID: &str = "P2aAc4T2V93bddihGEx2Ryhc8e5Z";

/// The configuration of the client, or the error; over https, and over http to a host that is not loopback.
type Effect = [Result<String, String>; 2];

fn effect(given: Option<(&str, Value)>, variable: Option<(&str, &str)>) -> Effect {
    ["https://a.test", "http://a.test"].map(|base_url| {
        let mut environment = vec![("DESCOPE_PROJECT_ID", ID), ("DESCOPE_BASE_URI", base_url)];
        if let Some((name, text)) = variable {
            environment.retain(|(other, _)| row_of(name).is_none_or(|row| !row.variables.contains(other)));
            environment.push((name, text));
        }
        let builder = ClientBuilder::default().environment(environment);
        let builder = match &given {
            Some((name, value)) => builder.set(name, value.clone()).unwrap(),
            None => builder,
        };
        match builder.config() {
            Ok(config) => Ok(everything(config)),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
                // An error about a variable begins with its name.
                let text = error.to_string();
                let prefix = variable.map(|(name, _)| format!("{name}: ")).unwrap_or_default();
                Err(text.strip_prefix(&prefix).unwrap_or(&text).to_owned())
            }
        }
    })
}

fn explicit(row: &Row<Kind>, value: impl Into<Value>) -> Effect {
    effect(Some((row.name, value.into())), None)
}

fn row_of(variable: &str) -> Option<&'static Row<Kind>> {
    OPTIONS.iter().find(|row| row.variables.contains(&variable))
}

/// Every setting of a client; a new one must be added here.
fn everything(config: Config) -> String {
    let Config {
        project_id,
        base_url,
        auth_management_key,
        public_key,
        timeout,
        connect_timeout,
        retries,
        retry_unknown,
        rotation,
        rotation_grace,
        shared_state,
        shared_state_key,
        leeway,
        audience,
        verify,
        max_token_bytes,
        session_cache,
        session_cookie_name,
        refresh_cookie_name,
        headers,
        proxy: Proxies { explicit, https, http, no_proxy },
        trust: _, // of `ca_file`, which no value but that of a file can set
    } = config;
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| (name, String::from_utf8_lossy(value.as_bytes()))).collect();
    let secrets = [auth_management_key, shared_state_key, explicit, https, http]
        .map(|secret| secret.map(|secret| secret.expose().to_owned()));
    let texts = (project_id, base_url, audience, session_cookie_name, refresh_cookie_name, no_proxy);
    let numbers = (timeout, connect_timeout, retries, rotation_grace, leeway, max_token_bytes, session_cache);
    let flags = (retry_unknown, rotation, verify, public_key.is_some());
    format!("{headers:?} {secrets:?} {texts:?} {shared_state:?} {numbers:?} {flags:?}")
}

/// The values to try for an option.
struct Values {
    /// Values at the bounds, which are accepted, except the default.
    accepted: Vec<Value>,
    /// Values beyond the bounds, and text that is not a value, which are refused.
    refused: Vec<Value>,
    /// A value of another type, which only an explicit value can be.
    of_another_type: Value,
    default: Option<Value>,
}

fn values(kind: Kind) -> Values {
    match kind {
        Kind::Count(Count { least, most, default }) => whole_numbers(least, most, default),
        Kind::WholeSeconds(WholeSeconds { least, most, default }) => whole_numbers(least, most, default),
        Kind::Seconds(Seconds { most, default }) => Values {
            accepted: [1e-9, most].map(Value::from).to_vec(),
            refused: [0.0, -1.0, most + 1e-6, f64::INFINITY, f64::NAN].map(Value::from).to_vec(),
            of_another_type: true.into(),
            default: Some(default.into()),
        },
        Kind::Flag(Flag { default }) => Values {
            accepted: vec![(!default).into()],
            refused: vec!["sometimes".into()],
            of_another_type: 1.into(),
            default: Some(default.into()),
        },
        Kind::Texts(_) => Values {
            accepted: vec![Value::Object([("x-team".to_owned(), "a".into())].into())],
            refused: Vec::new(),
            of_another_type: "a".into(),
            default: Some(Value::Object([].into())),
        },
        // Other tests check their form.
        Kind::Text(_) | Kind::Path(_) => {
            Values { accepted: Vec::new(), refused: Vec::new(), of_another_type: 7.into(), default: None }
        }
    }
}

fn whole_numbers(least: u64, most: u64, default: u64) -> Values {
    let [least, most, default] = [least, most, default].map(|number| i64::try_from(number).unwrap());
    Values {
        accepted: [least, most].into_iter().filter(|bound| *bound != default).map(Value::from).collect(),
        refused: vec![(least - 1).into(), (most + 1).into(), 1.5.into(), "many".into()],
        of_another_type: true.into(),
        default: Some(default.into()),
    }
}

/// The text of a value in a variable.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string(other).unwrap(),
    }
}

#[test]
fn every_default_equals_the_absent_option() {
    for row in OPTIONS {
        if let Some(default) = values(row.kind).default {
            assert_eq!(explicit(row, default), effect(None, None), "{}", row.name);
        }
    }
}

#[test]
fn every_bound_is_accepted_and_makes_a_difference() {
    for row in OPTIONS {
        for value in values(row.kind).accepted {
            let of_value = explicit(row, value.clone());
            assert!(of_value.iter().any(Result::is_ok), "{} {value:?}: {of_value:?}", row.name);
            assert_ne!(of_value, effect(None, None), "{} {value:?}", row.name);
        }
    }
}

#[test]
fn a_value_beyond_a_bound_or_of_another_type_is_refused_in_the_words_of_the_row() {
    for row in OPTIONS {
        let Values { refused, of_another_type, .. } = values(row.kind);
        for value in refused.into_iter().chain([of_another_type]) {
            let [Err(error), _] = explicit(row, value.clone()) else { panic!("{} takes {value:?}", row.name) };
            assert!(error.starts_with(&format!("{} must be {};", row.name, row.kind)), "{value:?}: {error}");
        }
    }
}

#[test]
fn every_variable_is_read_like_its_option() {
    for row in OPTIONS {
        let Values { mut accepted, refused, .. } = values(row.kind);
        accepted.extend(refused);
        if accepted.is_empty() {
            // A text that some options take and others refuse; it has an effect on each.
            accepted.push("\u{1}".into());
        }
        for variable in row.variables {
            for value in &accepted {
                let of_variable = effect(None, Some((variable, &text(value))));
                assert_eq!(of_variable, explicit(row, value.clone()), "{variable}={value:?}");
                assert_ne!(of_variable, effect(None, None), "{variable}={value:?}");
            }
        }
    }
}

#[test]
fn names_and_variables_are_unique() {
    let mut names: Vec<&str> = OPTIONS.iter().flat_map(|row| row.variables.iter().copied().chain([row.name])).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn every_row_is_documented_in_sentences() {
    for row in OPTIONS {
        assert!(row.summary.ends_with('.') && !row.summary.contains(". "), "{}: {}", row.name, row.summary);
        assert!(row.details.is_empty() || row.details.ends_with('.'), "{}: {}", row.name, row.details);
    }
}
