//! A client of the core that works in forked children.

use std::mem;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tenant_select::Client;

use super::Runtime;
use super::process::ProcessId;

/// A child must not use the connections and locks of its parent. So the child creates its own client with the same
/// options and leaks the parent's.
pub(crate) struct ForkSafeClient(ArcSwap<OwnedClient>);

/// A client and the process that created it.
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
        self.in_process(ProcessId::current())
    }

    /// The client of this process, whose runtime this is.
    pub(crate) fn of(&self, runtime: &Runtime) -> Client {
        self.in_process(runtime.id)
    }

    fn in_process(&self, process: ProcessId) -> Client {
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
                // Only `drop` takes the client out, when there is no other user.
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
