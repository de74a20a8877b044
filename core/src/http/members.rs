//! Reads single strings from a JSON object that cannot be read as a whole.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroize;

/// Returns the strings of the members with these names, in the order of the names; `None` for a member that is missing,
/// empty or not a string.
///
/// The other members may be anything: numbers out of range, lone surrogates, invalid UTF-8, any depth. When the
/// text is not JSON from some point on, the members before that point still count. When a name occurs twice, the last
/// string counts.
pub(crate) fn texts<const N: usize>(json: &[u8], names: [&str; N]) -> [Option<String>; N] {
    let mut found = [const { None }; N];
    let scan = Scan { names: &names, found: &mut found };
    let text = String::from_utf8_lossy(json);
    // An error ends the scan; the members found before it stay.
    let _ = scan.deserialize(&mut serde_json::Deserializer::from_str(&text));
    if let Cow::Owned(mut copy) = text {
        // A string that is not UTF-8 is ignored.
        for text in &mut found {
            text.take_if(|text| text.contains(char::REPLACEMENT_CHARACTER));
        }
        copy.zeroize();
    }
    found
}

/// Reads an object and keeps the requested texts.
struct Scan<'a> {
    names: &'a [&'a str],
    found: &'a mut [Option<String>],
}

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(place) = map.next_key_seed(Name(self.names))? {
            match place.and_then(|place| self.found.get_mut(place)) {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some(found) => {
                    // Read as raw JSON first, so that an invalid value does not end the scan.
                    let raw: &RawValue = map.next_value()?;
                    if let Some(text) = serde_json::from_str(raw.get()).ok().filter(|text: &String| !text.is_empty()) {
                        *found = Some(text);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The position of a name in the list of requested names. Read as bytes, because a name with a lone surrogate is not a string.
struct Name<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_bytes<E: Error>(self, name: &[u8]) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|known| known.as_bytes() == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two tokens, with this between them.
    fn tokens(between: &[u8]) -> [Option<String>; 2] {
        let json = [br#"{"sessionJwt": "a.b.c", "#.as_slice(), between, br#", "refreshJwt": "d.e.f"}"#].concat();
        texts(&json, ["sessionJwt", "refreshJwt"])
    }

    #[test]
    fn an_invalid_member_does_not_affect_others() {
        let deep = format!(r#""x": {}{}"#, "[".repeat(100_000), "]".repeat(100_000));
        let between: [&[u8]; 9] = [
            br#""x": 1e400"#,
            br#""x": -1e99999999999999999999"#,
            br#""x": "\ud800""#,
            br#""\ud800": 1"#,
            b"\"x\": \"\xff\xfe\"",
            b"\"\xff\": {\"\xff\": 1}",
            br#""x": {"y": 1, "y": 2}, "x": 2"#,
            br#""x": {"sessionJwt": "nested", "refreshJwt": "nested"}"#,
            deep.as_bytes(),
        ];
        for between in between {
            let expected = ["a.b.c", "d.e.f"].map(|text| Some(text.to_owned()));
            assert_eq!(tokens(between), expected, "{}", String::from_utf8_lossy(&between[..between.len().min(40)]));
        }
    }

    #[test]
    fn an_invalid_token_does_not_affect_the_other_one() {
        let values: [&[u8]; 7] = [b"1e400", br#""\ud800""#, b"\"\xff\"", b"[[[]]]", b"null", br#""""#, b"{}"];
        for value in values {
            let json = [br#"{"sessionJwt": "#.as_slice(), value, br#", "refreshJwt": "d.e.f"}"#].concat();
            let found = texts(&json, ["sessionJwt", "refreshJwt"]);
            assert_eq!(found, [None, Some("d.e.f".to_owned())], "{}", String::from_utf8_lossy(value));
        }
    }

    #[test]
    fn members_before_invalid_json_are_read() {
        for end in ["", ", ", r#", "user": {"na"#, ", }", "} trailing", r#", "x": tru"#] {
            let json = format!(r#"{{"sessionJwt": "a.b.c"{end}"#);
            assert_eq!(texts(json.as_bytes(), ["sessionJwt"]), [Some("a.b.c".to_owned())], "{end}");
        }
        for none in ["", "<html>", "[]", r#"["sessionJwt"]"#, "7", r#"{"sessionJwt": "a.b"#] {
            assert_eq!(texts(none.as_bytes(), ["sessionJwt"]), [None], "{none}");
        }
    }
}
