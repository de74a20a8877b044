//! Whether a call is sent again, and when.
//!
//! Pure decisions: no I/O, no clock and no randomness of their own. `http::execute` carries them out.

pub(crate) mod backoff;
pub(crate) mod budget;
pub(crate) mod policy;
pub(crate) mod rate_limit;
