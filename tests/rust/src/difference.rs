//! Where two JSON values differ, as readable lines.

use serde_json::{Map, Number, Value};

/// Every place in which `actual` is not `expected`, one line each.
#[must_use]
pub fn differences(path: &str, expected: &Value, actual: &Value) -> Vec<String> {
    match (expected, actual) {
        (Value::Object(wanted), Value::Number(seen)) if is_near(wanted, seen) => Vec::new(),
        (Value::Object(wanted), Value::Object(seen)) => {
            let missing = wanted.iter().filter(|(name, _)| !seen.contains_key(*name));
            let missing = missing.map(|(name, value)| format!("{path}.{name}: missing, expected {}", short(value)));
            let extra = seen.iter().filter(|(name, _)| !wanted.contains_key(*name));
            let extra = extra.map(|(name, value)| format!("{path}.{name}: not expected, but is {}", short(value)));
            let both = wanted.iter().filter_map(|(name, value)| Some((name, value, seen.get(name)?)));
            let both = both.flat_map(|(name, value, seen)| differences(&format!("{path}.{name}"), value, seen));
            missing.chain(extra).chain(both).collect()
        }
        (Value::Array(wanted), Value::Array(seen)) if wanted.len() == seen.len() => {
            let pairs = wanted.iter().zip(seen).enumerate();
            pairs.flat_map(|(index, (value, seen))| differences(&format!("{path}[{index}]"), value, seen)).collect()
        }
        _ if expected == actual => Vec::new(),
        _ => vec![format!("{path}: {}, expected {}", short(actual), short(expected))],
    }
}

/// Whether the expectation is `{"$near": number}`, and the number that is seen is at most [`NEAR`] away.
fn is_near(wanted: &Map<String, Value>, seen: &Number) -> bool {
    let near = wanted.get("$near").and_then(Value::as_i64).filter(|_| wanted.len() == 1);
    near.zip(seen.as_i64()).is_some_and(|(near, seen)| near.abs_diff(seen) <= NEAR)
}

/// How far a number that follows from two clocks may be from what is expected: a busy machine takes its time.
const NEAR: u64 = 30;

/// Long texts, which may be tokens, by their ends and length.
fn short(value: &Value) -> String {
    let text = value.to_string();
    let length = text.chars().count();
    if length <= 200 {
        return text;
    }
    let (head, tail): (String, String) = (text.chars().take(60).collect(), text.chars().skip(length - 60).collect());
    format!("{head} … {tail} ({length} characters)")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_difference_is_named_with_its_place() {
        let expected = json!({"a": 1, "b": {"c": [true, null]}, "d": "x", "list": [1]});
        assert!(differences("value", &expected, &expected).is_empty());
        let actual = json!({"a": 1.0, "b": {"c": [true, {}]}, "e": null, "list": [1, 2]});
        assert_eq!(
            differences("value", &expected, &actual),
            [
                "value.d: missing, expected \"x\"",
                "value.e: not expected, but is null",
                "value.a: 1.0, expected 1",
                "value.b.c[1]: {}, expected null",
                "value.list: [1,2], expected [1]",
            ]
        );
    }

    #[test]
    fn a_number_may_be_near() {
        let near = json!({"$near": 100});
        for seen in [json!(70), json!(100), json!(130)] {
            assert!(differences("value", &near, &seen).is_empty(), "{seen}");
        }
        for seen in [json!(69), json!(131), json!(100.0), json!(null), json!("100")] {
            assert_eq!(differences("value", &near, &seen).len(), 1, "{seen}");
        }
    }
}
