//! The cache of the project's keys: one fetch for any number of callers, and no fetch for each made-up key id in a token.
//!
//! Times are wall-clock times, so that a process that was suspended for an hour does not use an hour-old set as a fresh
//! one. Nothing here runs on a timer: keys are refreshed by use.

mod pending;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use tokio::time::Instant;

pub(crate) use self::pending::KEY_FETCH_TIMEOUT;
use self::pending::{Completion, PendingFetch};
use crate::error::kind::{ErrorKind, Outcome};
use crate::error::message::Message;
use crate::error::{Error, Result};
use crate::jwt::jwk::KeySet;

/// How long a set is fresh.
const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// After this time, the next use refreshes the set in the background.
const REFRESH_FROM: Duration = Duration::from_secs(8 * 60);
/// How long the last valid set is used while the endpoint cannot be reached.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);
/// The time between two fetches for unknown key ids, counted from the attempt, whatever its result.
const COOLDOWN: Duration = Duration::from_secs(30);

pub(crate) type Fetch = Pin<Box<dyn Future<Output = Result<KeySet>> + Send>>;
type Clock = Box<dyn Fn() -> SystemTime + Send + Sync>;

/// Fetches keys.
pub(crate) struct KeySource {
    pub(crate) fetch: Box<dyn Fn() -> Fetch + Send + Sync>,
    /// The caller's deadline.
    pub(crate) deadline: Instant,
}

/// The origin of a key id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A token that a caller presents: a made-up id must not cause a request each time.
    Presented,
    /// A token that the service has just returned: no cooldown applies to an unknown id, and it causes a separate
    /// fetch. With a known id the call never waits, because the tokens have arrived and the caller needs them.
    JustReturned,
}

/// The keys of one base URL and project: of one client.
pub(crate) struct KeyCache {
    supplied: Option<Arc<KeySet>>,
    fetched: Arc<Fetched>,
}

struct Fetched {
    clock: Clock,
    /// Read without a lock by every validation.
    current: ArcSwapOption<Cached>,
    /// Held for a short time only, never during a fetch.
    attempts: Mutex<Attempts>,
}

struct Cached {
    keys: Arc<KeySet>,
    at: SystemTime,
    number: u64,
}

impl Cached {
    /// After the clock was set back, a set could look fresh for any time, so a set from the future counts as too old.
    fn age(&self, now: SystemTime) -> Duration {
        now.duration_since(self.at).unwrap_or(LIFETIME)
    }
}

/// The pending fetches, and the results of earlier ones.
#[derive(Default)]
struct Attempts {
    presented: Option<PendingFetch>,
    just_returned: Option<PendingFetch>,
    /// The number of fetches begun.
    begun: u64,
    last: Option<Attempt>,
    /// When the last fetch ended without keys; `None` after a successful fetch.
    failed_at: Option<SystemTime>,
}

struct Attempt {
    number: u64,
    at: SystemTime,
    /// Set until the fetch has ended with keys: a fetch that is dropped counts as a failure.
    succeeded: bool,
}

/// How a caller gets its keys.
enum Step {
    Use(Arc<KeySet>),
    /// The id is unknown, and whether it exists is unknown too.
    Refuse,
    Wait(Wait),
}

struct Wait {
    fetch: PendingFetch,
    /// The keys to use when the fetch fails.
    otherwise: Option<Arc<KeySet>>,
}

impl Fetched {
    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn age(&self, cached: &Cached) -> Duration {
        cached.age((self.clock)())
    }

    fn is_within(&self, at: SystemTime, span: Duration) -> bool {
        (self.clock)().duration_since(at).is_ok_and(|since| since < span)
    }

