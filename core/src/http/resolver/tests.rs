use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, PoisonError};

use super::*;

async fn resolve(resolver: &Resolver, name: &str) -> Result<Vec<SocketAddr>, Box<dyn StdError + Send + Sync>> {
    Ok(resolver.resolve(name.parse().unwrap()).await?.collect())
}

fn refused(_: &str) -> io::Result<Vec<SocketAddr>> {
    Err(io::Error::other("looked up"))
}

#[tokio::test]
async fn localhost_is_loopback_without_a_lookup() {
    let resolver = Resolver::with(refused);
    for name in ["localhost", "LOCALHOST", "localhost.", "LocalHost."] {
        let found = resolve(&resolver, name).await.unwrap();
        assert_eq!(found, loopback(), "{name}");
        assert!(found.iter().all(|address| address.ip().is_loopback()));
    }
}

#[tokio::test]
async fn other_names_are_looked_up() {
    let resolver = Resolver::with(refused);
    for name in ["x.localhost", "localhost.example", "localhos", "localhost..", ".localhost", "example.com"] {
        assert_eq!(resolve(&resolver, name).await.unwrap_err().to_string(), "looked up", "{name}");
    }
}

#[tokio::test]
async fn names_are_resolved_by_the_system() {
    let resolver = Resolver::default();
    assert_eq!(resolve(&resolver, "127.0.0.1").await.unwrap(), [SocketAddr::from(([127, 0, 0, 1], 0))]);
    // Refused before a request to a name server.
    assert!(resolve(&resolver, "a\0b").await.is_err());
}

#[tokio::test]
async fn a_lookup_that_panics_is_a_failure() {
    let resolver = Resolver::with(|_| panic!("on purpose"));
    assert!(resolve(&resolver, "example.com").await.is_err());
    assert_eq!(resolver.turns.available_permits(), MAX_LOOKUPS);
}

static OPEN: Mutex<bool> = Mutex::new(false);
static OPENED: Condvar = Condvar::new();
static RUNNING: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// Hangs until it is released.
fn hangs(_: &str) -> io::Result<Vec<SocketAddr>> {
    MOST.fetch_max(RUNNING.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
    let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    drop(OPENED.wait_while(open, |open| !*open));
    RUNNING.fetch_sub(1, Ordering::SeqCst);
    Ok(Vec::new())
}

#[tokio::test]
async fn lookups_at_once_are_bounded_and_their_callers_may_leave() {
    let resolver = Resolver::with(hangs);
    let mut waiting: Vec<_> = (0..3 * MAX_LOOKUPS).map(|_| resolver.resolve("example.com".parse().unwrap())).collect();
    // Each is polled once, which starts it or puts it into the queue.
    for lookup in &mut waiting {
        assert!(futures_util::FutureExt::now_or_never(lookup).is_none());
    }
    assert_eq!(resolver.turns.available_permits(), 0);
    // A caller that leaves the queue starts nothing. One that leaves a lookup lets its thread go on, and that keeps its turn.
    waiting.truncate(MAX_LOOKUPS / 2);
    assert_eq!(resolver.turns.available_permits(), 0);
    *OPEN.lock().unwrap_or_else(PoisonError::into_inner) = true;
    OPENED.notify_all();
    for lookup in waiting {
        assert_eq!(lookup.await.unwrap().count(), 0);
    }
    let all = resolver.turns.acquire_many(u32::try_from(MAX_LOOKUPS).unwrap()).await.unwrap();
    drop(all);
    assert!(MOST.load(Ordering::SeqCst) <= MAX_LOOKUPS);
}
