//! Counters of what a client does besides its calls, for metrics.

use serde::Serialize;

use crate::client::Client;

/// Counters at one moment. Clients of one process with the same base URL and project share them, if they remember successors.
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
        Diagnostics { superseded_tokens: u64::try_from(superseded).unwrap_or(u64::MAX), evicted_tokens: evicted }
    }
}
