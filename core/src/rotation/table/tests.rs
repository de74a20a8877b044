//! Random interleavings of calls against a model of the service: what the table promises holds whatever happens.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::model::{Object, Value};
use crate::secret::RefreshJwt;
use crate::session::Session;

const GRACE: Duration = Duration::from_secs(10);
const TENANTS: [&str; 3] = ["T0", "T1", "T2"];

fn token(number: usize) -> RefreshJwt {
    RefreshJwt::new(format!("refresh {number}"))
}

fn fingerprint(number: usize) -> Fingerprint {
    Fingerprint::of(token(number).expose())
}

/// A verified response with this refresh token, for this tenant.
fn response(number: usize, tenant: &str) -> JwtResponse {
    let mut claims = Object::new();
    for (name, value) in [("sub", "U1"), ("dct", tenant)] {
        claims.insert(name.to_owned(), Value::from(value.to_owned()));
    }
    claims.insert("exp".to_owned(), Value::from(i64::MAX / 2));
    let body = format!(r#"{{"sessionJwt": "session {number}", "refreshJwt": "refresh {number}"}}"#);
    let response: JwtResponse = serde_json::from_str(&body).unwrap();
    JwtResponse { session: Session::from_claims("P1", claims).map(std::sync::Arc::new), ..response }
}

fn select(tenant: &str) -> Requested {
    Requested::Select { tenant: tenant.to_owned(), context: None }
}

fn refresh(follow_switch: bool) -> Requested {
    Requested::Refresh { context: None, follow_switch }
}

fn succession(used: usize, tenant: &str, new: usize, of: &str, until: Instant) -> Succession {
    Succession {
        used: fingerprint(used),
        tenant: Some(tenant.to_owned()),
        token: token(new),
        response: response(new, of),
        user_id: "U1".to_owned(),
        context: None,
        bytes: 1000,
        until,
    }
}

/// One step of a history. Times are in seconds, and an index picks one of the calls or tokens that there are.
#[derive(Clone, Debug)]
enum Step {
    /// A call presents a token that some browser holds.
    Enter {
        token: Index,
        call: Call,
    },
    /// An exchange whose turn has come is decided on, and sent if that is the decision.
    Decide(Index),
    /// The service processes a request that was sent, and its response arrives.
    Complete(Index, Fate),
    /// A call that has not been sent is cancelled, or its deadline passes.
    Leave(Index),
    Pass(u64),
}

#[derive(Clone, Debug, PartialEq)]
enum Call {
    Select(usize),
    Refresh { follow_switch: bool },
    Read,
    SignOut,
}

/// What becomes of an exchange at the service and on the way back.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Verified,
    /// The tokens are bad or of another user.
    FailedVerification,
    KeysUnavailable,
    Refused,
    /// The service processed the request, and the response is lost.
    Unknown,
}

fn step() -> impl Strategy<Value = Step> {
    let call = prop_oneof![
        4 => (0..TENANTS.len()).prop_map(Call::Select),
        4 => any::<bool>().prop_map(|follow_switch| Call::Refresh { follow_switch }),
        3 => Just(Call::Read),
        1 => Just(Call::SignOut),
    ];
    let fate = prop_oneof![
        8 => Just(Fate::Verified),
        1 => Just(Fate::FailedVerification),
        1 => Just(Fate::KeysUnavailable),
        2 => Just(Fate::Refused),
        1 => Just(Fate::Unknown),
    ];
    prop_oneof![
        6 => (any::<Index>(), call).prop_map(|(token, call)| Step::Enter { token, call }),
        6 => any::<Index>().prop_map(Step::Decide),
        6 => (any::<Index>(), fate).prop_map(|(at, fate)| Step::Complete(at, fate)),
        1 => any::<Index>().prop_map(Step::Leave),
        2 => (0..8_u64).prop_map(Step::Pass),
    ]
}

/// A call that is under way.
struct Pending {
    presented: usize,
    call: Call,
    entered: Entered,
    entered_at: Instant,
    /// The token that was sent, once it was.
    sent: Option<usize>,
}

impl Pending {
    fn kind(&self) -> Kind {
        match self.call {
            Call::Select(tenant) => Kind::Exchange { switch: Some(Fingerprint::of(TENANTS[tenant])) },
            Call::Refresh { .. } => Kind::Exchange { switch: None },
            Call::Read => Kind::Read,
            Call::SignOut => Kind::SignOut,
        }
    }

    fn has_turn(&self) -> bool {
        use futures_util::FutureExt;
        self.entered.wake.as_ref().is_none_or(|wake| {
            let come = wake.notified().now_or_never().is_some();
            if come {
                wake.notify_one();
            }
            come
        })
    }
}

