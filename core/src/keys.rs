//! The project's keys: fetched once for any number of callers, kept while they are good, and never fetched because somebody
//! sends nonsense.
//!
//! Times are wall-clock times, so that a process that slept for an hour does not go on with an hour-old set. Nothing here
//! runs on a timer: keys are refreshed by use.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};
use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::jwk::KeySet;
use crate::kind::{ErrorKind, Outcome};

/// How long a set is good without asking.
const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// From here on, use refreshes it in the background.
const REFRESH_FROM: Duration = Duration::from_secs(8 * 60);
/// How long the last good set serves while the endpoint is out of reach.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);
/// How often an unknown key name may cause a fetch, counted from the attempt, whatever came of it.
const COOLDOWN: Duration = Duration::from_secs(30);

pub(crate) type Fetch = Pin<Box<dyn Future<Output = Result<KeySet>> + Send>>;
type Flight = Pin<Box<dyn Future<Output = Result<Arc<KeySet>>> + Send>>;
type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Where keys come from when they have to be fetched.
pub(crate) struct KeySource {
    pub(crate) fetch: Box<dyn Fn() -> Fetch + Send + Sync>,
    /// Until when the caller can wait.
    pub(crate) deadline: Instant,
}

/// Whose word it is that a key exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Anybody's: a made-up name must not cost a request each time.
    Presented,
    /// The service's own, a moment ago: no cooldown applies, and the fetch is one of its own.
    JustReturned,
}

/// The keys of one base URL and project: of one client.
pub(crate) struct KeyCache {
    supplied: Option<Arc<KeySet>>,
    fetched: Arc<Fetched>,
    clock: Clock,
}

#[derive(Default)]
struct Fetched {
    /// Read without a lock by every validation.
    current: ArcSwapOption<Cached>,
    /// Held for moments, never across a fetch.
    flights: Mutex<Flights>,
}

struct Cached {
    keys: Arc<KeySet>,
    at: SystemTime,
    flight: u64,
}

/// Fetches under way, and the last attempt.
#[derive(Default)]
struct Flights {
    presented: Option<WeakShared<Flight>>,
    just_returned: Option<WeakShared<Flight>>,
    begun: u64,
    last: Option<Attempt>,
}

#[derive(Clone, Copy)]
struct Attempt {
    at: SystemTime,
    failed: bool,
}

impl Fetched {
    fn flights(&self) -> MutexGuard<'_, Flights> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyCache {
    /// A cache that fetches, or one that never does because the caller supplied the keys.
    pub(crate) fn new(supplied: Option<KeySet>) -> Self {
        Self { supplied: supplied.map(Arc::new), fetched: Arc::default(), clock: Arc::new(SystemTime::now) }
    }

    /// The keys at hand for a token that names `kid`, when they need neither a fetch nor a refresh: a plain read.
    pub(crate) fn fresh(&self, kid: &str) -> Option<Arc<KeySet>> {
        if let Some(keys) = &self.supplied {
            return Some(Arc::clone(keys));
        }
        let cached = self.fetched.current.load();
        let cached = cached.as_ref()?;
        (self.age(cached) < REFRESH_FROM && cached.keys.knows(kid)).then(|| Arc::clone(&cached.keys))
    }

