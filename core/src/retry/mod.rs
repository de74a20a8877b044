//! Whether a call is sent again, and when.
//!
//! These decisions use no I/O, no clock and no random numbers; they take them as arguments. `http::execute` carries them out.

pub(crate) mod backoff;
pub(crate) mod budget;
pub(crate) mod policy;
pub(crate) mod rate_limit;
