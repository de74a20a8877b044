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

use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::jwk::KeySet;

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
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    /// An Ed25519 JWK, the shortest there is; nothing is verified with it here.
    fn key_set(kids: &[&str]) -> KeySet {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let keys: Vec<_> = kids
            .iter()
            .map(|kid| serde_json::json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": x}))
            .collect();
        KeySet::from_json(serde_json::json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    /// A cache with a clock and an endpoint of the test's own.
    struct Scene {
        cache: Arc<KeyCache>,
        endpoint: Arc<Endpoint>,
        now: Arc<AtomicU64>,
    }

    struct Endpoint {
        fetches: AtomicUsize,
        failing: AtomicBool,
        kids: Mutex<Vec<&'static str>>,
        /// Permits to answer.
        answers: Semaphore,
        answered: tokio::sync::Notify,
    }

    impl Scene {
        fn new() -> Self {
            let now = Arc::new(AtomicU64::new(1_000_000));
            let clock = Arc::clone(&now);
            let mut cache = KeyCache::new(None);
            cache.clock = Arc::new(move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::SeqCst)));
            let endpoint = Endpoint {
                fetches: AtomicUsize::new(0),
                failing: AtomicBool::new(false),
                kids: Mutex::new(vec!["k1"]),
                answers: Semaphore::new(Semaphore::MAX_PERMITS),
                answered: tokio::sync::Notify::new(),
            };
            Self { cache: Arc::new(cache), endpoint: Arc::new(endpoint), now }
        }

        fn source(&self) -> KeySource {
            let endpoint = Arc::clone(&self.endpoint);
            let fetch = move || -> Fetch {
                let endpoint = Arc::clone(&endpoint);
                Box::pin(async move {
                    endpoint.fetches.fetch_add(1, Ordering::SeqCst);
                    let kids = endpoint.kids.lock().unwrap().clone();
                    endpoint.answers.acquire().await.unwrap().forget();
                    endpoint.answered.notify_one();
                    if endpoint.failing.load(Ordering::SeqCst) {
                        return Err(Error::new(ErrorKind::Connection, Outcome::NotSent, "no connection"));
                    }
                    Ok(key_set(&kids))
                })
            };
            KeySource { fetch: Box::new(fetch), deadline: Instant::now() + Duration::from_secs(3600) }
        }

        async fn ask(&self, kid: &str, origin: Origin) -> Result<bool> {
            self.cache.for_token(kid, origin, &self.source()).await.map(|keys| keys.knows(kid))
        }

        async fn presented(&self, kid: &str) -> Result<bool> {
            self.ask(kid, Origin::Presented).await
        }

        fn pass(&self, time: Duration) {
            self.now.fetch_add(time.as_secs(), Ordering::SeqCst);
        }

        fn fetches(&self) -> usize {
            self.endpoint.fetches.load(Ordering::SeqCst)
        }

        fn serve(&self, kids: &[&'static str]) {
            *self.endpoint.kids.lock().unwrap() = kids.to_vec();
        }

        fn fail(&self, failing: bool) {
            self.endpoint.failing.store(failing, Ordering::SeqCst);
        }
    }

    #[tokio::test]
    async fn ten_thousand_cold_callers_cause_one_fetch() {
        let scene = Arc::new(Scene::new());
        let calls: Vec<_> = (0..10_000)
            .map(|_| {
                let scene = Arc::clone(&scene);
                tokio::spawn(async move { scene.presented("k1").await })
            })
            .collect();
        for call in calls {
            assert!(call.await.unwrap().unwrap());
        }
        assert_eq!(scene.fetches(), 1);
    }

    #[tokio::test]
    async fn made_up_names_cause_three_fetches_a_minute_and_leave_known_keys_alone() {
        let scene = Scene::new();
        assert!(scene.presented("k1").await.unwrap());
        for number in 0..100_000u32 {
            if number % 1_667 == 0 {
                scene.pass(Duration::from_secs(1));
            }
            assert!(!scene.presented(&format!("random-{number}")).await.unwrap());
            assert!(scene.cache.fresh("k1").is_some(), "a known key needs no fetch meanwhile");
        }
        assert!(scene.fetches() <= 3, "{} fetches", scene.fetches());
    }

    #[tokio::test]
    async fn the_fetch_survives_the_caller_that_began_it() {
        let scene = Scene::new();
        scene.endpoint.answers.forget_permits(Semaphore::MAX_PERMITS);
        let source = scene.source();
        let mut first = Box::pin(scene.cache.for_token("k1", Origin::Presented, &source));
        assert!((&mut first).now_or_never().is_none());
        let mut second = Box::pin(scene.cache.for_token("k1", Origin::Presented, &source));
        assert!((&mut second).now_or_never().is_none());
        drop(first);
        scene.endpoint.answers.add_permits(1);
        assert!(second.await.unwrap().knows("k1"));
        assert_eq!(scene.fetches(), 1);
    }

    #[tokio::test]
    async fn the_cooldown_counts_from_the_attempt_and_not_for_tokens_just_returned() {
        let scene = Scene::new();
        assert!(scene.presented("k1").await.unwrap());
        scene.serve(&["k1", "k2"]);
        scene.pass(Duration::from_secs(29));
        assert!(!scene.presented("k2").await.unwrap());
        assert_eq!(scene.fetches(), 1);
        scene.pass(Duration::from_secs(1));
        assert!(scene.presented("k2").await.unwrap());
        assert_eq!(scene.fetches(), 2);
        scene.serve(&["k3"]);
        assert!(scene.ask("k3", Origin::JustReturned).await.unwrap(), "a rotation is picked up at once");
        assert_eq!(scene.fetches(), 3);
        assert!(!scene.presented("k1").await.unwrap(), "a retired key is gone with the next good set");
    }

    #[tokio::test]
    async fn a_set_is_refreshed_by_use_and_served_meanwhile() {
        let scene = Scene::new();
        scene.presented("k1").await.unwrap();
        scene.pass(REFRESH_FROM - Duration::from_secs(1));
        assert!(scene.cache.fresh("k1").is_some());
        scene.pass(Duration::from_secs(1));
        assert!(scene.cache.fresh("k1").is_none(), "the plain read leaves the refresh to the call that can do it");
        scene.endpoint.answers.forget_permits(Semaphore::MAX_PERMITS);
        assert!(scene.presented("k1").await.unwrap(), "served before the endpoint has answered");
        scene.endpoint.answers.add_permits(1);
        let first_fetch = scene.endpoint.answered.notified();
        first_fetch.await;
        while scene.cache.fresh("k1").is_none() {
            tokio::task::yield_now().await;
        }
        assert_eq!(scene.fetches(), 2);
    }

    #[tokio::test]
    async fn past_its_life_a_set_is_asked_for_and_the_old_one_serves_when_nobody_answers() {
        let scene = Scene::new();
        scene.presented("k1").await.unwrap();
        scene.pass(LIFETIME);
        scene.fail(true);
        assert!(scene.presented("k1").await.unwrap());
        assert_eq!(scene.fetches(), 2);
        assert!(scene.presented("k1").await.unwrap());
        assert_eq!(scene.fetches(), 2, "the next attempt waits for the cooldown");
        assert_eq!(scene.presented("k2").await.unwrap_err().kind(), ErrorKind::KeysUnavailable);
        scene.pass(STALE);
        assert_eq!(scene.presented("k1").await.unwrap_err().kind(), ErrorKind::KeysUnavailable);
        scene.fail(false);
        assert!(scene.presented("k1").await.unwrap());
    }

    #[tokio::test]
    async fn a_process_that_slept_asks_before_it_accepts_a_retired_key() {
        let scene = Scene::new();
        scene.presented("k1").await.unwrap();
        scene.serve(&["k2"]);
        scene.pass(Duration::from_secs(3600));
        assert!(scene.cache.fresh("k1").is_none());
        assert!(!scene.presented("k1").await.unwrap());
    }

    #[tokio::test]
    async fn a_clock_set_back_does_not_make_a_set_young_for_ever() {
        let scene = Scene::new();
        scene.presented("k1").await.unwrap();
        scene.now.fetch_sub(3600, Ordering::SeqCst);
        assert!(scene.cache.fresh("k1").is_none());
        assert!(scene.presented("k1").await.unwrap());
        assert_eq!(scene.fetches(), 2);
    }

    #[tokio::test]
    async fn an_older_answer_does_not_replace_a_newer_one() {
        let scene = Scene::new();
        scene.endpoint.answers.forget_permits(Semaphore::MAX_PERMITS);
        let source = scene.source();
        let mut older = Box::pin(scene.cache.for_token("k1", Origin::Presented, &source));
        assert!((&mut older).now_or_never().is_none());
        scene.serve(&["k2"]);
        let mut newer = Box::pin(scene.cache.for_token("k2", Origin::JustReturned, &source));
        assert!((&mut newer).now_or_never().is_none());
        // Both may answer now; the newer one is driven to its end first.
        scene.endpoint.answers.add_permits(2);
        assert!(newer.await.unwrap().knows("k2"));
        older.await.unwrap();
        assert!(scene.cache.fresh("k2").is_some() && scene.cache.fresh("k1").is_none());
    }

    #[tokio::test]
    async fn supplied_keys_are_never_fetched() {
        let cache = KeyCache::new(Some(key_set(&["mine"])));
        let scene = Scene::new();
        assert!(cache.fresh("other").is_some());
        assert!(!cache.for_token("other", Origin::Presented, &scene.source()).await.unwrap().knows("other"));
        assert_eq!(scene.fetches(), 0);
    }

    #[test]
    fn broken_sets_are_refused_as_a_whole() {
        let good = r#"{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let set = |keys: &str| KeySet::from_json(format!(r#"{{"keys":[{keys}]}}"#).as_bytes());
        assert!(set(good).is_ok());
        assert!(KeySet::from_json(format!("[{good}]").as_bytes()).is_ok(), "the older endpoint's bare array");
        for bad in [
            "",
            "{}",
            &format!("{good},{good}"),
            &good.replace(r#""alg":"EdDSA","#, ""),
            &good.replace("EdDSA", "HS256"),
            &good.replace("EdDSA", "RS256"),
            &good.replace(r#""kid":"k","#, ""),
            &good.replace(r#""kid":"k""#, r#""kid":"k","kid":"k""#),
            &good.replace(r#""kid":"k""#, r#""kid":"k","use":"enc""#),
            &good.replace("11qY", "11q="),
            &(0..65).map(|n| good.replace(r#""k""#, &format!(r#""k{n}""#))).collect::<Vec<_>>().join(","),
        ] {
            assert!(set(bad).is_err(), "{bad}");
        }
        assert!(KeySet::from_json(b"<html>").is_err());
    }
}
