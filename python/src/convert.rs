//! Converts values between Python and the core without changing them.
//!
//! One serde serializer makes Python objects of everything that the core can serialise, so that `to_dict()` has the wire
//! format of the core, and user data (custom attributes, claims) keeps its keys and numbers. (The crate `pythonize` does
//! the same, but has no release for this version of pyo3.)

use std::fmt;

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString};
use serde::ser::{self, Serialize};
use tenant_select::{ClientBuilder, OptionType, Value};

use crate::error::Refused;
use crate::runtime;

/// The Python object for anything that the core can serialise.
pub(crate) fn to_py<'py>(py: Python<'py>, value: &(impl Serialize + ?Sized)) -> PyResult<Bound<'py, PyAny>> {
    value.serialize(ToPython(py)).map_err(|Fault(error)| error)
}

/// A string argument. It is refused when it cannot be UTF-8, because it contains lone surrogates.
pub(crate) fn text(argument: &str, value: &Bound<'_, PyAny>) -> Result<String, Refused> {
    let Ok(text) = value.cast::<PyString>() else {
        let given = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("{argument} must be a str, not {given}")).into());
    };
    // The error of the conversion would quote the text.
    text.extract().map_err(|_| Refused::argument(argument, "holds a lone surrogate"))
}

/// The same for an optional string.
pub(crate) fn optional_text(argument: &str, value: Option<&Bound<'_, PyAny>>) -> Result<Option<String>, Refused> {
    value.map(|value| text(argument, value)).transpose()
}

/// Several strings from any iterable except a single string, which is almost always a mistake.
pub(crate) fn texts(argument: &str, value: &Bound<'_, PyAny>) -> Result<Vec<String>, Refused> {
    if value.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(format!("{argument} must be an iterable of str, not one str")).into());
    }
    runtime::python(value.py(), || value.try_iter()?.map(|item| text(argument, &item?)).collect())
}

/// Pairs of strings from any iterable.
pub(crate) fn pairs(argument: &str, value: &Bound<'_, PyAny>) -> Result<Vec<(String, String)>, Refused> {
    let pair = |item: Bound<'_, PyAny>| {
        let Ok((name, value)) = item.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>() else {
            return Err(PyTypeError::new_err(format!("{argument} must be pairs of str")).into());
        };
        Ok((text(argument, &name)?, text(argument, &value)?))
    };
    runtime::python(value.py(), || value.try_iter()?.map(|item| pair(item?)).collect())
}

/// A number of seconds. A number that is too large for a float becomes infinity, which the core refuses.
pub(crate) fn seconds(argument: &str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    number(argument, "a number", value, f64::INFINITY)
}

/// A count. A number that is too large for 64 bits becomes the largest one, which the core refuses.
pub(crate) fn count(argument: &str, value: &Bound<'_, PyAny>) -> PyResult<i64> {
    number(argument, "an int", value, i64::MAX)
}

fn number<'py, T>(argument: &str, expected: &str, value: &Bound<'py, PyAny>, beyond: T) -> PyResult<T>
where
    T: for<'a> FromPyObject<'a, 'py, Error = PyErr>,
{
    if value.is_instance_of::<PyBool>() {
        return Err(wrong_type(argument, expected, value));
    }
    let py = value.py();
    // A number class of the application runs its own code, whose exceptions are passed on.
    runtime::python(py, || value.extract::<T>()).or_else(|error: PyErr| match error {
        error if error.is_instance_of::<PyOverflowError>(py) => Ok(beyond),
        error if error.is_instance_of::<PyTypeError>(py) => Err(wrong_type(argument, expected, value)),
        error => Err(error),
    })
}

/// A boolean.
pub(crate) fn flag(argument: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    match value.cast::<PyBool>() {
        Ok(flag) => Ok(flag.is_true()),
        Err(_) => Err(wrong_type(argument, "a bool", value)),
    }
}

fn wrong_type(argument: &str, expected: &str, value: &Bound<'_, PyAny>) -> PyErr {
    match value.get_type().name() {
        Ok(given) => PyTypeError::new_err(format!("{argument} must be {expected}, not {given}")),
        Err(error) => error,
    }
}

