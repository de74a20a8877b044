//! The core's client in the process that uses it.

use std::mem;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tenant_select::Client;

use crate::runtime::ProcessId;

/// Connections and locks of a parent must not be touched in its child, so the child gets a client of its own with the same
/// options, and the parent's is left where it is for ever.
pub(crate) struct Home(ArcSwap<Resident>);

struct Resident {
    process: ProcessId,
    client: Option<Client>,
}

impl Home {
    pub(crate) fn new(client: Client) -> Self {
        Self(ArcSwap::from_pointee(Resident { process: ProcessId::current(), client: Some(client) }))
    }

    pub(crate) fn client(&self) -> Client {
        let process = ProcessId::current();
        loop {
            let resident = self.0.load_full();
            match &resident.client {
                Some(client) if resident.process == process => return client.clone(),
                Some(inherited) => {
                    let client = inherited.renewed();
                    if inherited.is_closed() {
                        client.close();
                    }
                    let renewed = Arc::new(Resident { process, client: Some(client) });
                    self.0.compare_and_swap(&resident, renewed);
                    mem::forget(resident);
                }
                // Only `drop` takes the client out, and then nobody is here.
                None => {}
            }
        }
    }
}

impl Drop for Resident {
    fn drop(&mut self) {
        if self.process != ProcessId::current() {
            mem::forget(self.client.take());
        }
    }
}
