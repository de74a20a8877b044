//! Which refresh token succeeded which, who presents them now, and for how long that is remembered. Pure: the time is an
//! argument.
//!
//! A chain lives as long as a call presents one of its tokens or the grace of a superseded one lasts. Nothing here is ever
//! printed, and a token is wiped when it is dropped.

use std::collections::{BTreeSet, HashMap};

use tokio::time::Instant;

use super::Fingerprint;
use super::decision::{Remembered, Requested, Verdict, decide};
use super::lane::{Lane, Ticket, Wake};
use super::memory::{Chain, ChainId, Current, Decision, Kept, Newest, Succession, Superseded, Token, Unverified};
use super::turn::Kind;
use crate::response::JwtResponse;

/// The bytes that remembered responses may take, estimated.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The chains of one scope.
#[derive(Default)]
pub(super) struct Table {
    tokens: HashMap<Fingerprint, Token>,
    chains: HashMap<ChainId, Chain>,
    /// The superseded tokens by the end of their grace.
    expiries: BTreeSet<(Instant, Fingerprint)>,
    /// Reads that were left without a response, by the time until when they may arrive at the service. Each counts as a call.
    unfinished: BTreeSet<(Instant, Ticket, Fingerprint, ChainId)>,
    bytes: usize,
    evicted: u64,
    numbers: u64,
    rotates: Option<bool>,
}

/// A place in a lane.
pub(super) struct Entered {
    pub(super) chain: ChainId,
    pub(super) ticket: Ticket,
    pub(super) wake: Wake,
    /// How often the chain was signed out before.
    pub(super) sign_outs: u64,
}

/// The calls that present tokens.
impl Table {
    fn number(&mut self) -> u64 {
        self.numbers = self.numbers.wrapping_add(1);
        self.numbers
    }

    pub(super) fn enter(&mut self, fingerprint: Fingerprint, kind: Kind, now: Instant) -> Entered {
        self.forget_until(now);
        let (fresh, ticket) = (self.number(), self.number());
        let token = self.tokens.entry(fingerprint).or_insert_with(|| Token::new(fresh));
        token.calls = token.calls.saturating_add(1);
        let chain = self.chains.entry(token.chain).or_default();
        chain.calls = chain.calls.saturating_add(1);
        let wake = match kind {
            Kind::Exchange { switch } => chain.lane.enter_exchange(ticket, switch),
            Kind::SignOut => chain.lane.enter_sign_out(ticket),
            Kind::Read => chain.lane.enter_read(ticket),
        };
        Entered { chain: token.chain, ticket, wake, sign_outs: chain.sign_outs }
    }

    pub(super) fn leave(&mut self, fingerprint: Fingerprint, chain: ChainId, ticket: Ticket, kind: Kind) {
        if let Some(chain) = self.chains.get_mut(&chain) {
            match kind {
                Kind::Read => chain.lane.leave_read(ticket),
                Kind::Exchange { .. } | Kind::SignOut => chain.lane.leave(ticket),
            }
        }
        self.end_call(fingerprint, chain);
    }

    /// A read leaves that was sent, and has no response: it may arrive at the service until then.
    pub(super) fn leave_unfinished(
        &mut self,
        fingerprint: Fingerprint,
        chain_id: ChainId,
        ticket: Ticket,
        until: Instant,
    ) {
        let Some(chain) = self.chains.get_mut(&chain_id) else { return };
        chain.lane.leave_read(ticket);
        chain.lane.leave_unfinished(until);
        self.unfinished.insert((until, ticket, fingerprint, chain_id));
    }

    fn end_call(&mut self, fingerprint: Fingerprint, chain: ChainId) {
        if let Some(chain) = self.chains.get_mut(&chain) {
            chain.calls = chain.calls.saturating_sub(1);
        }
        self.release(fingerprint);
        self.tidy_chain(chain);
    }

    /// Lets a token that a pending exchange brought belong to the chain already: calls that present it wait for the exchange.
    pub(super) fn hold(&mut self, fingerprint: Fingerprint, chain: ChainId) -> bool {
        let token = self.tokens.entry(fingerprint).or_insert_with(|| Token::new(chain));
        // A call that presents it meanwhile cannot have it from here; the order between the two is not known.
        let held = token.chain == chain;
        if held {
            token.calls = token.calls.saturating_add(1);
        }
        held
    }