/// What is true at the service and in the browsers, and what the table may know of it.
#[derive(Default)]
struct Model {
    table: Table,
    now: Option<Instant>,
    tokens: usize,
    tenants: BTreeMap<usize, usize>,
    /// When the client learned that a token was superseded, and that its successor is good.
    learned: BTreeMap<usize, Instant>,
    /// Tokens whose successor could not be verified, or was found to be bad.
    doubtful: BTreeSet<usize>,
    /// The newest token of each chain.
    newest: BTreeMap<ChainId, usize>,
    /// The last call that was decided on in each chain: exchanges come in the order of the calls.
    last: BTreeMap<ChainId, Ticket>,
    /// The chains that were signed out.
    ended: BTreeSet<ChainId>,
    calls: Vec<Pending>,
}

impl Model {
    fn new() -> Self {
        Self { now: Some(Instant::now()), tokens: 1, tenants: BTreeMap::from([(0, 0)]), ..Self::default() }
    }

    fn now(&self) -> Instant {
        self.now.unwrap()
    }

    fn number(text: &RefreshJwt) -> usize {
        text.expose().rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// A call that was made within the grace must not send a token that the client knows to be superseded.
    fn check_sent(&self, sent: usize, entered_at: Instant) {
        let learned = self.learned.get(&sent).filter(|_| !self.doubtful.contains(&sent));
        if let Some(learned) = learned {
            assert!(
                entered_at >= *learned + GRACE,
                "token {sent} was superseded, and is sent for a call within the grace"
            );
        }
    }

    /// The keys are in reach again: what was kept is verified.
    fn verify(&mut self, place: usize, kept: &Unverified) {
        let Entered { chain, sign_outs, .. } = self.calls[place].entered;
        let used = (0..self.tokens).find(|number| fingerprint(*number) == kept.used).unwrap();
        let new = Self::number(kept.response.refresh_jwt.as_ref().unwrap());
        let (from, to) = (TENANTS[self.tenants[&used]], TENANTS[self.tenants[&new]]);
        let now = self.now();
        self.table.verified(chain, succession(used, from, new, to, now + GRACE), sign_outs, now);
        if self.table.sign_outs(chain) == sign_outs {
            self.learned.insert(used, now);
            self.doubtful.remove(&used);
            self.newest.insert(chain, new);
        }
    }

    fn enter(&mut self, presented: usize, call: Call) {
        let mut pending = Pending {
            presented,
            call,
            entered: Entered { chain: 0, ticket: 0, wake: None, sign_outs: 0 },
            entered_at: self.now(),
            sent: None,
        };
        pending.entered = self.table.enter(fingerprint(presented), pending.kind(), self.now());
        self.calls.push(pending);
    }

    fn leave(&mut self, place: usize) {
        let call = self.calls.remove(place);
        let kind = call.kind();
        self.table.leave(fingerprint(call.presented), call.entered.chain, call.entered.ticket, kind);
    }

    fn decide(&mut self, place: usize) {
        let now = self.now();
        let Pending { presented, call, .. } = &self.calls[place];
        let (presented, call) = (*presented, call.clone());
        let sent = match &call {
            Call::Read | Call::SignOut => match self.table.current(fingerprint(presented), now) {
                Current::Presented => presented,
                Current::Newest(newest) => Self::number(&newest),
                Current::Unverified(kept) => {
                    self.verify(place, &kept);
                    return self.decide(place);
                }
            },
            Call::Select(_) | Call::Refresh { .. } => {
                let requested = match &call {
                    Call::Select(tenant) => select(TENANTS[*tenant]),
                    Call::Refresh { follow_switch } => refresh(*follow_switch),
                    Call::Read | Call::SignOut => unreachable!(),
                };
                let tenant = TENANTS[self.tenants[&presented]];
                let Entered { chain, sign_outs, .. } = self.calls[place].entered;
                let ended = self.ended.contains(&chain);
                let ticket = self.calls[place].entered.ticket;
                let former = self.last.insert(chain, ticket);
                assert!(former.is_none_or(|former| former <= ticket), "an exchange overtook an earlier one");
                if self.table.sign_outs(chain) != sign_outs {
                    return self.leave(place);
                }
                match self.table.decide(fingerprint(presented), &requested, Some(tenant), |_| true, now) {
                    Decision::Send(token) => token.as_ref().map_or(presented, Self::number),
                    Decision::Reuse(response) => {
                        assert!(!ended, "nothing is returned for an ended chain");
                        let brought = response.session().unwrap().current_tenant().unwrap();
                        match &call {
                            Call::Select(tenant) => assert_eq!(brought, TENANTS[*tenant]),
                            Call::Refresh { follow_switch } => assert!(*follow_switch || brought == tenant),
                            Call::Read | Call::SignOut => unreachable!(),
                        }
                        assert_eq!(Self::number(response.refresh_jwt.as_ref().unwrap()), self.newest[&chain]);
                        return self.leave(place);
                    }
                    Decision::Switched(response) => {
                        assert!(!ended);
                        assert_ne!(response.session().unwrap().current_tenant(), Some(tenant));
                        return self.leave(place);
                    }
                    Decision::Verify(kept) => {
                        self.verify(place, &kept);
                        return self.decide(place);
                    }
                }
            }
        };
        self.check_sent(sent, self.calls[place].entered_at);
        self.calls[place].sent = Some(sent);
    }

    fn complete(&mut self, place: usize, fate: Fate) {
        let now = self.now();
        let Pending { call, entered, sent, .. } = &self.calls[place];
        let (call, chain, sign_outs, sent) = (call.clone(), entered.chain, entered.sign_outs, sent.unwrap());
        match call {
            Call::Read => {}
            Call::SignOut => {
                self.table.sign_out(chain);
                self.ended.insert(chain);
            }
            Call::Select(_) | Call::Refresh { .. } if fate == Fate::Refused => {}
            Call::Select(_) | Call::Refresh { .. } => {
                let tenant = match call {
                    Call::Select(tenant) => tenant,
                    _ => self.tenants[&sent],
                };
                let new = self.tokens;
                self.tokens += 1;
                self.tenants.insert(new, tenant);
                let from = TENANTS[self.tenants[&sent]];
                match fate {
                    Fate::Verified => {
                        let succession = succession(sent, from, new, TENANTS[tenant], now + GRACE);
                        let remembered = self.table.remember(chain, succession, sign_outs, now);
                        assert_eq!(remembered, self.table.sign_outs(chain) == sign_outs);
                        if remembered {
                            self.learned.insert(sent, now);
                            self.newest.insert(chain, new);
                        }
                    }
                    Fate::KeysUnavailable => {
                        let unverified = Unverified {
                            used: fingerprint(sent),
                            tenant: Some(from.to_owned()),
                            response: response(new, TENANTS[tenant]),
                            user_id: "U1".to_owned(),
                            context: None,
                            bytes: 1000,
                            until: now + GRACE,
                        };
                        if self.table.keep(chain, unverified, sign_outs, now) {
                            self.doubtful.insert(sent);
                        }
                    }
                    Fate::FailedVerification | Fate::Unknown | Fate::Refused => {
                        self.doubtful.insert(sent);
                    }
                }
            }
        }
        self.leave(place);
    }
}

/// The places of the calls for which this holds.
fn those(calls: &[Pending], holds: impl Fn(&Pending) -> bool) -> Vec<usize> {
    calls.iter().enumerate().filter(|(_, call)| holds(call)).map(|(place, _)| place).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_promises_hold_for_any_history(steps in proptest::collection::vec(step(), 1..60)) {
        let mut model = Model::new();
        for step in steps {
            match step {
                Step::Enter { token, call } if model.ended.is_empty() => {
                    let presented = token.index(model.tokens);
                    model.enter(presented, call);
                }
                Step::Enter { .. } => {}
                Step::Decide(index) => {
                    let places = those(&model.calls, |call| call.sent.is_none() && call.has_turn());
                    if !places.is_empty() {
                        model.decide(places[index.index(places.len())]);
                    }
                }
                Step::Complete(index, fate) => {
                    let places = those(&model.calls, |call| call.sent.is_some());
                    if !places.is_empty() {
                        model.complete(places[index.index(places.len())], fate);
                    }
                }
                Step::Leave(index) => {
                    let places = those(&model.calls, |call| call.sent.is_none());
                    if !places.is_empty() {
                        model.leave(places[index.index(places.len())]);
                    }
                }
                Step::Pass(seconds) => model.now = Some(model.now() + Duration::from_secs(seconds)),
            }
            let exchanges = model.calls.iter().filter(|call| {
                call.sent.is_some() && matches!(call.kind(), Kind::Exchange { .. })
            });
            let mut chains = BTreeSet::new();
            for exchange in exchanges {
                prop_assert!(chains.insert(exchange.entered.chain), "one exchange of a chain at a time");
            }
        }
        // When every call has ended and every grace has passed, nothing is left.
        while !model.calls.is_empty() {
            model.leave(0);
        }
        let later = model.now() + GRACE;
        prop_assert_eq!(model.table.counts(later).0, 0);
        prop_assert!(model.table.tokens.is_empty() && model.table.chains.is_empty());
        prop_assert_eq!(model.table.bytes, 0);
    }
}

/// A table in which the first token was superseded by a switch to T1.
fn switched() -> (Table, u64, Instant) {
    let (mut table, now) = (Table::default(), Instant::now());
    let entered = table.enter(fingerprint(0), Kind::Exchange { switch: None }, now);
    assert!(table.remember(entered.chain, succession(0, "T0", 1, "T1", now + GRACE), entered.sign_outs, now));
    table.leave(fingerprint(0), entered.chain, entered.ticket, Kind::Exchange { switch: None });
    (table, entered.chain, now)
}

fn sends(decision: &Decision) -> Option<usize> {
    match decision {
        Decision::Send(Some(token)) => Some(Model::number(token)),
        _ => None,
    }
}

#[test]
fn a_superseded_token_is_replaced_until_its_grace_has_passed() {
    let (mut table, _, now) = switched();
    let current = |table: &mut Table, after: Duration| match table.current(fingerprint(0), now + after) {
        Current::Newest(token) => Some(Model::number(&token)),
        _ => None,
    };
    assert_eq!(current(&mut table, GRACE - Duration::from_millis(1)), Some(1));
    assert_eq!(current(&mut table, GRACE), None);
    assert!(table.tokens.is_empty() && table.chains.is_empty() && table.bytes == 0);
}

#[test]
fn a_chain_is_followed_to_its_newest_token() {
    let (mut table, chain, now) = switched();
    let later = now + GRACE / 2;
    assert!(table.remember(chain, succession(1, "T1", 2, "T2", later + GRACE), 0, later));
    for number in [0, 1] {
        let decision = table.decide(fingerprint(number), &select("T1"), Some("T0"), |_| true, later);
        assert_eq!(sends(&decision), Some(2), "T2 is active now, so T1 is a switch");
    }
    let decision = table.decide(fingerprint(0), &select("T2"), Some("T0"), |_| true, later);
    assert!(matches!(decision, Decision::Reuse(_)));
    // The first token is forgotten first; the second one still stands for the third.
    assert!(sends(&table.decide(fingerprint(0), &select("T1"), None, |_| true, now + GRACE)).is_none());
    assert_eq!(sends(&table.decide(fingerprint(1), &select("T1"), None, |_| true, now + GRACE)), Some(2));
}

#[test]
fn a_session_that_ends_is_not_returned() {
    let (mut table, _, now) = switched();
    let decision = table.decide(fingerprint(0), &select("T1"), Some("T0"), |_| false, now);
    assert_eq!(sends(&decision), Some(1));
}

#[test]
fn nothing_is_returned_after_a_sign_out_and_its_tokens_are_still_followed() {
    let (mut table, chain, now) = switched();
    table.sign_out(chain);
    let decision = table.decide(fingerprint(0), &select("T1"), Some("T0"), |_| true, now);
    assert_eq!(sends(&decision), Some(1));
    assert!(!table.remember(chain, succession(1, "T1", 2, "T1", now + GRACE), 0, now), "it was pending");
}

#[test]
fn a_sign_out_of_all_sessions_ends_the_chains_of_the_user_alone() {
    let (mut table, now) = (Table::default(), Instant::now());
    let pending = table.enter(fingerprint(0), Kind::Exchange { switch: None }, now);
    table.set_user(pending.chain, "U1");
    table.sign_out_user("U2");
    assert_eq!(table.sign_outs(pending.chain), 0);
    table.sign_out_user("U1");
    assert_eq!(table.sign_outs(pending.chain), 1);
}

#[test]
fn a_call_made_within_the_grace_is_served_after_it() {
    let (mut table, _, now) = switched();
    let waiting = table.enter(fingerprint(0), Kind::Read, now);
    let later = now + 2 * GRACE;
    assert!(matches!(table.current(fingerprint(0), later), Current::Newest(token) if Model::number(&token) == 1));
    table.leave(fingerprint(0), waiting.chain, waiting.ticket, Kind::Read);
    assert!(matches!(table.current(fingerprint(0), later), Current::Presented));
    assert!(table.tokens.is_empty() && table.chains.is_empty() && table.bytes == 0);
}

fn unverified(used: usize, new: usize, until: Instant) -> Unverified {
    Unverified {
        used: fingerprint(used),
        tenant: Some("T1".to_owned()),
        response: response(new, "T1"),
        user_id: "U1".to_owned(),
        context: None,
        bytes: 1000,
        until,
    }
}

#[test]
fn the_token_of_an_unverified_response_belongs_to_its_chain() {
    let (mut table, chain, now) = switched();
    assert!(table.keep(chain, unverified(1, 2, now + GRACE), 0, now));
    let entered = table.enter(fingerprint(2), Kind::Exchange { switch: None }, now);
    assert_eq!(entered.chain, chain);
    assert!(matches!(table.decide(fingerprint(2), &refresh(false), None, |_| true, now), Decision::Send(None)));
    assert!(table.remember(chain, succession(2, "T1", 3, "T1", now + GRACE), 0, now));
    for number in [0, 1, 2] {
        assert!(
            matches!(table.current(fingerprint(number), now), Current::Newest(token) if Model::number(&token) == 3)
        );
    }
}

#[test]
fn an_unverified_response_leads_to_no_other_user() {
    let (mut table, chain, now) = switched();
    assert!(table.keep(chain, unverified(1, 2, now + GRACE), 0, now));
    let other = Succession { user_id: "U2".to_owned(), ..succession(2, "T1", 3, "T1", now + GRACE) };
    assert!(table.remember(chain, other, 0, now));
    assert!(matches!(table.current(fingerprint(1), now), Current::Presented));
}

#[test]
fn a_kept_response_that_is_bad_leaves_nothing_to_follow_to() {
    let (mut table, chain, now) = switched();
    assert!(table.keep(chain, unverified(1, 2, now + GRACE), 0, now));
    table.discard_kept(chain);
    for number in [0, 1, 2] {
        assert!(matches!(table.current(fingerprint(number), now), Current::Presented));
    }
    assert_eq!(table.bytes, 0);
}

#[test]
fn a_service_that_does_not_rotate_leaves_old_tokens_good() {
    let (mut table, _, now) = switched();
    table.observed(false);
    assert!(matches!(table.current(fingerprint(0), now), Current::Presented));
    assert_eq!(table.counts(now), (0, 0));
}

#[test]
fn a_response_whose_keys_are_out_of_reach_is_verified_first() {
    let (mut table, chain, now) = switched();
    assert!(table.keep(chain, unverified(1, 2, now + GRACE), 0, now));
    for number in [0, 1] {
        assert!(matches!(table.current(fingerprint(number), now), Current::Unverified(_)));
    }
    table.verified(chain, succession(1, "T1", 2, "T1", now + GRACE), 0, now);
    assert!(matches!(table.current(fingerprint(0), now), Current::Newest(token) if Model::number(&token) == 2));
    // Verified twice by two calls: the second one changes nothing, whatever came in between.
    assert!(table.remember(chain, succession(2, "T1", 3, "T1", now + GRACE), 0, now));
    table.verified(chain, succession(1, "T1", 2, "T1", now + GRACE), 0, now);
    assert!(matches!(table.current(fingerprint(0), now), Current::Newest(token) if Model::number(&token) == 3));
}

#[test]
fn a_read_that_was_left_without_a_response_keeps_its_chain_for_a_moment() {
    let (mut table, now) = (Table::default(), Instant::now());
    let until = now + Duration::from_millis(500);
    let entered = table.enter(fingerprint(0), Kind::Read, now);
    table.leave_unfinished(fingerprint(0), entered.chain, entered.ticket, until);
    let exchange = table.enter(fingerprint(0), Kind::Exchange { switch: None }, now);
    assert_eq!(exchange.chain, entered.chain);
    assert_eq!(table.lane(exchange.chain).and_then(|lane| lane.unfinished_until()), Some(until));
    table.leave(fingerprint(0), exchange.chain, exchange.ticket, Kind::Exchange { switch: None });
    assert_eq!(table.counts(until), (0, 0));
    assert!(table.tokens.is_empty() && table.chains.is_empty() && table.unfinished.is_empty());
}

#[test]
fn the_oldest_are_forgotten_above_the_limit() {
    let (mut table, now) = (Table::default(), Instant::now());
    for number in 0..10 {
        let (old, new, until) = (2 * number, 2 * number + 1, now + GRACE + Duration::from_millis(number as u64));
        let entered = table.enter(fingerprint(old), Kind::Read, now);
        assert!(table.remember(entered.chain, succession(old, "T0", new, "T1", until), 0, now));
        table.leave(fingerprint(old), entered.chain, entered.ticket, Kind::Read);
    }
    let limit = table.bytes * 35 / 100;
    table.evict_oldest(limit);
    assert_eq!(table.counts(now), (3, 7));
    assert!(table.bytes <= limit && table.tokens.len() == 6);
    assert!(matches!(table.current(fingerprint(18), now), Current::Newest(_)));
    assert!(matches!(table.current(fingerprint(0), now), Current::Presented));
}
