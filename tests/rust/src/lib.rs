//! The Rust runner of the contract cases in `tests/cases`: each case is performed through the public surface of the client,
//! against the emulator, and its complete result is compared with what the case expects.
//!
//! The same files are run from Python and Node. What they say, and what each runner has to do, is in `tests/README.md`.

#![forbid(unsafe_code)]

mod authenticate;
mod canonical;
mod case;
mod client;
mod difference;
pub mod fixture;
mod names;
mod operation;
pub mod redis;
mod run;

use std::path::PathBuf;

pub use case::{Case, files, ids};
pub use difference::differences;
pub use names::{ErrorNames, FieldNames, ModelNames, Names, OperationNames, OptionNames};
pub use run::run;

/// Where the cases, their schema and the name table are.
#[must_use]
pub fn contract_directory() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