    /// One call less presents the token.
    pub(super) fn release(&mut self, fingerprint: Fingerprint) {
        let Some(token) = self.tokens.get_mut(&fingerprint) else { return };
        token.calls = token.calls.saturating_sub(1);
        if token.calls == 0 && token.superseded.as_ref().is_some_and(|superseded| superseded.overdue) {
            self.forget(fingerprint);
        }
        self.tidy_token(fingerprint);
    }

    pub(super) fn lane(&mut self, chain: ChainId) -> Option<&mut Lane> {
        self.chains.get_mut(&chain).map(|chain| &mut chain.lane)
    }
}

/// What calls are told.
impl Table {
    /// What becomes of an exchange. `tenant` is that of the token presented; `lasts` tells whether the session of a response
    /// outlives the leeway.
    pub(super) fn decide(
        &mut self,
        fingerprint: Fingerprint,
        requested: &Requested,
        tenant: Option<&str>,
        lasts: impl Fn(&JwtResponse) -> bool,
        now: Instant,
    ) -> Decision {
        self.forget_until(now);
        let Some((token, chain)) = self.find(fingerprint) else { return Decision::Send(None) };
        if let Some(kept) = chain.kept.as_ref().filter(|kept| kept.fingerprint != fingerprint) {
            return Decision::Verify(Box::new(kept.unverified.clone()));
        }
        let (Some(superseded), Some(newest)) = (&token.superseded, &chain.newest) else { return Decision::Send(None) };
        let send = || Decision::Send(Some(newest.token.clone()));
        let remembered = newest.response.as_ref().and_then(|response| Some((response, response.session()?)));
        let Some((response, session)) = remembered else { return send() };
        let remembered =
            Remembered { tenant: session.current_tenant(), context: newest.context, lasts: lasts(response) };
        match decide(requested, tenant.or(superseded.tenant.as_deref()), &remembered) {
            Verdict::Send => send(),
            Verdict::Reuse => Decision::Reuse(response.clone()),
            Verdict::Switched => Decision::Switched(response.clone()),
        }
    }

    /// Which token a read or a sign-out sends.
    pub(super) fn current(&mut self, fingerprint: Fingerprint, now: Instant) -> Current {
        self.forget_until(now);
        match self.find(fingerprint) {
            Some((_, Chain { kept: Some(kept), .. })) if kept.fingerprint != fingerprint => {
                Current::Unverified(Box::new(kept.unverified.clone()))
            }
            Some((Token { superseded: Some(_), .. }, Chain { newest: Some(newest), .. })) => {
                Current::Newest(newest.token.clone())
            }
            _ => Current::Presented,
        }
    }

    fn find(&self, fingerprint: Fingerprint) -> Option<(&Token, &Chain)> {
        let token = self.tokens.get(&fingerprint)?;
        Some((token, self.chains.get(&token.chain)?))
    }

    /// How often a chain was signed out.
    pub(super) fn sign_outs(&self, chain: ChainId) -> u64 {
        self.chains.get(&chain).map_or(0, |chain| chain.sign_outs)
    }

    pub(super) fn rotates(&self) -> Option<bool> {
        self.rotates
    }

    /// How many tokens are remembered as superseded, and how many were forgotten within their grace because of the limit.
    pub(super) fn counts(&mut self, now: Instant) -> (usize, u64) {
        self.forget_until(now);
        (self.expiries.len(), self.evicted)
    }
}

/// What calls tell.
impl Table {
    /// Whether the service rotates refresh tokens. At one that does not, old tokens are good on their own.
    pub(super) fn observed(&mut self, rotates: bool) {
        if !rotates && self.rotates != Some(false) {
            let superseded: Vec<_> = self.expiries.iter().map(|(_, fingerprint)| *fingerprint).collect();
            superseded.into_iter().for_each(|fingerprint| self.forget(fingerprint));
        }
        self.rotates = Some(rotates);
    }

    /// Whose tokens a chain has.
    pub(super) fn set_user(&mut self, chain: ChainId, user_id: &str) {
        if let Some(chain) = self.chains.get_mut(&chain)
            && chain.user_id.is_none()
        {
            chain.user_id = Some(user_id.to_owned());
        }
    }

