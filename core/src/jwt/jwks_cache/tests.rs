//! The rules of the key cache, with a clock and an endpoint of the test's own.

mod fetching;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use tokio::sync::oneshot;

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
#[derive(Clone)]
struct Fixture {
    cache: Arc<KeyCache>,
    endpoint: Arc<Endpoint>,
    now: Arc<AtomicU64>,
}

#[derive(Default)]
struct Endpoint {
    fetches: AtomicUsize,
    failing: AtomicBool,
    kids: Mutex<Vec<&'static str>>,
    /// Whether fetches wait until they are released.
    hanging: AtomicBool,
    held: Mutex<Vec<Option<oneshot::Sender<()>>>>,
}

impl Fixture {
    fn new() -> Self {
        let now = Arc::new(AtomicU64::new(1_000_000));
        let clock = Arc::clone(&now);
        let clock = move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::SeqCst));
        let fixture =
            Self { cache: Arc::new(KeyCache::with_clock(None, Box::new(clock))), endpoint: Arc::default(), now };
        fixture.serve(&["k1"]);
        fixture
    }

    /// A fixture whose cache holds `k1`.
    async fn with_k1() -> Self {
        let fixture = Self::new();
        assert!(fixture.presented("k1").await.unwrap());
        fixture
    }

    fn source(&self, patience: Duration) -> KeySource {
        let endpoint = Arc::clone(&self.endpoint);
        let fetch = move || -> Fetch {
            let endpoint = Arc::clone(&endpoint);
            Box::pin(async move {
                endpoint.fetches.fetch_add(1, Ordering::SeqCst);
                let kids = endpoint.kids.lock().unwrap().clone();
                if endpoint.hanging.load(Ordering::SeqCst) {
                    let (sender, receiver) = oneshot::channel();
                    endpoint.held.lock().unwrap().push(Some(sender));
                    receiver.await.unwrap();
                }
                if endpoint.failing.load(Ordering::SeqCst) {
                    return Err(Error::new(ErrorKind::Connection, Outcome::NotSent, "no connection"));
                }
                Ok(key_set(&kids))
            })
        };
        KeySource { fetch: Box::new(fetch), deadline: Instant::now() + patience }
    }

    /// Whether the keys for a token that names `kid` know it.
    async fn within(&self, patience: Duration, kid: &str, origin: Origin) -> Result<bool> {
        self.cache.for_token(kid, origin, &self.source(patience)).await.map(|keys| keys.knows(kid))
    }

    async fn presented(&self, kid: &str) -> Result<bool> {
        self.within(Duration::from_secs(3600), kid, Origin::Presented).await
    }

    async fn just_returned(&self, kid: &str) -> Result<bool> {
        self.within(Duration::from_secs(3600), kid, Origin::JustReturned).await
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

    fn hang(&self, hanging: bool) {
        self.endpoint.hanging.store(hanging, Ordering::SeqCst);
    }

    /// Lets the fetch respond that was the `index`th to hang.
    fn release(&self, index: usize) {
        let sender = self.endpoint.held.lock().unwrap()[index].take();
        sender.unwrap().send(()).unwrap();
    }

    /// Lets other tasks run until something is so.
    async fn until(&self, what: impl Fn(&Self) -> bool) {
        let reached = async {
            while !what(self) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), reached).await.expect("it never was so");
    }

    async fn until_hanging(&self, count: usize) {
        self.until(|fixture| fixture.endpoint.held.lock().unwrap().len() >= count).await;
    }
}

#[tokio::test]
async fn ten_thousand_cold_callers_cause_one_fetch() {
    let fixture = Arc::new(Fixture::new());
    let calls: Vec<_> = (0..10_000)
        .map(|_| {
            let fixture = Arc::clone(&fixture);
            tokio::spawn(async move { fixture.presented("k1").await })
        })
        .collect();
    for call in calls {
        assert!(call.await.unwrap().unwrap());
    }
    assert_eq!(fixture.fetches(), 1);
}

