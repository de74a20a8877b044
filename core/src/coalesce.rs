//! Identical exchanges in flight are one request.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};
use tokio::time::Instant;

use crate::deadline;
use crate::error::{Error, Result};
use crate::kind::{ErrorKind, Outcome};

type Work<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// The exchange ends at its own deadline and knows better what that means, so whoever waits for it lets it speak first.
const GRACE: Duration = Duration::from_millis(20);

/// The exchanges under way. Whoever waits for one drives it, so it goes on when the caller that began it is cancelled, and
/// it ends at once when the last one is.
pub(crate) struct Coalescer<K, T> {
    in_flight: Mutex<HashMap<K, WeakShared<Work<T>>>>,
}

impl<K, T> Default for Coalescer<K, T> {
    fn default() -> Self {
        Self { in_flight: Mutex::default() }
    }
}

impl<K: Eq + Hash + Clone, T: Clone> Coalescer<K, T> {
    /// Joins the exchange of this key, or begins it with `work`.
    ///
    /// The exchange keeps the deadline of the caller that began it; one that joined gives up at its own.
    pub(crate) async fn run(
        &self,
        key: K,
        deadline: Instant,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let shared = self.join(key, work);
        match deadline::by(deadline + GRACE, shared, || true).await {
            Some(result) => result,
            None => Err(Error::new(
                ErrorKind::Timeout,
                Outcome::Unknown,
                "the deadline of the call passed while it waited for an identical one",
            )),
        }
    }

    fn join(&self, key: K, work: impl Future<Output = Result<T>> + Send + 'static) -> Shared<Work<T>> {
        let mut in_flight = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        in_flight.retain(|_, weak| weak.upgrade().is_some_and(|shared| shared.peek().is_none()));
        if let Some(shared) = in_flight.get(&key).and_then(WeakShared::upgrade) {
            return shared;
        }
        let work: Work<T> = Box::pin(work);
        let shared = work.shared();
        if let Some(weak) = shared.downgrade() {
            in_flight.insert(key, weak);
        }
        shared
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    struct Scene {
        coalescer: Coalescer<&'static str, usize>,
        begun: Arc<AtomicUsize>,
        ended: Arc<AtomicUsize>,
        go: Arc<Semaphore>,
    }

    impl Scene {
        fn new() -> Arc<Self> {
            Arc::new(Self {
                coalescer: Coalescer::default(),
                begun: Arc::default(),
                ended: Arc::default(),
                go: Arc::new(Semaphore::new(0)),
            })
        }

        async fn call(self: Arc<Self>, key: &'static str) -> Result<usize> {
            let (begun, ended, go) = (self.begun.clone(), self.ended.clone(), self.go.clone());
            let work = async move {
                let number = begun.fetch_add(1, Ordering::SeqCst);
                go.acquire().await.unwrap().forget();
                ended.fetch_add(1, Ordering::SeqCst);
                Ok(number)
            };
            self.coalescer.run(key, Instant::now() + Duration::from_secs(60), work).await
        }
    }

    #[tokio::test]
    async fn identical_exchanges_are_one_and_others_are_not() {
        let scene = Scene::new();
        let mut same: Vec<_> = (0..50).map(|_| Box::pin(scene.clone().call("a"))).collect();
        let mut other = Box::pin(scene.clone().call("b"));
        assert!(same.iter_mut().all(|call| call.now_or_never().is_none()));
        assert!((&mut other).now_or_never().is_none());
        scene.go.add_permits(2);
        let mut numbers = Vec::new();
        for call in same {
            numbers.push(call.await.unwrap());
        }
        assert!(numbers.iter().all(|number| *number == numbers[0]));
        assert_ne!(other.await.unwrap(), numbers[0]);
        assert_eq!(scene.begun.load(Ordering::SeqCst), 2);
        scene.go.add_permits(1);
        scene.clone().call("a").await.unwrap();
        assert_eq!(scene.begun.load(Ordering::SeqCst), 3, "a later one is a request of its own");
    }

    #[tokio::test]
    async fn cancelling_the_first_caller_leaves_the_exchange_to_the_others() {
        let scene = Scene::new();
        let mut first = Box::pin(scene.clone().call("a"));
        assert!((&mut first).now_or_never().is_none());
        let mut second = Box::pin(scene.clone().call("a"));
        assert!((&mut second).now_or_never().is_none());
        drop(first);
        scene.go.add_permits(1);
        second.await.unwrap();
        assert_eq!((scene.begun.load(Ordering::SeqCst), scene.ended.load(Ordering::SeqCst)), (1, 1));
    }

    #[tokio::test]
    async fn cancelling_every_caller_drops_the_exchange() {
        let scene = Scene::new();
        let mut first = Box::pin(scene.clone().call("a"));
        assert!((&mut first).now_or_never().is_none());
        assert_eq!(Arc::strong_count(&scene.go), 2);
        drop(first);
        assert_eq!(Arc::strong_count(&scene.go), 1);
        scene.go.add_permits(1);
        scene.clone().call("a").await.unwrap();
        assert_eq!((scene.begun.load(Ordering::SeqCst), scene.ended.load(Ordering::SeqCst)), (2, 1));
    }
}
