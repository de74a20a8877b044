//! Tokens and the keys that they are verified with.

pub(crate) mod jwk;
#[allow(clippy::arithmetic_side_effects, reason = "its times are constants and checked options")]
pub(crate) mod jwks_cache;
pub(crate) mod verified_tokens;
pub(crate) mod verify;
