//! Identical pending exchanges are one request, and one that was sent is completed without its callers.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{FusedFuture, Shared, WeakShared};
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, Result};
use crate::http::deadline::{self, Deadline};
use crate::http::pending::Pending;

/// The exchange ends at its own deadline with the more exact error, so the caller with the same deadline waits for it this
/// much longer.
const GRACE: Duration = Duration::from_millis(20);

/// What makes two exchanges the same.
pub(crate) trait Key: Clone + Eq + Hash + Send + Unpin + 'static {}

impl<K: Clone + Eq + Hash + Send + Unpin + 'static> Key for K {}

/// What an exchange gives to each of its callers.
pub(crate) trait Value: Clone + Send + Sync + 'static {}

impl<T: Clone + Send + Sync + 'static> Value for T {}

/// The exchanges under way. Every caller that waits for one drives it, so it goes on when the caller that began it is
/// cancelled. When the last one leaves, it is dropped if it was not sent yet; otherwise it goes on as a task of its own.
///
/// What a call does here costs the same whatever the number of exchanges: one look-up when it begins or joins an exchange,
/// and one when the exchange ends.
pub(crate) struct SingleFlight<K: Key, T: Value, P> {
    table: Arc<Table<K, T, P>>,
}

struct Table<K: Key, T: Value, P> {
    rows: Mutex<Rows<K, T, P>>,
}

struct Rows<K: Key, T: Value, P> {
    exchanges: HashMap<K, Row<K, T, P>>,
    begun: u64,
}

/// Where a later caller finds an exchange.
struct Row<K: Key, T: Value, P> {
    number: u64,
    exchange: WeakShared<Exchange<K, T, P>>,
    pending: Arc<Pending>,
    place: P,
}

/// Boxed where it is made, because it is large and must not be moved more often than that.
pub(crate) type Work<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// The work of an exchange. It is dropped when it is done or called off, and the entry with it: the fields are dropped in
/// their order.
struct Exchange<K: Key, T: Value, P> {
    work: Work<T>,
    _entry: Entry<K, T, P>,
}

impl<K: Key, T: Value, P> Future for Exchange<K, T, P> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.work.as_mut().poll(context)
    }
}

/// Takes the row of an exchange out of the table when it is dropped.
struct Entry<K: Key, T: Value, P> {
    table: Arc<Table<K, T, P>>,
    key: K,
    number: u64,
}

impl<K: Key, T: Value, P> Drop for Entry<K, T, P> {
    fn drop(&mut self) {
        let mut rows = self.table.rows();
        // An exchange that could not be joined any more was replaced.
        if rows.exchanges.get(&self.key).is_some_and(|row| row.number == self.number) {
            rows.exchanges.remove(&self.key);
        }
    }
}

/// One caller of an exchange.
struct Caller<K: Key, T: Value, P: Send + 'static> {
    exchange: Shared<Exchange<K, T, P>>,
    pending: Arc<Pending>,
    place: P,
    table: Arc<Table<K, T, P>>,
    /// Where the exchange goes on without its callers.
    runtime: Option<Handle>,
}

impl<K: Key, T: Value, P: Send + 'static> Drop for Caller<K, T, P> {
    fn drop(&mut self) {
        // Under the lock, so that no caller joins what is being called off.
        let rows = self.table.rows();
        let goes_on = self.pending.leave() && !self.exchange.is_terminated() && self.exchange.peek().is_none();
        drop(rows);
        if goes_on && let Some(runtime) = &self.runtime {
            let completion = self.pending.completion.unwrap_or_else(Instant::now);
            runtime.spawn(timeout_at(completion, self.exchange.clone()));
        }
    }
}

impl<K: Key, T: Value, P> Table<K, T, P> {
    fn rows(&self) -> MutexGuard<'_, Rows<K, T, P>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Key, T: Value, P> Default for SingleFlight<K, T, P> {
    fn default() -> Self {
        Self { table: Arc::new(Table { rows: Mutex::new(Rows { exchanges: HashMap::new(), begun: 0 }) }) }
    }
}

/// How an exchange begins.
pub(crate) struct Begin<T, P> {
    /// Its deadline and progress.
    pub(crate) pending: Arc<Pending>,
    /// Where it stands among other exchanges.
    pub(crate) place: P,
    /// What it does.
    pub(crate) work: Work<T>,
}

impl<K: Key, T: Value, P: Copy + Send + 'static> SingleFlight<K, T, P> {
    /// Joins the exchange of this key if it `may_join` the place of that, or begins one.
    ///
    /// Until it is sent, the exchange goes on until the deadline of the caller that can wait longest. A caller with an earlier
    /// `deadline` gives up alone, with the error that `gave_up` makes of how far the exchange has come.
    pub(crate) async fn run(
        &self,
        key: K,
        deadline: Instant,
        may_join: impl FnOnce(P) -> bool,
        begin: impl FnOnce() -> Begin<T, P>,
        gave_up: impl Fn(&Pending, P) -> Error,
    ) -> Result<T> {
        let mut caller = self.join(key, deadline, may_join, begin);
        let Caller { exchange, pending, place, .. } = &mut caller;
        let place = *place;
        if let Some(result) = deadline::by(&Deadline::new(deadline), None, Pin::new(&mut *exchange), || true).await {
            return result;
        }
        let error = gave_up(pending, place);
        if !pending.is_ending() && (pending.deadline.at() > deadline || pending.has_left()) {
            return Err(error);
        }
        match deadline::by(&Deadline::new(deadline + GRACE), None, Pin::new(exchange), || true).await {
            Some(result) => result,
            None => Err(gave_up(&caller.pending, place)),
        }
    }

    fn join(
        &self,
        key: K,
        deadline: Instant,
        may_join: impl FnOnce(P) -> bool,
        begin: impl FnOnce() -> Begin<T, P>,
    ) -> Caller<K, T, P> {
        let caller = |exchange, pending: Arc<Pending>, place| {
            pending.join();
            Caller { exchange, pending, place, table: Arc::clone(&self.table), runtime: Handle::try_current().ok() }
        };
        // Dropping an exchange takes the lock, and this may be the last of one, so it has to outlive the lock.
        let found;
        let mut rows = self.table.rows();
        found = rows
            .exchanges
            .get(&key)
            .and_then(|row| Some((row.exchange.upgrade()?, Arc::clone(&row.pending), row.place)));
        match found {
            Some((exchange, pending, place)) if pending.deadline.extend(deadline) && may_join(place) => {
                return caller(exchange, pending, place);
            }
            _ => {}
        }
        rows.begun += 1;
        let number = rows.begun;
        let Begin { pending, place, work } = begin();
        let entry = Entry { table: Arc::clone(&self.table), key: key.clone(), number };
        let exchange = Exchange { work, _entry: entry }.shared();
        if let Some(weak) = exchange.downgrade() {
            rows.exchanges.insert(key, Row { number, exchange: weak, pending: Arc::clone(&pending), place });
        }
        caller(exchange, pending, place)
    }
}

#[cfg(test)]
mod tests;
