//! Host names to addresses: `getaddrinfo` on threads of our own.
//!
//! The HTTP library's default runs it on tokio's blocking pool, which panics when the system grants it no thread: the call
//! ends as a bug of ours. Here a thread that is refused is a failure like others: nothing was sent, and the call may be
//! repeated.
//!
//! A lookup cannot be cancelled. When its caller leaves, its thread goes on until the system gives up on the name; it is
//! detached, so the exit of the process does not wait for it.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::thread;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::{Semaphore, oneshot};

/// How many lookups of one client run at once. A client talks to one host, by way of one proxy at most, so more are under
/// way only when a name server is slow; then each holds a thread for as long as the system waits for that server.
const MAX_LOOKUPS: usize = 16;

/// The resolver of one HTTP client. It belongs to the client and not to the process: a child of a fork, where the threads
/// of its parent do not exist, makes a client of its own and begins with none under way.
pub(crate) struct Resolver {
    turns: Arc<Semaphore>,
    lookup: Lookup,
}

/// What a thread runs: a name to its addresses, blocking.
type Lookup = fn(&str) -> io::Result<Vec<SocketAddr>>;

impl Default for Resolver {
    fn default() -> Self {
        Self::with(system)
    }
}

impl Resolver {
    fn with(lookup: Lookup) -> Self {
        Self { turns: Arc::new(Semaphore::new(MAX_LOOKUPS)), lookup }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        if is_localhost(name.as_str()) {
            return Box::pin(async { Ok(Box::new(loopback().into_iter()) as Addrs) });
        }
        let (turns, lookup) = (Arc::clone(&self.turns), self.lookup);
        Box::pin(async move {
            // Waits no longer than its caller: past the deadline this future is dropped.
            let turn = turns.acquire_owned().await?;
            let (found, receiver) = oneshot::channel();
            let run = move || {
                let addresses = lookup(name.as_str());
                // Before the result: who has it finds the turn free.
                drop(turn);
                // A caller that left needs no addresses.
                let _ = found.send(addresses);
            };
            thread::Builder::new().name("tenant-select".to_owned()).spawn(run).map_err(ThreadRefused)?;
            let addresses = receiver.await??;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The port is the caller's business.
fn system(name: &str) -> io::Result<Vec<SocketAddr>> {
    (name, 0).to_socket_addrs().map(Iterator::collect)
}

/// RFC 6761 §6.3: `localhost` is this machine, whatever its files and name servers say. Plain http is allowed to this name,
/// so it must not lead anywhere else.
fn is_localhost(name: &str) -> bool {
    name.strip_suffix('.').unwrap_or(name).eq_ignore_ascii_case("localhost")
}

/// IPv4 first: servers of development listen there. When nothing does, the other one is tried at once.
fn loopback() -> [SocketAddr; 2] {
    [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].map(|address| SocketAddr::new(address, 0))
}

/// The system granted no thread for a lookup, for now.
#[derive(Debug)]
pub(crate) struct ThreadRefused(io::Error);

impl fmt::Display for ThreadRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no thread could be started ({})", self.0)
    }
}

impl StdError for ThreadRefused {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

#[cfg(test)]
mod tests;
