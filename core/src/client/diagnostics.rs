//! Counters of what a client does besides its calls, for metrics.

use serde::Serialize;

use crate::client::Client;
use crate::jwt::verified_tokens::Counts;

/// Counters at one moment. Clients of one process with the same base URL and project share those of refresh tokens, if they
/// remember successors.
///
/// Serialising gives camelCase names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Diagnostics {
    /// Refresh tokens that are remembered as superseded now.
    pub superseded_tokens: u64,
    /// Superseded refresh tokens that were forgotten within the [rotation grace](crate::ClientBuilder::rotation_grace),
    /// because what is remembered would take more than 64 MiB. A call that presents one of them is sent with it.
    pub evicted_tokens: u64,
    /// Verified session tokens that this client keeps now, in its [`session_cache`](crate::ClientBuilder::session_cache).
    pub cached_sessions: u64,
    /// Validations by this client that found their token in the cache.
    pub session_cache_hits: u64,
    /// Validations by this client that verified their token because it was not in the cache, or no longer good. 0 without a
    /// cache.
    pub session_cache_misses: u64,
    /// Commands to the Redis of the client's [`shared_state`](crate::ClientBuilder::shared_state) that failed, or had no response
    /// within 100 ms. After one, calls go on without it for a while, which is not counted here.
    pub shared_state_failures: u64,
    /// Exchanges of this client for which other processes did not wait: sent while the Redis of the
    /// [`shared_state`](crate::ClientBuilder::shared_state) could not be used, or so late that their lock had expired.
    pub unordered_exchanges: u64,
}

impl Client {
    /// Counters of what the client remembers; all 0 once it is closed.
    ///
    /// ```
    /// let client = tenant_select::Client::new("P2abcdefghijklmnopqrstuvwxyz")?;
    /// assert_eq!(client.diagnostics().evicted_tokens, 0);
    /// # Ok::<(), tenant_select::Error>(())
    /// ```
    pub fn diagnostics(&self) -> Diagnostics {
        let Some(rotation) = self.inner.rotation() else { return Diagnostics::default() };
        let (superseded, evicted) = rotation.counts();
        let Counts { entries, hits, misses } = self.inner.verified_token_counts();
        let shared_state = self.inner.shared_state_counts();
        Diagnostics {
            shared_state_failures: shared_state.failures,
            unordered_exchanges: shared_state.unordered,
            superseded_tokens: u64::try_from(superseded).unwrap_or(u64::MAX),
            evicted_tokens: evicted,
            cached_sessions: entries,
            session_cache_hits: hits,
            session_cache_misses: misses,
        }
    }
}
