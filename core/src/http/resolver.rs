//! Resolves host names with `getaddrinfo` on separate threads.
//!
//! The HTTP library's default uses tokio's blocking pool, which panics when the system refuses a thread; the call would
//! fail as an internal error. Here a refused thread is an ordinary failure: nothing was sent, and the call may be
//! repeated.
//!
//! A lookup cannot be cancelled. When its caller is cancelled, its thread continues until the system gives up on the name.
//! It is detached, so the process can exit without waiting for it.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::thread;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::{Semaphore, oneshot};

/// The number of lookups that one client runs at once. A client uses one host and at most one proxy, so more are pending
/// only when a name server is slow; each then occupies a thread for as long as the system waits for that server.
const MAX_LOOKUPS: usize = 16;

/// The resolver of one HTTP client. It belongs to the client and not to the process: a forked child, in which the threads
/// of its parent do not exist, creates its own client and starts with no pending lookups.
pub(crate) struct Resolver {
    turns: Arc<Semaphore>,
    lookup: Lookup,
}

/// The blocking function that a thread runs: it resolves a name to addresses.
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
            // Waits no longer than its caller: this future is dropped at the deadline.
            let turn = turns.acquire_owned().await?;
            let (found, receiver) = oneshot::channel();
            let run = move || {
                let addresses = lookup(name.as_str());
                // Released before the result is sent, so that the receiver of the result can start another lookup.
                drop(turn);
                // The caller may have been cancelled.
                let _ = found.send(addresses);
            };
            thread::Builder::new().name("tenant-select".to_owned()).spawn(run).map_err(ThreadRefused)?;
            let addresses = receiver.await??;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The caller sets the port.
fn system(name: &str) -> io::Result<Vec<SocketAddr>> {
    (name, 0).to_socket_addrs().map(Iterator::collect)
}

/// RFC 6761 §6.3: `localhost` is always this machine, independently of its hosts file and name servers. Plain http is
/// allowed to this name, so it must not resolve to another machine.
fn is_localhost(name: &str) -> bool {
    name.strip_suffix('.').unwrap_or(name).eq_ignore_ascii_case("localhost")
}

/// IPv4 first, because development servers usually listen there. When the connection is refused, IPv6 is tried at once.
fn loopback() -> [SocketAddr; 2] {
    [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].map(|address| SocketAddr::new(address, 0))
}

/// The system refused a thread for a lookup.
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