    /// Records the result of fetch `number`. The keys are stored under the lock, so that a caller that finds no pending fetch
    /// finds its keys.
    fn end(&self, number: u64, origin: Origin, keys: Option<&Arc<KeySet>>) {
        let now = (self.clock)();
        let mut attempts = self.attempts();
        if let Some(keys) = keys {
            // A late response of an older fetch must not replace a newer one.
            let newer = self.current.load().as_ref().is_some_and(|cached| cached.number > number);
            if !newer {
                self.current.store(Some(Arc::new(Cached { keys: Arc::clone(keys), at: now, number })));
            }
        }
        attempts.failed_at = if keys.is_some() { None } else { Some(now) };
        if let Some(last) = attempts.last.as_mut().filter(|last| last.number == number) {
            last.succeeded = keys.is_some();
        }
        let slot = attempts.slot(origin);
        if slot.as_ref().is_some_and(|fetch| fetch.number == number) {
            *slot = None;
        }
    }
}

impl Attempts {
    fn slot(&mut self, origin: Origin) -> &mut Option<PendingFetch> {
        match origin {
            Origin::Presented => &mut self.presented,
            Origin::JustReturned => &mut self.just_returned,
        }
    }

    /// The pending fetch that a caller may join: for tokens just returned a separate one, else the newest.
    fn pending(&self, origin: Origin) -> Option<PendingFetch> {
        let presented = self.presented.as_ref().filter(|_| origin == Origin::Presented);
        let awaited = [presented, self.just_returned.as_ref()].into_iter().flatten().filter(|fetch| fetch.is_awaited());
        awaited.max_by_key(|fetch| fetch.number).cloned()
    }

    fn begin(&mut self, origin: Origin, fetched: &Arc<Fetched>) -> (PendingFetch, Completion) {
        self.begun = self.begun.saturating_add(1);
        let (pending, completion) = PendingFetch::new(self.begun, origin, fetched);
        self.last = Some(Attempt { number: self.begun, at: (fetched.clock)(), succeeded: false });
        *self.slot(origin) = Some(pending.clone());
        (pending, completion)
    }

    fn join_or_begin(
        &mut self,
        origin: Origin,
        otherwise: Option<Arc<KeySet>>,
        fetched: &Arc<Fetched>,
    ) -> (Step, Option<Completion>) {
        let (fetch, began) = match self.pending(origin) {
            Some(fetch) => (fetch, None),
            None => {
                let (fetch, completion) = self.begin(origin, fetched);
                (fetch, Some(completion))
            }
        };
        (Step::Wait(Wait { fetch, otherwise }), began)
    }
}

impl KeyCache {
    /// Creates a cache that fetches keys, or one that never does because the caller supplied them.
    pub(crate) fn new(supplied: Option<KeySet>) -> Self {
        Self::with_clock(supplied, Box::new(SystemTime::now))
    }

    fn with_clock(supplied: Option<KeySet>, clock: Clock) -> Self {
        let fetched = Fetched { clock, current: ArcSwapOption::empty(), attempts: Mutex::default() };
        Self { supplied: supplied.map(Arc::new), fetched: Arc::new(fetched) }
    }

    /// The cached keys, however old: they tell what the header of a token says.
    pub(crate) fn cached(&self) -> Option<Arc<KeySet>> {
        let fetched = || self.fetched.current.load().as_ref().map(|cached| Arc::clone(&cached.keys));
        self.supplied.clone().or_else(fetched)
    }

    /// The cached keys for a token that names `kid`, when they need neither a fetch nor a refresh.
    pub(crate) fn fresh(&self, kid: &str) -> Option<Arc<KeySet>> {
        if let Some(keys) = &self.supplied {
            return Some(Arc::clone(keys));
        }
        let cached = self.fetched.current.load();
        let cached = cached.as_ref()?;
        (self.fetched.age(cached) < REFRESH_FROM && cached.keys.knows(kid)).then(|| Arc::clone(&cached.keys))
    }

    /// Whether a token that these keys have verified would be verified with the same ones at this time, without a fetch or a
    /// refresh.
    pub(crate) fn are_current(&self, keys: &Arc<KeySet>, now: SystemTime) -> bool {
        if let Some(supplied) = &self.supplied {
            return Arc::ptr_eq(supplied, keys);
        }
        let cached = self.fetched.current.load();
        cached.as_ref().is_some_and(|cached| Arc::ptr_eq(&cached.keys, keys) && cached.age(now) < REFRESH_FROM)
    }

