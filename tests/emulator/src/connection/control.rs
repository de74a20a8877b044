//! What a handler can do with the connection that its request came on.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

/// How a connection ends when the emulator ends it.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    /// With the regular end of each protocol.
    Orderly,
    /// The TCP connection closes; TLS is not told.
    Abrupt,
    /// With a TCP reset.
    Reset,
    /// These bytes, then an orderly end.
    Raw(Bytes),
}

/// An instruction to the connection.
#[derive(Debug)]
pub(crate) enum Demand {
    End(Ending),
    /// HTTP/2: tell the client that no stream above this one was or will be looked at.
    GoAway {
        last_stream: u32,
    },
    /// HTTP/2: take no more streams, finish the present ones.
    GoAwayGracefully,
}

/// Shared between a connection's driver and the requests on it.
pub(crate) struct ConnectionControl {
    pub(crate) peer: SocketAddr,
    /// The address that the connection arrived at.
    pub(crate) local: IpAddr,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    demands: Vec<Demand>,
    pending_requests: usize,
    requests_seen: bool,
    abandoned: bool,
    waker: Option<Waker>,
}

impl ConnectionControl {
    pub(crate) fn new(peer: SocketAddr, local: IpAddr) -> Arc<Self> {
        Arc::new(Self { peer, local, state: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number by which the journal knows the connection.
    pub(crate) fn id(&self) -> u16 {
        self.peer.port()
    }

    pub(crate) fn demand(&self, demand: Demand) {
        let waker = {
            let mut state = self.lock();
            state.demands.push(demand);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(crate) fn end(&self, ending: Ending) {
        self.demand(Demand::End(ending));
    }

    pub(crate) fn poll_demand(&self, context: &Context<'_>) -> Poll<Demand> {
        let mut state = self.lock();
        if state.demands.is_empty() {
            state.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(state.demands.remove(0))
    }

    /// Counts a request of the journal as being served until the returned value is dropped.
    pub(crate) fn begin_request(self: &Arc<Self>) -> PendingRequest {
        let mut state = self.lock();
        state.pending_requests += 1;
        state.requests_seen = true;
        PendingRequest(Arc::clone(self))
    }

    pub(crate) fn pending_requests(&self) -> usize {
        self.lock().pending_requests
    }

    /// The client left before its request was complete.
    pub(crate) fn abandoned(&self) {
        self.lock().abandoned = true;
    }

    /// Whether a client that is gone now left anything behind.
    pub(crate) fn left_during_request(&self) -> bool {
        let state = self.lock();
        state.abandoned || state.pending_requests > 0
    }

    /// Whether a request came that the journal knows.
    pub(crate) fn requests_seen(&self) -> bool {
        self.lock().requests_seen
    }
}

/// A request that is waiting for its response, or whose response is under way.
pub(crate) struct PendingRequest(Arc<ConnectionControl>);

impl Drop for PendingRequest {
    fn drop(&mut self) {
        let waker = {
            let mut state = self.0.lock();
            state.pending_requests -= 1;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
