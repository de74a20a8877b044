//! The addon behind the npm package: arguments in, futures to the runtime, results and errors out as data.
//!
//! Private to the TypeScript facade beside it, which has the same version. Decisions are the core's; the names, types and
//! classes that a user sees are in `lib/`.

// Public because what JavaScript reaches is public; no Rust code can link a `cdylib`.
mod authentication;
pub mod authenticator;
pub mod client;
pub mod error;
pub mod incoming;
pub mod options;
pub mod pending;
mod promises;
pub mod result;
pub mod runtime;
pub mod switches;
#[cfg(debug_assertions)]
pub mod testing;
pub mod text;
mod view;
mod wake_up;
pub mod warnings;
mod workers;

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;
use tenant_select::{ErrorKind, Outcome, RefusalCode, binding};

/// Prepares the environment that loads the addon.
#[napi(module_exports, catch_unwind)]
pub fn load(_: Object, env: Env) -> Result<()> {
    runtime::prepare(&env)
}

/// The version of this addon, which must be that of the facade.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// The code of every kind of error, for the test of the facade's table.
#[napi(catch_unwind)]
pub fn error_codes() -> Vec<&'static str> {
    ErrorKind::ALL.iter().map(|kind| kind.code()).collect()
}

/// The name of every attribute of an error in the spelling of the core, for the test of the facade's classes.
#[napi(catch_unwind)]
pub fn error_attributes() -> Vec<&'static str> {
    binding::attribute_names().collect()
}

/// The code of every refusal, for the test of the facade's type.
#[napi(catch_unwind)]
pub fn refusal_codes() -> Vec<&'static str> {
    RefusalCode::ALL.iter().map(|code| code.as_str()).collect()
}

/// The name of every outcome, for the test of the facade's type.
#[napi(catch_unwind)]
pub fn outcomes() -> Vec<&'static str> {
    Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect()
}