    /// The keys for a token that names `kid`: cached or fetched.
    pub(crate) async fn for_token(&self, kid: &str, origin: Origin, source: &KeySource) -> Result<Arc<KeySet>> {
        match self.fresh(kid) {
            Some(keys) => Ok(keys),
            // Boxed, because it is rare, and would make the future of every exchange larger.
            None => Box::pin(self.fetched_for_token(kid, origin, source)).await,
        }
    }

    async fn fetched_for_token(&self, kid: &str, origin: Origin, source: &KeySource) -> Result<Arc<KeySet>> {
        let called = Instant::now();
        let mut cools = true;
        loop {
            let (step, began) = self.step(kid, origin, cools);
            // With the lock released, because this may drop the fetch at once.
            let own = began.is_some();
            if let Some(completion) = began {
                completion.spawn((source.fetch)());
            }
            let Wait { fetch, otherwise } = match step {
                Step::Use(keys) => return Ok(keys),
                Step::Refuse => {
                    return Err(unavailable("the project's keys are out of reach, and none of this name is cached"));
                }
                Step::Wait(wait) => wait,
            };
            let begun = fetch.begun;
            let error = match tokio::time::timeout_at(source.deadline, fetch.result()).await {
                // A fetch that began before the service returned the token may lack its key.
                Ok(Some(Ok(keys))) if origin == Origin::JustReturned && begun < called && !keys.knows(kid) => continue,
                Ok(Some(Ok(keys))) => return Ok(keys),
                Ok(Some(Err(error))) => {
                    unavailable(format!("the project's keys could not be fetched ({})", error.kind()))
                        .with_attempts(error.attempts())
                        .with_source(error)
                }
                // The runtime of another caller ended; this says nothing about the endpoint.
                Ok(None) if !own => {
                    cools = false;
                    continue;
                }
                Ok(None) => unavailable("the fetch of the project's keys was dropped before it ended"),
                Err(_) => unavailable("the deadline of the call passed while the project's keys were fetched"),
            };
            return otherwise.ok_or(error);
        }
    }

    /// Decides, and registers a fetch if one must begin. `cools` says whether the cooldown applies.
    fn step(&self, kid: &str, origin: Origin, cools: bool) -> (Step, Option<Completion>) {
        let fetched = &self.fetched;
        let mut attempts = fetched.attempts();
        let cached = fetched.current.load_full().map(|cached| (fetched.age(&cached), Arc::clone(&cached.keys)));
        let Some((age, keys)) = cached.filter(|(age, _)| *age < STALE) else {
            return attempts.join_or_begin(origin, None, fetched);
        };
        let cooling = cools && attempts.last.as_ref().is_some_and(|last| fetched.is_within(last.at, COOLDOWN));
        if keys.knows(kid) {
            if age < REFRESH_FROM {
                return (Step::Use(keys), None);
            }
            // After a failed fetch, another attempt would make every caller wait for a request that is likely to fail.
            let failing = attempts.failed_at.is_some_and(|at| fetched.is_within(at, LIFETIME));
            let waits = origin == Origin::Presented && age >= LIFETIME && !failing;
            let under_way = attempts.pending(Origin::Presented).is_some();
            if cooling && !under_way {
                return (Step::Use(keys), None);
            }
            let (step, began) = attempts.join_or_begin(Origin::Presented, Some(Arc::clone(&keys)), fetched);
            return (if waits { step } else { Step::Use(keys) }, began);
        }
        match (origin, attempts.pending(origin)) {
            (Origin::Presented, None) if cooling => {
                // The id is not in the set; unless the last attempt failed, the key does not exist.
                let failed = attempts.last.as_ref().is_some_and(|last| !last.succeeded);
                (if failed { Step::Refuse } else { Step::Use(keys) }, None)
            }
            _ => attempts.join_or_begin(origin, None, fetched),
        }
    }
}

fn unavailable(what: impl Into<Message>) -> Error {
    Error::new(ErrorKind::KeysUnavailable, Outcome::NotSent, what).with_retryable(true)
}

#[cfg(test)]
mod tests;
