//! Reads a few members of a JSON object, and checks the others without keeping them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::value::{Level, Object};

/// The members of an object that have one of these names.
///
/// The text is good or bad as it is for [`Value`](super::Value): every name of an object may occur once, and nesting has a limit. `None` for a
/// bad text, and for one that is not an object.
pub(crate) fn members(json: &[u8], names: &[&str]) -> Option<Object> {
    // Of a text, the reader need not check each string again; and JSON is one (RFC 8259 §8.1).
    let mut json = serde_json::Deserializer::from_str(std::str::from_utf8(json).ok()?);
    let found = Wanted(names).deserialize(&mut json).ok()?;
    json.end().ok()?;
    Some(found)
}

/// Reads an object, and keeps the members with these names.
struct Wanted<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for Wanted<'_> {
    type Value = Object;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Object, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut found = Object::new();
        let mut names = Names::default();
        while let Some(Name(name)) = map.next_key()? {
            let level = Level::default().deeper()?;
            if self.0.contains(&&*name) {
                found.insert(name.clone().into_owned(), map.next_value_seed(level.value())?);
            } else {
                map.next_value_seed(Checked(level))?;
            }
            names.0.push(name);
        }
        names.check()?;
        Ok(found)
    }
}

/// Checks a value of any kind.
#[derive(Clone, Copy)]
struct Checked(Level);

impl<'de> DeserializeSeed<'de> for Checked {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Checked {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let inner = Self(self.0.deeper()?);
        while seq.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = Names::default();
        while let Some(Name(name)) = map.next_key()? {
            map.next_value_seed(Self(self.0.deeper()?))?;
            names.0.push(name);
        }
        names.check()
    }
}

/// The names of an object's members.
#[derive(Default)]
struct Names<'de>(Vec<Cow<'de, str>>);

impl Names<'_> {
    /// Refuses a name that occurs twice.
    fn check<E: serde::de::Error>(mut self) -> Result<(), E> {
        self.0.sort_unstable();
        let twice = self.0.windows(2).any(|pair| matches!(pair, [one, other] if one == other));
        if twice { Err(E::custom("a key appears twice")) } else { Ok(()) }
    }
}

/// The name of a member, borrowed from the text where it has no escapes.
struct Name<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Value;

    /// What a reader of the whole text would give.
    fn whole(json: &[u8], names: &[&str]) -> Option<Object> {
        match serde_json::from_slice(json) {
            Ok(Value::Object(mut object)) => {
                object.retain(|name, _| names.contains(&name.as_str()));
                Some(object)
            }
            _ => None,
        }
    }

    fn check(json: &str) {
        let names = ["a", "é", ""];
        assert_eq!(members(json.as_bytes(), &names), whole(json.as_bytes(), &names), "{json}");
    }

    #[test]
    fn a_text_is_good_or_bad_as_it_is_as_a_whole() {
        let nested = |depth: usize| format!("{{\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        for depth in 28..36 {
            check(&nested(depth));
            check(&nested(depth).replace('x', "a"));
        }
        for json in [
            r#"{"a":1,"b":{"c":[1.5,null,true,"x"]},"é":"y"}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"b":1,"\u0062":2}"#,
            r#"{"b":{"c":1,"d":2,"c":3}}"#,
            r#"{"b":[{"c":1,"c":1}]}"#,
            r#"{"\u00e9":1}"#,
            r#"{"":1}"#,
            r#"{"b":"\ud800"}"#,
            r#"{"b":1e999}"#,
            r#"{"b":123456789012345678901234567890}"#,
            r#"{"a":1}x"#,
            r#"{"a":1,}"#,
            r#"{"a"}"#,
            "[]",
            "1",
            "",
            " {} ",
        ] {
            check(json);
        }
    }

    proptest! {
        #[test]
        fn any_text_of_json_characters_is_read_alike(json in r#"\{("(a|b|é|)":(1|"x"|\{"c":2\}|\[\]),?){0,4}\}"#) {
            check(&json);
        }
    }
}