#[tokio::test]
async fn unknown_key_ids_cause_at_most_three_fetches_a_minute() {
    let fixture = Fixture::new();
    assert!(fixture.presented("k1").await.unwrap());
    for number in 0..100_000u32 {
        if number % 1_667 == 0 {
            fixture.pass(Duration::from_secs(1));
        }
        assert!(!fixture.presented(&format!("random-{number}")).await.unwrap());
        assert!(fixture.cache.fresh("k1").is_some(), "a known key needs no fetch meanwhile");
    }
    assert!(fixture.fetches() <= 3, "{} fetches", fixture.fetches());
}

#[tokio::test]
async fn the_cooldown_counts_from_the_attempt_and_not_for_unknown_names_just_returned() {
    let fixture = Fixture::new();
    assert!(fixture.presented("k1").await.unwrap());
    fixture.serve(&["k1", "k2"]);
    fixture.pass(Duration::from_secs(29));
    assert!(!fixture.presented("k2").await.unwrap());
    assert_eq!(fixture.fetches(), 1);
    fixture.pass(Duration::from_secs(1));
    assert!(fixture.presented("k2").await.unwrap());
    assert_eq!(fixture.fetches(), 2);
    fixture.serve(&["k3"]);
    assert!(fixture.just_returned("k3").await.unwrap(), "a rotation is picked up at once");
    assert_eq!(fixture.fetches(), 3);
    assert!(!fixture.presented("k1").await.unwrap(), "a retired key is gone with the next good set");
}

#[tokio::test]
async fn an_expired_set_is_used_when_the_fetch_fails() {
    let fixture = Fixture::new();
    fixture.presented("k1").await.unwrap();
    fixture.pass(LIFETIME);
    fixture.fail(true);
    assert!(fixture.presented("k1").await.unwrap());
    assert_eq!(fixture.fetches(), 2);
    assert!(fixture.presented("k1").await.unwrap());
    assert_eq!(fixture.fetches(), 2, "the next attempt waits for the cooldown");
    assert_eq!(fixture.presented("k2").await.unwrap_err().kind(), ErrorKind::KeysUnavailable);
    fixture.pass(STALE);
    assert_eq!(fixture.presented("k1").await.unwrap_err().kind(), ErrorKind::KeysUnavailable);
    fixture.fail(false);
    assert!(fixture.presented("k1").await.unwrap());
}

#[tokio::test]
async fn keys_are_fetched_after_the_process_was_suspended() {
    let fixture = Fixture::new();
    fixture.presented("k1").await.unwrap();
    fixture.serve(&["k2"]);
    fixture.pass(Duration::from_secs(3600));
    assert!(fixture.cache.fresh("k1").is_none());
    assert!(!fixture.presented("k1").await.unwrap());
}

#[tokio::test]
async fn a_set_is_not_fresh_after_the_clock_was_set_back() {
    let fixture = Fixture::new();
    fixture.presented("k1").await.unwrap();
    fixture.now.fetch_sub(3600, Ordering::SeqCst);
    assert!(fixture.cache.fresh("k1").is_none());
    assert!(fixture.presented("k1").await.unwrap());
    assert_eq!(fixture.fetches(), 2);
}

#[tokio::test]
async fn supplied_keys_are_never_fetched() {
    let cache = KeyCache::new(Some(key_set(&["mine"])));
    let fixture = Fixture::new();
    assert!(cache.fresh("other").is_some());
    assert!(
        !cache.for_token("other", Origin::Presented, &fixture.source(Duration::ZERO)).await.unwrap().knows("other")
    );
    assert_eq!(fixture.fetches(), 0);
}

#[tokio::test]
async fn keys_are_current_until_they_have_to_be_refreshed() {
    let fixture = Fixture::with_k1().await;
    let keys = fixture.cache.fresh("k1").unwrap();
    let fetched_at = (fixture.cache.fetched.clock)();
    assert!(fixture.cache.are_current(&keys, fetched_at + REFRESH_FROM - Duration::from_secs(1)));
    assert!(!fixture.cache.are_current(&keys, fetched_at + REFRESH_FROM));
    // The clock was set back.
    assert!(!fixture.cache.are_current(&keys, fetched_at - Duration::from_secs(1)));
    // Another set with the same keys.
    assert!(!fixture.cache.are_current(&Arc::new(key_set(&["k1"])), fetched_at));
}
