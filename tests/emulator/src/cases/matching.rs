//! Compares a request with what a case expects.

use http::header::{AUTHORIZATION, COOKIE};
use serde_json::Value;

use super::format::Expected;
use crate::connection::request::Request;

impl Expected {
    /// Whether the request belongs to this expectation.
    pub(super) fn is_for(&self, method: &str, path: &str) -> bool {
        self.method.eq_ignore_ascii_case(method) && self.path == path
    }

    /// All differences between the request and the expectation, as sentences without tokens.
    pub(super) fn differences(&self, request: &Request) -> Vec<String> {
        let mut problems = Vec::new();
        self.compare_query(request, &mut problems);
        self.compare_headers(request, &mut problems);
        self.compare_body(request, &mut problems);
        problems
    }

    fn compare_query(&self, request: &Request, problems: &mut Vec<String>) {
        let mut seen = request.query();
        seen.sort();
        let expected: Vec<(String, String)> =
            self.query.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        if seen != expected {
            let names =
                |pairs: &[(String, String)]| pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>().join(", ");
            problems.push(format!(
                "the query has [{}] and should have [{}], with equal values",
                names(&seen),
                names(&expected)
            ));
        }
    }

    fn compare_headers(&self, request: &Request, problems: &mut Vec<String>) {
        let headers = request.headers();
        for (name, expected) in &self.headers {
            let mut values = headers.get_all(name.as_str()).into_iter();
            let (value, second) = (values.next(), values.next());
            match (expected, value) {
                (Value::Null, Some(_)) => problems.push(format!("the header \"{name}\" must not be there")),
                (Value::Null, None) => {}
                (_, None) => problems.push(format!("the header \"{name}\" is missing")),
                (Value::String(expected), Some(value)) => {
                    if second.is_some() {
                        problems.push(format!("the header \"{name}\" came more than once"));
                    } else if value.as_bytes() != expected.as_bytes() {
                        let detail = if AUTHORIZATION.as_str().eq_ignore_ascii_case(name) {
                            let parts = |text: &[u8]| text.split(|&byte| byte == b':').count();
                            format!("{} parts, expected {}", parts(value.as_bytes()), parts(expected.as_bytes()))
                        } else {
                            format!("\"{}\", expected \"{expected}\"", String::from_utf8_lossy(value.as_bytes()))
                        };
                        problems.push(format!("the header \"{name}\" is not as expected ({detail})"));
                    }
                }
                _ => {}
            }
        }
        let names_cookie = self.headers.keys().any(|name| name.eq_ignore_ascii_case(COOKIE.as_str()));
        if headers.contains_key(COOKIE) && !names_cookie {
            problems.push("a \"cookie\" header came".to_owned());
        }
        if headers.get_all(AUTHORIZATION).into_iter().count() > 1 {
            problems.push("more than one \"authorization\" header came".to_owned());
        }
    }

    fn compare_body(&self, request: &Request, problems: &mut Vec<String>) {
        let body = &request.body;
        match &self.body {
            Value::Null if body.is_empty() => {}
            Value::Null => problems.push(format!("a body of {} bytes came where none is due", body.len())),
            expected if expected.get("$present") == Some(&Value::Bool(true)) => {
                if body.is_empty() {
                    problems.push("the body is missing".to_owned());
                }
            }
            expected => match serde_json::from_slice::<Value>(body) {
                Ok(seen) if seen == *expected => {}
                Ok(seen) => problems.push(format!("the body is not as expected: {}", difference(&seen, expected))),
                Err(error) => problems.push(format!("the body is not JSON: {error}")),
            },
        }
    }
}

/// Where two JSON values differ first, without showing long texts, which may be tokens.
fn difference(seen: &Value, expected: &Value) -> String {
    if let (Value::Object(seen), Value::Object(expected)) = (seen, expected) {
        let extra = seen.keys().find(|name| !expected.contains_key(*name));
        let missing = expected.keys().find(|name| !seen.contains_key(*name));
        if let Some(name) = extra {
            return format!("\"{name}\" is too much");
        }
        if let Some(name) = missing {
            return format!("\"{name}\" is missing");
        }
        let other = seen.iter().find_map(|(name, value)| {
            expected.get(name).filter(|wanted| *wanted != value).map(|wanted| (name, value, wanted))
        });
        if let Some((name, value, wanted)) = other {
            return format!("\"{name}\": {}", difference(value, wanted));
        }
    }
    let short = |value: &Value| {
        let text = value.to_string();
        if text.len() <= 80 { text } else { format!("{} bytes of JSON", text.len()) }
    };
    format!("{} instead of {}", short(seen), short(expected))
}
