//! Requests and responses: one call with its attempts, decisions and retries. The rest of the core gets bytes and errors.

mod body;
#[allow(clippy::arithmetic_side_effects, reason = "its times are constants and checked options")]
pub(crate) mod deadline;
pub(crate) mod decode;
mod departure;
pub(crate) mod events;
pub(crate) mod execute;
mod members;
mod peer;
pub(crate) mod pending;
pub(crate) mod resolver;
pub(crate) mod tls;
pub(crate) mod transport;
