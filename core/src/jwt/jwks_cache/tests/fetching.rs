//! Pending fetches: which calls join one, which wait for one, and what becomes of one without callers.

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::runtime::{Builder, Runtime};

use super::*;

const PATIENCE: Duration = Duration::from_secs(3600);

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[tokio::test]
async fn a_miss_joins_a_pending_fetch_during_the_cooldown() {
    let fixture = Fixture::with_k1().await;
    fixture.pass(COOLDOWN);
    fixture.serve(&["k1", "k2"]);
    fixture.hang(true);
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let fixture = fixture.clone();
            tokio::spawn(async move { fixture.presented("k2").await })
        })
        .collect();
    fixture.until_hanging(1).await;
    fixture.release(0);
    for result in join_all(calls).await {
        assert!(result.unwrap().unwrap(), "a good token of the new key");
    }
    assert_eq!(fixture.fetches(), 2);
}

#[tokio::test]
async fn a_miss_joins_a_pending_fetch_for_a_token_just_returned() {
    let fixture = Fixture::with_k1().await;
    fixture.serve(&["k1", "k2"]);
    fixture.hang(true);
    let mut returned = Box::pin(fixture.just_returned("k2"));
    assert!((&mut returned).now_or_never().is_none());
    let mut presented = Box::pin(fixture.presented("k2"));
    assert!((&mut presented).now_or_never().is_none(), "within the cooldown of the first fetch");
    fixture.until_hanging(1).await;
    fixture.release(0);
    assert!(presented.await.unwrap() && returned.await.unwrap());
    assert_eq!(fixture.fetches(), 2);
}

#[tokio::test]
async fn a_fetch_is_stored_when_all_of_its_callers_are_cancelled() {
    let fixture = Fixture::new();
    fixture.hang(true);
    let late = fixture.within(Duration::from_millis(1), "k1", Origin::Presented).await.unwrap_err();
    assert_eq!((late.kind(), late.is_retryable()), (ErrorKind::KeysUnavailable, true));
    let mut cancelled = Box::pin(fixture.presented("k1"));
    assert!((&mut cancelled).now_or_never().is_none());
    drop(cancelled);
    fixture.until_hanging(1).await;
    fixture.release(0);
    fixture.until(|fixture| fixture.cache.fresh("k1").is_some()).await;
    assert_eq!(fixture.fetches(), 1);
}

#[tokio::test]
async fn keys_of_an_endpoint_slower_than_its_callers_are_kept() {
    let fixture = Fixture::with_k1().await;
    fixture.pass(COOLDOWN);
    fixture.serve(&["k2"]);
    fixture.hang(true);
    for _ in 0..10 {
        let error = fixture.within(Duration::from_millis(1), "k2", Origin::Presented).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::KeysUnavailable, "not INVALID_TOKEN: nothing is known of the name yet");
    }
    fixture.until_hanging(1).await;
    fixture.release(0);
    fixture.until(|fixture| fixture.cache.fresh("k2").is_some()).await;
    assert_eq!(fixture.fetches(), 2);
}

#[test]
fn a_dropped_fetch_is_a_failed_attempt() {
    let first = runtime();
    let fixture = first.block_on(Fixture::with_k1());
    fixture.pass(COOLDOWN);
    fixture.serve(&["k2"]);
    fixture.hang(true);
    first.block_on(async {
        let late = fixture.within(Duration::from_millis(1), "k2", Origin::Presented).await;
        assert_eq!(late.unwrap_err().kind(), ErrorKind::KeysUnavailable);
        fixture.until_hanging(1).await;
    });
    drop(first);
    fixture.hang(false);
    let error = runtime().block_on(fixture.presented("k2")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable, "not INVALID_TOKEN: the fetch said nothing");
    assert_eq!(fixture.fetches(), 2, "it began, so the cooldown counts");
    fixture.pass(COOLDOWN);
    assert!(runtime().block_on(fixture.presented("k2")).unwrap());
}

#[test]
fn a_caller_fetches_again_when_the_runtime_of_the_fetch_ends() {
    for cached in [false, true] {
        let (first, second) = (runtime(), runtime());
        let fixture = Fixture::new();
        if cached {
            assert!(first.block_on(fixture.presented("k1")).unwrap());
            fixture.pass(COOLDOWN);
        }
        let before = fixture.fetches();
        fixture.serve(&["k2"]);
        fixture.hang(true);
        first.block_on(async {
            let fetching = fixture.clone();
            tokio::spawn(async move { fetching.presented("k2").await });
            fixture.until_hanging(1).await;
        });
        second.block_on(async {
            let mut waiting = Box::pin(fixture.presented("k2"));
            assert!((&mut waiting).now_or_never().is_none());
            assert_eq!(fixture.fetches() - before, 1, "joined");
            fixture.hang(false);
            first.shutdown_background();
            assert!(waiting.await.unwrap());
        });
        assert_eq!(fixture.fetches() - before, 2);
    }
}

#[test]
fn a_caller_fetches_again_when_nothing_drives_the_fetch() {
    let (idle, second) = (runtime(), Builder::new_current_thread().enable_all().start_paused(true).build().unwrap());
    let fixture = Fixture::new();
    idle.block_on(async {
        // Begun, and never polled again once this returns.
        assert!(fixture.presented("k1").now_or_never().is_none());
    });
    assert!(second.block_on(fixture.presented("k1")).unwrap());
    assert_eq!(fixture.fetches(), 1);
    drop(idle);
    assert!(fixture.cache.fresh("k1").is_some());
}