    /// Remembers that one token took the place of another; false when the chain was signed out since `sign_outs` was read.
    pub(super) fn remember(&mut self, chain_id: ChainId, succession: Succession, sign_outs: u64, now: Instant) -> bool {
        self.forget_until(now);
        let Succession { used, tenant, token, response, user_id, context, bytes, until } = succession;
        let Some(chain) = self.chains.get_mut(&chain_id).filter(|chain| chain.sign_outs == sign_outs) else {
            return false;
        };
        let fingerprint = Fingerprint::of(token.expose());
        let newest = Newest { fingerprint, token, response: Some(response), context, bytes };
        let (former, kept) = (chain.newest.replace(newest), chain.kept.take());
        self.bytes = self.bytes.saturating_add(bytes);
        // What an unverified response brought was not verified to be of this user.
        let foreign = kept.as_ref().filter(|kept| kept.unverified.user_id != user_id).map(|kept| kept.unverified.used);
        self.drop_kept(kept);
        self.drop_newest(former);
        let token = self.tokens.entry(fingerprint).or_insert_with(|| Token::new(chain_id));
        token.is_newest = token.chain == chain_id;
        self.supersede(chain_id, used, tenant, until);
        if let Some(foreign) = foreign.filter(|foreign| *foreign != used) {
            self.forget(foreign);
        }
        self.evict_oldest(MAX_BYTES);
        true
    }

    /// Keeps a response for a later verification, so that the token used up by it is not sent again; false when the chain was
    /// signed out since `sign_outs` was read.
    pub(super) fn keep(&mut self, chain_id: ChainId, unverified: Unverified, sign_outs: u64, now: Instant) -> bool {
        self.forget_until(now);
        let Some(chain) = self.chains.get_mut(&chain_id).filter(|chain| chain.sign_outs == sign_outs) else {
            return false;
        };
        let Some(token) = &unverified.response.refresh_jwt else { return true };
        let fingerprint = Fingerprint::of(token.expose());
        let Unverified { used, tenant, bytes, until, .. } = &unverified;
        let (used, tenant, bytes, until) = (*used, tenant.clone(), *bytes, *until);
        let former = chain.kept.replace(Kept { fingerprint, unverified });
        self.bytes = self.bytes.saturating_add(bytes);
        self.drop_kept(former);
        let token = self.tokens.entry(fingerprint).or_insert_with(|| Token::new(chain_id));
        token.is_newest = token.chain == chain_id;
        self.supersede(chain_id, used, tenant, until);
        self.evict_oldest(MAX_BYTES);
        true
    }

    /// Remembers the response that was kept, now that it is verified, unless it is kept no more.
    pub(super) fn verified(&mut self, chain: ChainId, succession: Succession, sign_outs: u64, now: Instant) {
        let kept = self.chains.get(&chain).and_then(|chain| chain.kept.as_ref());
        if kept.is_some_and(|kept| kept.unverified.used == succession.used) {
            self.remember(chain, succession, sign_outs, now);
        }
    }

    /// Forgets the response that was kept: its tokens turned out to be bad. The token that it used up is not to be followed
    /// to.
    pub(super) fn discard_kept(&mut self, chain_id: ChainId) {
        let Some(chain) = self.chains.get_mut(&chain_id) else { return };
        let Some(kept) = chain.kept.take() else { return };
        let used = kept.unverified.used;
        let newest = chain.newest.take_if(|newest| newest.fingerprint == used);
        self.drop_kept(Some(kept));
        self.drop_newest(newest);
    }

    fn supersede(&mut self, chain_id: ChainId, used: Fingerprint, tenant: Option<String>, until: Instant) {
        let token = self.tokens.entry(used).or_insert_with(|| Token::new(chain_id));
        if let Some(former) = token.superseded.replace(Superseded { until, overdue: false, tenant }) {
            self.expiries.remove(&(former.until, used));
        } else if let Some(chain) = self.chains.get_mut(&token.chain) {
            chain.superseded = chain.superseded.saturating_add(1);
        }
        self.expiries.insert((until, used));
    }

    /// Ends a chain: what was remembered of it is given to no call any more, and neither is what a pending exchange brings.
    pub(super) fn sign_out(&mut self, chain: ChainId) {
        let kept = self.chains.get_mut(&chain).and_then(Chain::sign_out);
        self.drop_kept(kept);
    }

