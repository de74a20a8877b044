//! A read that presents a token: exchanges of other processes wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;

use super::sealing::TokenKeys;
use super::{SharedState, millis, scripts};

/// How long a request that was dropped may take to arrive at the service.
const ARRIVAL: Duration = Duration::from_millis(500);

/// Listed until it is dropped.
pub(crate) struct Read(Option<Inner>);

struct Inner {
    shared_state: Arc<SharedState>,
    keys: TokenKeys,
    read: [u8; 16],
    /// The service is done with it.
    finished: AtomicBool,
}

impl Read {
    pub(super) fn new(shared_state: Arc<SharedState>, keys: TokenKeys, read: [u8; 16]) -> Self {
        Self(Some(Inner { shared_state, keys, read, finished: AtomicBool::new(false) }))
    }

    /// The service is done with the read. Otherwise it may arrive there still when it is dropped.
    pub(crate) fn finished(&self) {
        if let Some(inner) = &self.0 {
            inner.finished.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Read {
    fn drop(&mut self) {
        if let Some(Inner { shared_state, keys, read, finished }) = self.0.take()
            && let Ok(runtime) = Handle::try_current()
        {
            let left = if finished.into_inner() { b"0".to_vec() } else { millis(ARRIVAL) };
            let command = shared_state.command(scripts::READ_OVER, &keys, vec![read.to_vec(), left]);
            runtime.spawn(async move { shared_state.run(command, None).await });
        }
    }
}