/// The value of an option, converted to the type that the core's table has for it.
pub(crate) fn option(name: &str, value: &Bound<'_, PyAny>) -> Result<Value, Refused> {
    if value.is_none() {
        return Ok(Value::Null);
    }
    let known = ClientBuilder::options().find(|option| option.name() == name);
    match known.map(|option| option.value_type()) {
        Some(OptionType::Seconds) => Ok(Value::Float(seconds(name, value)?)),
        Some(OptionType::Count | OptionType::WholeSeconds) => Ok(Value::Integer(count(name, value)?.into())),
        Some(OptionType::Flag) => Ok(Value::Bool(flag(name, value)?)),
        Some(OptionType::Texts) => {
            let entries = texts_by_text(name, value)?.into_iter();
            Ok(Value::Object(entries.map(|(name, text)| (name, Value::String(text))).collect()))
        }
        _ => text(name, value).map(Value::String),
    }
}

/// The entries of a mapping of strings to strings, such as headers.
pub(crate) fn texts_by_text(argument: &str, value: &Bound<'_, PyAny>) -> Result<Vec<(String, String)>, Refused> {
    let Ok(mapping) = value.cast::<PyMapping>() else {
        return Err(wrong_type(argument, "a mapping", value).into());
    };
    let mut entries = Vec::new();
    // A mapping class of the application runs its own code.
    for item in runtime::python(value.py(), || mapping.items())?.iter() {
        let (key, item): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        if !(key.is_instance_of::<PyString>() && item.is_instance_of::<PyString>()) {
            let (key, item) = (key.get_type().name()?, item.get_type().name()?);
            return Err(PyTypeError::new_err(format!("{argument} must map str to str, not {key} to {item}")).into());
        }
        entries.push((text(argument, &key)?, text(argument, &item)?));
    }
    Ok(entries)
}

/// The nesting limit, which is that of the core's JSON reader.
const DEEPEST: usize = 127;

/// The JSON text of a dict from `to_dict()`. It is written here, because Python's `json` module runs Python code.
pub(crate) fn json_text(argument: &str, data: &Bound<'_, PyAny>) -> Result<String, Refused> {
    let mut text = String::new();
    write_json(argument, data, DEEPEST, &mut text)?;
    Ok(text)
}

fn write_json(argument: &str, value: &Bound<'_, PyAny>, deeper: usize, out: &mut String) -> Result<(), Refused> {
    let refused = |what| Err(Refused::argument(argument, what));
    let Some(deeper) = deeper.checked_sub(1) else { return refused("is nested too deep, or holds itself") };
    if value.is_none() {
        out.push_str("null");
    } else if let Ok(flag) = value.cast::<PyBool>() {
        out.push_str(if flag.is_true() { "true" } else { "false" });
    } else if value.is_instance_of::<PyInt>() {
        match value.extract::<i128>() {
            Ok(integer) => out.push_str(&integer.to_string()),
            Err(_) => return refused("holds an integer that is too large"),
        }
    } else if value.is_instance_of::<PyFloat>() {
        let float: f64 = value.extract()?;
        if !float.is_finite() {
            return refused("holds a number that JSON does not have");
        }
        out.push_str(&quoted(&float));
    } else if value.is_instance_of::<PyString>() {
        out.push_str(&quoted(&text(argument, value)?));
    } else if let Ok(entries) = value.cast::<PyDict>() {
        out.push('{');
        for (number, entry) in entries.items().iter().enumerate() {
            let (key, item): (Bound<'_, PyAny>, Bound<'_, PyAny>) = entry.extract()?;
            if !key.is_instance_of::<PyString>() {
                return refused("has a key that is no str");
            }
            out.push_str(if number > 0 { "," } else { "" });
            out.push_str(&quoted(&text(argument, &key)?));
            out.push(':');
            write_json(argument, &item, deeper, out)?;
        }
        out.push('}');
    } else if let Ok(items) = value.cast::<PyList>() {
        out.push('[');
        for (number, item) in items.to_tuple().iter().enumerate() {
            out.push_str(if number > 0 { "," } else { "" });
            write_json(argument, &item, deeper, out)?;
        }
        out.push(']');
    } else {
        return refused("holds something that JSON does not have");
    }
    Ok(())
}

