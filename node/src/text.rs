//! Text on its way to JavaScript.

use napi::bindgen_prelude::{ToNapiValue, TypeName, ValidateNapiValue};
use napi::{Result, ValueType, check_status, sys};

/// Text that is mostly ASCII, as JSON with tokens is. The engine copies it as it is when it is told so, and would otherwise
/// decode it.
pub struct Text(pub(crate) String);

impl ToNapiValue for Text {
    unsafe fn to_napi_value(env: sys::napi_env, Self(text): Self) -> Result<sys::napi_value> {
        if !text.is_ascii() {
            // SAFETY: the environment is the caller's.
            return unsafe { String::to_napi_value(env, text) };
        }
        let mut value = std::ptr::null_mut();
        // SAFETY: the environment is the caller's, the pointer is to as many bytes as the length says, and the engine copies them.
        check_status!(unsafe {
            sys::napi_create_string_latin1(env, text.as_ptr().cast(), text.len().cast_signed(), &mut value)
        })?;
        Ok(value)
    }
}

impl TypeName for Text {
    fn type_name() -> &'static str {
        "string"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl ValidateNapiValue for Text {}
