//! Callers that join, leave and wait, with exchanges that end when the test says so.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use super::*;
use crate::error::kind::{ErrorKind, Outcome};
use crate::retry::policy::CallKind;

const SECOND: Duration = Duration::from_secs(1);

fn timed_out(pending: &Pending, (): ()) -> Error {
    pending.timed_out(CallKind::Exchange, false)
}

struct Fixture {
    single_flight: SingleFlight<char, usize, ()>,
    /// Whether an exchange is sent when it begins.
    sent: bool,
    may_join: AtomicBool,
    begun: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
    go: Arc<Semaphore>,
}

impl Fixture {
    fn new() -> Arc<Self> {
        Self::with(false)
    }

    fn sent() -> Arc<Self> {
        Self::with(true)
    }

    fn with(sent: bool) -> Arc<Self> {
        Arc::new(Self {
            single_flight: SingleFlight::default(),
            sent,
            may_join: AtomicBool::new(true),
            begun: Arc::default(),
            ended: Arc::default(),
            go: Arc::new(Semaphore::new(0)),
        })
    }

    async fn call(self: Arc<Self>, key: char) -> Result<usize> {
        self.call_within(key, 60 * SECOND).await
    }

    /// The exchange ends at the deadline that it has, or when it is let go.
    async fn call_within(self: Arc<Self>, key: char, timeout: Duration) -> Result<usize> {
        let (begun, ended, go) = (self.begun.clone(), self.ended.clone(), self.go.clone());
        let (sent, at) = (self.sent, Instant::now() + timeout);
        let begin = || {
            let pending = Arc::new(Pending::until_completion(at, at + 60 * SECOND));
            let shared = Arc::clone(&pending);
            let work = async move {
                let number = begun.fetch_add(1, Ordering::SeqCst);
                let departure = shared.attempt_begins(&Arc::from("the server"));
                let completion = shared.completion.filter(|_| sent && departure.leave());
                match deadline::by(&shared.deadline, completion, std::pin::pin!(go.acquire()), || true).await {
                    Some(permit) => permit.unwrap().forget(),
                    None => return Err(Error::new(ErrorKind::Timeout, Outcome::Unknown, "the exchange's own")),
                }
                ended.fetch_add(1, Ordering::SeqCst);
                Ok(number)
            };
            Begin { pending, place: (), work: Box::pin(work) }
        };
        let may_join = |()| self.may_join.load(Ordering::SeqCst);
        self.single_flight.run(key, at, may_join, begin, timed_out).await
    }

    fn pending(&self) -> usize {
        self.single_flight.table.rows().exchanges.len()
    }
}

#[tokio::test]
async fn identical_exchanges_are_one_and_others_are_not() {
    let fixture = Fixture::new();
    let mut same: Vec<_> = (0..50).map(|_| Box::pin(fixture.clone().call('a'))).collect();
    let mut other = Box::pin(fixture.clone().call('b'));
    assert!(same.iter_mut().all(|call| call.now_or_never().is_none()));
    assert!((&mut other).now_or_never().is_none());
    fixture.go.add_permits(2);
    let mut numbers = Vec::new();
    for call in same {
        numbers.push(call.await.unwrap());
    }
    assert!(numbers.iter().all(|number| *number == numbers[0]));
    assert_ne!(other.await.unwrap(), numbers[0]);
    assert_eq!(fixture.begun.load(Ordering::SeqCst), 2);
    fixture.go.add_permits(1);
    fixture.clone().call('a').await.unwrap();
    assert_eq!(fixture.begun.load(Ordering::SeqCst), 3, "a later one is a request of its own");
}