/// Serialises strings and finite numbers, which cannot fail.
fn quoted(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The serializer: each value becomes the corresponding Python object.
#[derive(Clone, Copy)]
struct ToPython<'py>(Python<'py>);

#[derive(Debug)]
struct Fault(PyErr);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Fault {}

impl ser::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(PyTypeError::new_err(message.to_string()))
    }
}

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Self {
        Self(error)
    }
}

type Made<'py> = Result<Bound<'py, PyAny>, Fault>;

macro_rules! plain {
    ($($method:ident: $type:ty),+ $(,)?) => {$(
        fn $method(self, value: $type) -> Made<'py> {
            value.into_pyobject(self.0).map(|object| object.to_owned().into_any()).map_err(|error| Fault(error.into()))
        }
    )+};
}

impl<'py> ser::Serializer for ToPython<'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Fault;
    type SerializeSeq = Items<'py>;
    type SerializeTuple = Items<'py>;
    type SerializeTupleStruct = Items<'py>;
    type SerializeTupleVariant = ser::Impossible<Bound<'py, PyAny>, Fault>;
    type SerializeMap = Entries<'py>;
    type SerializeStruct = Entries<'py>;
    type SerializeStructVariant = ser::Impossible<Bound<'py, PyAny>, Fault>;

    plain! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_u128: u128, serialize_f32: f32, serialize_f64: f64, serialize_char: char, serialize_str: &str,
        serialize_bytes: &[u8],
    }

    fn serialize_none(self) -> Made<'py> {
        Ok(self.0.None().into_bound(self.0))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Made<'py> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Made<'py> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Made<'py> {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Made<'py> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Made<'py> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Made<'py> {
        let entries = PyDict::new(self.0);
        entries.set_item(variant, value.serialize(self)?)?;
        Ok(entries.into_any())
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Items<'py>, Fault> {
        Ok(Items(PyList::empty(self.0)))
    }

    fn serialize_tuple(self, length: usize) -> Result<Items<'py>, Fault> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _name: &'static str, length: usize) -> Result<Items<'py>, Fault> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, Fault> {
        Err(ser::Error::custom("no model has tuple variants"))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Entries<'py>, Fault> {
        Ok(Entries { object: PyDict::new(self.0), key: None })
    }

    fn serialize_struct(self, _name: &'static str, length: usize) -> Result<Entries<'py>, Fault> {
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant, Fault> {
        Err(ser::Error::custom("no model has struct variants"))
    }
}

struct Items<'py>(Bound<'py, PyList>);

impl<'py> ser::SerializeSeq for Items<'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        Ok(self.0.append(value.serialize(ToPython(self.0.py()))?)?)
    }

    fn end(self) -> Made<'py> {
        Ok(self.0.into_any())
    }
}

impl<'py> ser::SerializeTuple for Items<'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        ser::SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Made<'py> {
        ser::SerializeSeq::end(self)
    }
}

impl<'py> ser::SerializeTupleStruct for Items<'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        ser::SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Made<'py> {
        ser::SerializeSeq::end(self)
    }
}

struct Entries<'py> {
    object: Bound<'py, PyDict>,
    key: Option<Bound<'py, PyAny>>,
}

impl<'py> ser::SerializeMap for Entries<'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        self.key = Some(key.serialize(ToPython(self.object.py()))?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        let Some(key) = self.key.take() else { return Err(ser::Error::custom("a value without a key")) };
        Ok(self.object.set_item(key, value.serialize(ToPython(self.object.py()))?)?)
    }

    fn end(self) -> Made<'py> {
        Ok(self.object.into_any())
    }
}

impl<'py> ser::SerializeStruct for Entries<'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Fault> {
        Ok(self.object.set_item(key, value.serialize(ToPython(self.object.py()))?)?)
    }

    fn end(self) -> Made<'py> {
        Ok(self.object.into_any())
    }
}
