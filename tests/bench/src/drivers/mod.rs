//! The drivers in Rust: what each does with a plan.

mod batches;
pub(crate) mod core;
pub(crate) mod floor;
pub(crate) mod incoming;
mod load;
mod response;
mod signature;
pub(crate) mod tenants;
pub(crate) mod usage;
pub(crate) mod validation;
