//! The core's client in the process that uses it.

use std::mem;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tenant_select::Client;

use super::process::ProcessId;

/// Connections and locks of a parent must not be touched in its child. So the child gets a client of its own with the same
/// options, and the parent's is leaked there.
pub(crate) struct ForkSafeClient(ArcSwap<OwnedClient>);

/// A client and the process that made it.
struct OwnedClient {
    process: ProcessId,
    client: Option<Client>,
}

impl ForkSafeClient {
    pub(crate) fn new(client: Client) -> Self {
        Self(ArcSwap::from_pointee(OwnedClient { process: ProcessId::current(), client: Some(client) }))
    }

    /// The client of this process.
    pub(crate) fn get(&self) -> Client {
        let process = ProcessId::current();
        loop {
            let owned = self.0.load_full();
            match &owned.client {
                Some(client) if owned.process == process => return client.clone(),
                Some(inherited) => {
                    let client = inherited.renewed();
                    if inherited.is_closed() {
                        client.close();
                    }
                    let renewed = Arc::new(OwnedClient { process, client: Some(client) });
                    self.0.compare_and_swap(&owned, renewed);
                    mem::forget(owned);
                }
                // Only `drop` takes the client out, and then there is no other user left.
                None => {}
            }
        }
    }
}

impl Drop for OwnedClient {
    fn drop(&mut self) {
        if self.process != ProcessId::current() {
            mem::forget(self.client.take());
        }
    }
}