#[tokio::test]
async fn cancelling_the_first_caller_leaves_the_exchange_to_the_others() {
    let fixture = Fixture::new();
    let mut first = Box::pin(fixture.clone().call('a'));
    assert!((&mut first).now_or_never().is_none());
    let mut second = Box::pin(fixture.clone().call('a'));
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    fixture.go.add_permits(1);
    second.await.unwrap();
    assert_eq!((fixture.begun.load(Ordering::SeqCst), fixture.ended.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn cancelling_every_caller_drops_the_exchange() {
    let fixture = Fixture::new();
    let mut first = Box::pin(fixture.clone().call('a'));
    assert!((&mut first).now_or_never().is_none());
    assert_eq!(Arc::strong_count(&fixture.go), 2);
    drop(first);
    assert_eq!(Arc::strong_count(&fixture.go), 1);
    fixture.go.add_permits(1);
    fixture.clone().call('a').await.unwrap();
    assert_eq!((fixture.begun.load(Ordering::SeqCst), fixture.ended.load(Ordering::SeqCst)), (2, 1));
}

#[tokio::test]
async fn an_exchange_that_was_sent_completes_without_its_callers() {
    let fixture = Fixture::sent();
    let mut calls: Vec<_> = ['a', 'a'].map(|key| Box::pin(fixture.clone().call(key))).into();
    assert!(calls.iter_mut().all(|call| call.now_or_never().is_none()));
    drop(calls);
    assert_eq!(fixture.pending(), 1);
    fixture.go.add_permits(1);
    while fixture.pending() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!((fixture.begun.load(Ordering::SeqCst), fixture.ended.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn an_exchange_without_callers_is_not_joined() {
    let fixture = Fixture::sent();
    let mut first = Box::pin(fixture.clone().call('a'));
    assert!((&mut first).now_or_never().is_none());
    drop(first);
    let mut second = Box::pin(fixture.clone().call('a'));
    assert!((&mut second).now_or_never().is_none());
    assert_eq!(fixture.begun.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn an_exchange_that_was_sent_completes_after_the_deadline_of_its_caller() {
    let fixture = Fixture::sent();
    let error = fixture.clone().call_within('a', SECOND).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown));
    fixture.go.add_permits(1);
    while fixture.pending() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.ended.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_exchange_whose_place_may_not_be_joined_is_not() {
    let fixture = Fixture::new();
    let mut first = Box::pin(fixture.clone().call('a'));
    assert!((&mut first).now_or_never().is_none());
    fixture.may_join.store(false, Ordering::SeqCst);
    let mut second = Box::pin(fixture.clone().call('a'));
    assert!((&mut second).now_or_never().is_none());
    assert_eq!(fixture.begun.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_exchange_leaves_the_table_when_it_ends_and_when_its_last_caller_leaves() {
    let fixture = Fixture::new();
    let mut calls: Vec<_> = ['a', 'b', 'a'].map(|key| Box::pin(fixture.clone().call(key))).into();
    assert!(calls.iter_mut().all(|call| call.now_or_never().is_none()));
    assert_eq!(fixture.pending(), 2);
    drop(calls.remove(0));
    assert_eq!(fixture.pending(), 2, "another caller waits for it");
    drop(calls.remove(0));
    assert_eq!(fixture.pending(), 1);
    fixture.go.add_permits(1);
    calls.remove(0).await.unwrap();
    assert_eq!(fixture.pending(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_joins_late_keeps_its_own_deadline() {
    let (fixture, began) = (Fixture::new(), Instant::now());
    let first = tokio::spawn(fixture.clone().call_within('a', SECOND));
    tokio::task::yield_now().await;
    let second = tokio::spawn(fixture.clone().call_within('a', 10 * SECOND));
    let error = first.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Timeout, Outcome::NotSent, 1));
    assert_eq!(began.elapsed().as_millis(), 1000);
    tokio::time::sleep(5 * SECOND).await;
    fixture.go.add_permits(1);
    second.await.unwrap().unwrap();
    assert_eq!(fixture.begun.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_joins_with_an_earlier_deadline_gives_up_alone() {
    let (fixture, began) = (Fixture::new(), Instant::now());
    let first = tokio::spawn(fixture.clone().call_within('a', 10 * SECOND));
    tokio::task::yield_now().await;
    let error = fixture.clone().call_within('a', SECOND).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Timeout, true));
    assert_eq!(began.elapsed().as_millis(), 1000);
    let error = first.await.unwrap().unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "the error is that of the exchange itself");
    assert_eq!(began.elapsed().as_millis(), 10_000);
    assert_eq!(fixture.begun.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn an_exchange_that_gave_up_is_not_joined() {
    let fixture = Fixture::new();
    let (go, done) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (resume, gave_up) = (go.clone(), done.clone());
    let begin = || {
        let pending = Arc::new(Pending::new(Instant::now() + SECOND));
        let shared = Arc::clone(&pending);
        let work = async move {
            assert!(!shared.deadline.allows(Instant::now() + SECOND));
            gave_up.add_permits(1);
            resume.acquire().await.unwrap().forget();
            Ok(100)
        };
        Begin { pending, place: (), work: Box::pin(work) }
    };
    let first = tokio::spawn({
        let fixture = fixture.clone();
        async move { fixture.single_flight.run('a', Instant::now() + SECOND, |()| true, begin, timed_out).await }
    });
    done.acquire().await.unwrap().forget();
    let mut second = Box::pin(fixture.clone().call('a'));
    assert!((&mut second).now_or_never().is_none());
    assert_eq!(fixture.begun.load(Ordering::SeqCst), 1, "it began one of its own");
    go.add_permits(1);
    assert_eq!(first.await.unwrap().unwrap(), 100);
    assert_eq!(fixture.pending(), 1, "the entry is that of the second");
    fixture.go.add_permits(1);
    second.await.unwrap();
    assert_eq!(fixture.pending(), 0);
}

/// Compares costs within one run, with a wide margin for noise: a call that walks the table costs
/// thousands of times more.
#[test]
fn a_call_costs_the_same_with_one_and_with_50_000_pending() {
    type Numbers = SingleFlight<u32, u32, ()>;
    fn begin(single_flight: &Numbers, key: u32) -> impl Future<Output = Result<u32>> {
        let deadline = Instant::now() + 60 * SECOND;
        let pending = Arc::new(Pending::new(deadline));
        let begin = || Begin { pending, place: (), work: Box::pin(std::future::pending()) };
        single_flight.run(key, deadline, |()| true, begin, timed_out)
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _inside = runtime.enter();
    let fill = |count: u32| {
        let single_flight = Box::leak(Box::new(Numbers::default()));
        let mut calls: Vec<_> = (0..count).map(|key| Box::pin(begin(single_flight, key))).collect();
        assert!(calls.iter_mut().all(|call| call.now_or_never().is_none()));
        assert_eq!(single_flight.table.rows().exchanges.len(), count as usize);
        (&*single_flight, calls)
    };
    let cost = |single_flight: &Numbers, calls: u32| {
        let began = std::time::Instant::now();
        for key in 0..calls {
            assert!(Box::pin(begin(single_flight, 1_000_000 + key)).now_or_never().is_none());
        }
        began.elapsed() / calls
    };
    let (few, many) = (fill(1), fill(50_000));
    let least = |single_flight: &Numbers| (0..20).map(|_| cost(single_flight, 100)).min().unwrap();
    let (alone, crowded) = (least(few.0), least(many.0));
    assert!(crowded < alone * 50, "{alone:?} with 1 pending, {crowded:?} with 50,000");
}

#[tokio::test]
async fn an_exchange_that_panics_ends_for_all_its_callers_and_the_next_one_begins_anew() {
    let fixture = Fixture::new();
    let calls: Vec<_> = (0..3).map(|_| tokio::spawn(Arc::clone(&fixture).call('a'))).collect();
    tokio::task::yield_now().await;
    // The work unwraps the permit.
    fixture.go.close();
    for call in calls {
        assert!(call.await.unwrap_err().is_panic());
    }
    assert_eq!(fixture.begun.load(Ordering::SeqCst), 1);
    assert!(tokio::spawn(Arc::clone(&fixture).call('a')).await.unwrap_err().is_panic());
    assert_eq!(fixture.begun.load(Ordering::SeqCst), 2, "nothing is left of the first");
}
