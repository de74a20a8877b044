//! The limit on requests.

use serde::{Deserialize, Serialize};

/// A limit on requests, counted in fixed windows of the emulator's clock over all clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RateLimit {
    /// The number of requests that a window allows.
    pub limit: u32,
    /// The length of a window in seconds, at least 1.
    pub window_seconds: u32,
    /// The form of `Retry-After`. Default seconds.
    #[serde(default)]
    pub retry_after: RetryAfter,
    /// Only paths that start with this are counted. Default `/v1/`, so that key sets are not counted.
    #[serde(default = "RateLimit::default_path_prefix")]
    pub path_prefix: String,
}

impl RateLimit {
    /// A limit of `limit` requests in `window_seconds` on the `/v1/` paths.
    #[must_use]
    pub fn new(limit: u32, window_seconds: u32) -> Self {
        Self { limit, window_seconds, retry_after: RetryAfter::Seconds, path_prefix: Self::default_path_prefix() }
    }

    fn default_path_prefix() -> String {
        "/v1/".to_owned()
    }
}

/// The form of `Retry-After` (RFC 9110 section 10.2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RetryAfter {
    /// A number of seconds.
    #[default]
    Seconds,
    /// An HTTP date.
    Date,
    /// No header at all.
    None,
}