#[tokio::test]
async fn a_known_name_just_returned_never_waits() {
    let fixture = Fixture::with_k1().await;
    fixture.hang(true);
    for (number, age) in
        [LIFETIME - Duration::from_secs(60), Duration::from_secs(11 * 60), STALE / 2].iter().enumerate()
    {
        fixture.now.store(1_000_000 + age.as_secs(), Ordering::SeqCst);
        for _ in 0..5 {
            let known = fixture.just_returned("k1").now_or_never();
            assert!(known.expect("it waits").unwrap(), "with a set of {age:?}");
        }
        assert!(fixture.fetches() <= 2, "{} fetches after {number}", fixture.fetches());
    }
    fixture.until_hanging(1).await;
    fixture.release(0);
    fixture.until(|fixture| fixture.cache.fresh("k1").is_some()).await;
    assert_eq!(fixture.fetches(), 2, "the set was refreshed in the background");
}

#[tokio::test]
async fn known_names_just_returned_respect_the_cooldown() {
    let fixture = Fixture::with_k1().await;
    fixture.pass(LIFETIME);
    fixture.fail(true);
    for _ in 0..20 {
        assert!(fixture.just_returned("k1").await.unwrap());
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.fetches(), 2);
}

#[tokio::test]
async fn a_fetch_from_before_the_token_does_not_decide_about_a_name_just_returned() {
    let fixture = Fixture::with_k1().await;
    fixture.serve(&["k2"]);
    fixture.hang(true);
    let mut older = Box::pin(fixture.just_returned("k2"));
    assert!((&mut older).now_or_never().is_none());
    fixture.until_hanging(1).await;
    fixture.serve(&["k2", "k3"]);
    let mut newer = Box::pin(fixture.just_returned("k3"));
    assert!((&mut newer).now_or_never().is_none());
    fixture.hang(false);
    fixture.release(0);
    assert!(older.await.unwrap());
    assert!(newer.await.unwrap());
    assert_eq!(fixture.fetches(), 3);
}

#[tokio::test]
async fn a_set_is_refreshed_by_use_and_served_meanwhile() {
    let fixture = Fixture::with_k1().await;
    fixture.pass(REFRESH_FROM - Duration::from_secs(1));
    assert!(fixture.cache.fresh("k1").is_some());
    fixture.pass(Duration::from_secs(1));
    assert!(fixture.cache.fresh("k1").is_none(), "the plain read leaves the refresh to the call that can do it");
    fixture.hang(true);
    assert!(fixture.presented("k1").now_or_never().unwrap().unwrap(), "served before the endpoint has responded");
    fixture.until_hanging(1).await;
    fixture.release(0);
    fixture.until(|fixture| fixture.cache.fresh("k1").is_some()).await;
    assert_eq!(fixture.fetches(), 2);
}

#[tokio::test]
async fn an_expired_set_is_not_used_while_the_first_fetch_is_pending() {
    let fixture = Fixture::with_k1().await;
    fixture.pass(LIFETIME);
    fixture.serve(&["k2"]);
    fixture.hang(true);
    let mut calls: Vec<_> = (0..10).map(|_| Box::pin(fixture.presented("k1"))).collect();
    assert!(calls.iter_mut().all(|call| call.now_or_never().is_none()));
    fixture.until_hanging(1).await;
    fixture.release(0);
    assert!(join_all(calls).await.into_iter().all(|known| !known.unwrap()), "the key was retired");
    assert_eq!(fixture.fetches(), 2);
}

#[tokio::test]
async fn an_expired_set_is_used_at_once_after_a_failed_fetch() {
    let fixture = Fixture::with_k1().await;
    fixture.pass(LIFETIME);
    fixture.fail(true);
    assert!(fixture.presented("k1").await.unwrap());
    fixture.hang(true);
    for attempts in 3..6 {
        fixture.pass(COOLDOWN);
        assert!(fixture.presented("k1").now_or_never().unwrap().unwrap());
        fixture.until(|fixture| fixture.fetches() == attempts).await;
        fixture.release(attempts - 3);
        fixture.until(|fixture| fixture.cache.fetched.attempts().presented.is_none()).await;
    }
    fixture.pass(LIFETIME);
    assert!(fixture.presented("k1").now_or_never().is_none(), "what failed long ago says nothing about now");
}

#[tokio::test]
async fn an_older_response_does_not_replace_a_newer_one() {
    let fixture = Fixture::new();
    fixture.hang(true);
    let mut older = Box::pin(fixture.within(PATIENCE, "k1", Origin::Presented));
    assert!((&mut older).now_or_never().is_none());
    fixture.until_hanging(1).await;
    fixture.serve(&["k2"]);
    let mut newer = Box::pin(fixture.within(PATIENCE, "k2", Origin::JustReturned));
    assert!((&mut newer).now_or_never().is_none());
    fixture.until_hanging(2).await;
    fixture.release(1);
    assert!(newer.await.unwrap());
    fixture.release(0);
    older.await.unwrap();
    assert!(fixture.cache.fresh("k2").is_some() && fixture.cache.fresh("k1").is_none());
}

#[tokio::test]
async fn a_fetch_that_panics_is_a_failed_attempt() {
    let fixture = Fixture::new();
    let panics = || -> Fetch { Box::pin(async { panic!("in the fetch") }) };
    let source = KeySource { fetch: Box::new(panics), deadline: Instant::now() + PATIENCE };
    let error = fixture.cache.for_token("k1", Origin::Presented, &source).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
    assert!(fixture.presented("k1").await.unwrap());
}
