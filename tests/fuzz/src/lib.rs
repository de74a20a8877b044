//! The fuzz targets. Each takes any bytes and panics when the client or the emulator breaks a promise about them; to return
//! is to pass. They use nothing but the public interface.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod exchange;
mod secrecy;
mod signer;
mod targets;

pub use targets::{TARGETS, Target, target};
