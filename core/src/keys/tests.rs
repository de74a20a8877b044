//! Every rule of the key cache, with a clock and an endpoint of the test's own.

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
    let good =
        r#"{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
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
