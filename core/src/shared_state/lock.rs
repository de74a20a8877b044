//! The lock of a token that is exchanged: it is released with what the exchange brought, or when it is dropped.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;

use super::connection::Reply;
use super::record::{Record, Succeeded};
use super::sealing::TokenKeys;
use super::{FIRST_WAIT, Known, READS_PATIENCE, Shared, SharedState, pause, scripts};

/// The lock, or its place where Redis could not be used when it was wanted: what the exchange brings is stored all the same.
pub(crate) struct Lock(Option<Inner>);

struct Inner {
    shared_state: Arc<SharedState>,
    keys: TokenKeys,
    owner: [u8; 16],
    /// The record that was passed over.
    passed: Vec<u8>,
    held: bool,
}

/// What became of the record of an exchange.
pub(crate) enum Released {
    /// It is stored, or there was none, or Redis cannot be used.
    Done,
    /// The lock was lost, and the exchange of another process has stored its record, which stays.
    Stands(Box<Shared>),
    /// The user signed out meanwhile.
    Ended,
}

impl Lock {
    pub(super) fn new(
        shared_state: Arc<SharedState>,
        keys: TokenKeys,
        owner: [u8; 16],
        passed: Vec<u8>,
        held: bool,
    ) -> Self {
        Self(Some(Inner { shared_state, keys, owner, passed, held }))
    }

    /// Waits until the reads of other processes that present the token have ended; for a while.
    pub(super) async fn reads_end(&self) {
        let Some(inner) = &self.0 else { return };
        // The service has seen the token of a read that takes longer.
        let _ = timeout(READS_PATIENCE, inner.reads_end()).await;
    }

    /// Stores what the exchange brought for `lasts`, and releases the lock. A task does it, so that it is done also when the caller
    /// goes on.
    pub(crate) async fn release(mut self, succeeded: Option<Succeeded>, lasts: Duration) -> Released {
        let Some(inner) = self.0.take() else { return Released::Done };
        let record = succeeded.map(|succeeded| Record::Succeeded(Box::new(succeeded)));
        let task = tokio::spawn(async move { inner.release(record, lasts).await });
        task.await.unwrap_or(Released::Done)
    }
}

impl Inner {
    async fn reads_end(&self) {
        let mut wait = FIRST_WAIT;
        loop {
            wait = pause(wait).await;
            let command = self.shared_state.command(scripts::READS, &self.keys, Vec::new());
            match self.shared_state.run(command, None).await {
                Some(Reply(1.., _)) => {}
                _ => return,
            }
        }
    }

    async fn release(self, record: Option<Record>, lasts: Duration) -> Released {
        let Self { shared_state, keys, owner, passed, held } = self;
        if !held && record.is_none() {
            return Released::Done;
        }
        let stores = record.is_some();
        let (sealed, lasts) = record.and_then(|record| shared_state.seal(&keys, &record, lasts)).unwrap_or_default();
        let command = shared_state.command(scripts::RELEASE, &keys, vec![owner.to_vec(), passed, sealed, lasts]);
        let reply = if held { shared_state.run_always(command).await } else { shared_state.run(command, None).await };
        let Some(reply) = reply else { return Released::Done };
        if held && reply.0 == 0 {
            shared_state.availability.count_unordered();
        }
        match shared_state.read(&keys, &reply.1) {
            Some(Known::Ended) => Released::Ended,
            Some(Known::Succeeded(shared)) if stores => Released::Stands(shared),
            _ => Released::Done,
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(inner) = self.0.take()
            && inner.held
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(inner.release(None, Duration::ZERO));
        }
    }
}