    /// The keys to check a token with that names `kid`: those at hand, or fetched.
    pub(crate) async fn for_token(&self, kid: &str, origin: Origin, source: &KeySource) -> Result<Arc<KeySet>> {
        if let Some(keys) = &self.supplied {
            return Ok(Arc::clone(keys));
        }
        let Some(cached) = self.fetched.current.load_full().filter(|cached| self.age(cached) < STALE) else {
            return self.fetch(origin, source).await;
        };
        let (age, known, cooling) = (self.age(&cached), cached.keys.knows(kid), self.cooling(origin));
        match (known, cooling) {
            (true, _) if age < REFRESH_FROM => Ok(Arc::clone(&cached.keys)),
            (true, None) if age < LIFETIME => {
                // Whoever comes now is served at once; the fetch runs on its own, within its own bound.
                tokio::spawn(self.join(origin, source).map(drop));
                Ok(Arc::clone(&cached.keys))
            }
            (true, Some(_)) => Ok(Arc::clone(&cached.keys)),
            (true, None) => Ok(self.fetch(origin, source).await.unwrap_or_else(|_| Arc::clone(&cached.keys))),
            (false, None) => self.fetch(origin, source).await,
            // The set will say that it does not know the name; unless the last attempt failed, that is the truth.
            (false, Some(Attempt { failed: false, .. })) => Ok(Arc::clone(&cached.keys)),
            (false, Some(Attempt { failed: true, .. })) => {
                Err(unavailable("the project's keys are out of reach, and none of this name is cached"))
            }
        }
    }

    /// The last attempt, if it is so recent that this caller may not cause another one.
    fn cooling(&self, origin: Origin) -> Option<Attempt> {
        if origin == Origin::JustReturned {
            return None;
        }
        let now = (self.clock)();
        self.fetched.flights().last.filter(|last| now.duration_since(last.at).is_ok_and(|since| since < COOLDOWN))
    }

    /// A clock that was set back makes a set look new for ever, so a set from the future counts as worn.
    fn age(&self, cached: &Cached) -> Duration {
        (self.clock)().duration_since(cached.at).unwrap_or(LIFETIME)
    }

    async fn fetch(&self, origin: Origin, source: &KeySource) -> Result<Arc<KeySet>> {
        match tokio::time::timeout_at(source.deadline, self.join(origin, source)).await {
            Ok(Ok(keys)) => Ok(keys),
            Ok(Err(error)) => Err(unavailable(format!("the project's keys could not be fetched ({})", error.kind()))
                .with_attempts(error.attempts())
                .with_source(error)),
            Err(_) => Err(unavailable("the deadline of the call passed while the project's keys were fetched")),
        }
    }

    /// Joins the fetch under way, or begins one. Whoever waits drives it, so it survives the cancellation of the caller that
    /// began it.
    fn join(&self, origin: Origin, source: &KeySource) -> Shared<Flight> {
        let mut flights = self.fetched.flights();
        let under_way = match origin {
            Origin::Presented => &flights.presented,
            Origin::JustReturned => &flights.just_returned,
        };
        let under_way = under_way.as_ref().and_then(WeakShared::upgrade).filter(|flight| flight.peek().is_none());
        if let Some(flight) = under_way {
            return flight;
        }
        flights.begun += 1;
        flights.last = Some(Attempt { at: (self.clock)(), failed: false });
        let flight = self.flight(flights.begun, (source.fetch)()).shared();
        match origin {
            Origin::Presented => flights.presented = flight.downgrade(),
            Origin::JustReturned => flights.just_returned = flight.downgrade(),
        }
        flight
    }

    fn flight(&self, number: u64, fetch: Fetch) -> Flight {
        let (fetched, clock) = (Arc::clone(&self.fetched), Arc::clone(&self.clock));
        Box::pin(async move {
            let result = fetch.await.map(Arc::new);
            match &result {
                Ok(keys) => {
                    // An older answer that comes in late must not take the place of a newer one.
                    let newer = fetched.current.load().as_ref().is_some_and(|cached| cached.flight > number);
                    if !newer {
                        let cached = Cached { keys: Arc::clone(keys), at: clock(), flight: number };
                        fetched.current.store(Some(Arc::new(cached)));
                    }
                }
                Err(_) => {
                    if let Some(last) = &mut fetched.flights().last {
                        last.failed = true;
                    }
                }
            }
            result
        })
    }
}

fn unavailable(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::KeysUnavailable, Outcome::NotSent, what).with_retryable(true)
}

#[cfg(test)]
mod tests;
