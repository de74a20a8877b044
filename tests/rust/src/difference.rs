//! Where two JSON values differ, as readable lines.

use serde_json::Value;

/// Every place in which `actual` is not `expected`, one line each.
#[must_use]
pub fn differences(path: &str, expected: &Value, actual: &Value) -> Vec<String> {
    match (expected, actual) {
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
}
