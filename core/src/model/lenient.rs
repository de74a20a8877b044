//! Deserialisers for values that arrive in more than one JSON form.

use std::fmt;

use serde::de::{Deserializer, Error, Unexpected, Visitor};

/// A 64-bit integer, also as an integral float or a numeric string, which some JSON writers produce.
pub(super) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    deserializer.deserialize_any(IntegerVisitor)
}

/// The latest time that is read from the wire, in seconds since 1970; its negation is the earliest. Up to here every
/// language represents every integer exactly, and the current time can be added without an overflow.
pub(crate) const LATEST: i64 = (1 << 53) - 1;

/// The longest age, in seconds: 68 years.
const LONGEST: i64 = i32::MAX as i64;

pub(crate) fn clamped(number: i64, limit: i64) -> i64 {
    number.clamp(limit.saturating_neg(), limit)
}

/// A time in seconds since 1970, clamped to the integers that every language can represent.
pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(integer(deserializer)?.map(|seconds| clamped(seconds, LATEST)))
}

/// A number of seconds, clamped to 68 years in either direction.
pub(super) fn age<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(integer(deserializer)?.map(|seconds| clamped(seconds, LONGEST)))
}

/// A token: missing, `null` and `""` all mean that there is none.
pub(super) fn token<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: From<String>,
{
    let text: Option<String> = serde::Deserialize::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()).map(T::from))
}

struct IntegerVisitor;

impl<'de> Visitor<'de> for IntegerVisitor {
    type Value = Option<i64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a 64-bit integer")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        integer(deserializer)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        i64::try_from(value).map(Some).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        // 2^63 is exactly representable, so this bound is exact, and NaN fails it.
        const LIMIT: f64 = 9_223_372_036_854_775_808.0;
        if value.fract() == 0.0 && (-LIMIT..LIMIT).contains(&value) {
            #[allow(clippy::cast_possible_truncation)]
            return Ok(Some(value as i64));
        }
        Err(E::invalid_value(Unexpected::Float(value), &self))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        // The message does not contain the text, which may be user data.
        value.parse().map(Some).map_err(|_| E::invalid_value(Unexpected::Other("a string that is no integer"), &self))
    }
}