    /// Ends a chain that was signed out in another process, unless nothing is remembered of it any more. Gives how often it was
    /// signed out.
    pub(super) fn ended_elsewhere(&mut self, chain_id: ChainId) -> u64 {
        let remembers = |chain: &Chain| {
            chain.kept.is_some() || chain.newest.as_ref().is_some_and(|newest| newest.response.is_some())
        };
        if self.chains.get(&chain_id).is_some_and(remembers) {
            self.sign_out(chain_id);
        }
        self.sign_outs(chain_id)
    }

    /// Ends every chain of a user.
    pub(super) fn sign_out_user(&mut self, user_id: &str) {
        let of_user = |chain: &&mut Chain| chain.user_id.as_deref() == Some(user_id);
        let kept: Vec<_> = self.chains.values_mut().filter(of_user).map(Chain::sign_out).collect();
        kept.into_iter().for_each(|kept| self.drop_kept(kept));
    }
}

/// What is forgotten.
impl Table {
    /// Forgets the tokens whose grace has passed, and the reads that must have arrived. A token that a call still presents is
    /// forgotten when the call ends: the call was made within the grace.
    fn forget_until(&mut self, now: Instant) {
        while let Some(expiry) = self.expiries.first().copied().filter(|(until, _)| *until <= now) {
            let (_, fingerprint) = expiry;
            match self.tokens.get_mut(&fingerprint) {
                Some(Token { calls: 1.., superseded: Some(superseded), .. }) => {
                    superseded.overdue = true;
                    self.expiries.remove(&expiry);
                }
                _ => self.forget(fingerprint),
            }
            self.expiries.remove(&expiry);
        }
        while let Some(read) = self.unfinished.first().copied().filter(|(until, ..)| *until <= now) {
            self.unfinished.remove(&read);
            let (_, _, fingerprint, chain) = read;
            self.end_call(fingerprint, chain);
        }
    }

    /// Forgets the oldest tokens until the rest is within the limit.
    fn evict_oldest(&mut self, max_bytes: usize) {
        while self.bytes > max_bytes {
            let Some((_, fingerprint)) = self.expiries.first().copied() else { return };
            self.evicted = self.evicted.saturating_add(1);
            self.forget(fingerprint);
        }
    }

    fn forget(&mut self, fingerprint: Fingerprint) {
        let Some(token) = self.tokens.get_mut(&fingerprint) else { return };
        let Some(superseded) = token.superseded.take() else { return };
        self.expiries.remove(&(superseded.until, fingerprint));
        let chain_id = token.chain;
        self.tidy_token(fingerprint);
        let Some(chain) = self.chains.get_mut(&chain_id) else { return };
        chain.superseded = chain.superseded.saturating_sub(1);
        if chain.superseded > 0 {
            return;
        }
        let (newest, kept) = (chain.newest.take(), chain.kept.take());
        self.drop_newest(newest);
        self.drop_kept(kept);
        self.tidy_chain(chain_id);
    }

    fn drop_newest(&mut self, newest: Option<Newest>) {
        if let Some(Newest { fingerprint, bytes, .. }) = newest {
            self.drop_response(fingerprint, bytes);
        }
    }

    fn drop_kept(&mut self, kept: Option<Kept>) {
        if let Some(Kept { fingerprint, unverified }) = kept {
            self.drop_response(fingerprint, unverified.bytes);
        }
    }

    fn drop_response(&mut self, fingerprint: Fingerprint, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
        if let Some(token) = self.tokens.get_mut(&fingerprint) {
            token.is_newest = false;
        }
        self.tidy_token(fingerprint);
    }

    fn tidy_token(&mut self, fingerprint: Fingerprint) {
        let idle = |token: &Token| token.calls == 0 && token.superseded.is_none() && !token.is_newest;
        if self.tokens.get(&fingerprint).is_some_and(idle) {
            self.tokens.remove(&fingerprint);
        }
    }

    fn tidy_chain(&mut self, chain: ChainId) {
        let idle = |chain: &Chain| chain.calls == 0 && chain.superseded == 0;
        if self.chains.get(&chain).is_some_and(idle)
            && let Some(gone) = self.chains.remove(&chain)
        {
            self.drop_newest(gone.newest);
            self.drop_kept(gone.kept);
        }
    }
}

impl Token {
    fn new(chain: ChainId) -> Self {
        Self { chain, calls: 0, superseded: None, is_newest: false }
    }
}

#[cfg(test)]
mod tests;
