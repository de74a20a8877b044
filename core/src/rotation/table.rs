//! What is known of refresh tokens: which one succeeded which, who presents them now, and for how long. Pure: the time is an
//! argument.
//!
//! A chain is a token with those that succeeded it. It lives as long as a call presents one of its tokens or the grace of a
//! superseded one lasts. Nothing here is ever printed, and a token is wiped when it is dropped.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use tokio::time::Instant;

use super::Fingerprint;
use super::decision::{Remembered, Requested, Verdict, decide};
use super::lane::{Lane, Ticket, Wake};
use super::turn::Kind;
use crate::response::JwtResponse;
use crate::secret::RefreshJwt;

/// The bytes that remembered responses may take, estimated.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// What one remembered response takes besides its tokens: the profile, the claims and the entries of the table.
const OVERHEAD: usize = 4096;

type ChainId = u64;

/// The chains of one scope.
#[derive(Default)]
pub(super) struct Table {
    tokens: HashMap<Fingerprint, Token>,
    chains: HashMap<ChainId, Chain>,
    /// The superseded tokens by the end of their grace.
    ends: BTreeSet<(Instant, Fingerprint)>,
    /// Reads that were left without a response, by the time until when they may arrive at the service. Each counts as a call.
    unfinished: BTreeSet<(Instant, Ticket, Fingerprint, ChainId)>,
    bytes: usize,
    evicted: u64,
    numbers: u64,
    rotates: Option<bool>,
}

/// What is known of one token.
struct Token {
    chain: ChainId,
    /// Calls that present it now.
    calls: usize,
    superseded: Option<Superseded>,
    /// Whether it is the newest one of its chain.
    newest: bool,
}

struct Superseded {
    until: Instant,
    tenant: Option<String>,
}

#[derive(Default)]
struct Chain {
    lane: Lane,
    calls: usize,
    superseded: usize,
    newest: Option<Newest>,
    unverified: Option<Unverified>,
    /// How often the chain was signed out.
    ends: u64,
}

/// The newest token of a chain.
struct Newest {
    fingerprint: Fingerprint,
    token: RefreshJwt,
    user_id: String,
    /// What brought it; nothing after a sign-out.
    response: Option<JwtResponse>,
    external: Option<Fingerprint>,
    bytes: usize,
}

/// One token took the place of another, and both are verified to be of the same user.
pub(crate) struct Succession {
    pub(crate) used: Fingerprint,
    /// The tenant of the token that was replaced.
    pub(crate) tenant: Option<String>,
    pub(crate) token: RefreshJwt,
    pub(crate) response: JwtResponse,
    pub(crate) user_id: String,
    pub(crate) external: Option<Fingerprint>,
    /// How long the replaced token stands for the new one.
    pub(crate) until: Instant,
}

/// A response whose tokens could not be verified yet, because the project's keys were out of reach.
#[derive(Clone)]
pub(crate) struct Unverified {
    pub(crate) used: Fingerprint,
    pub(crate) tenant: Option<String>,
    pub(crate) response: JwtResponse,
    pub(crate) user_id: String,
    pub(crate) external: Option<Fingerprint>,
    pub(crate) until: Instant,
}

/// What becomes of an exchange whose turn has come.
pub(crate) enum Decision {
    /// It is sent: with this token where the one presented is superseded.
    Send(Option<RefreshJwt>),
    /// This remembered response is what was requested.
    Reuse(JwtResponse),
    /// The tenant was switched since the token presented was the newest; this response brought the newest one.
    Switched(JwtResponse),
    /// First the tokens that an earlier exchange brought have to be verified.
    Verify(Box<Unverified>),
}

/// Which token a read or a sign-out sends.
pub(crate) enum Current {
    /// The one presented.
    Presented,
    /// The one that succeeded it.
    Newest(RefreshJwt),
    /// The tokens of an earlier exchange have to be verified first.
    Unverified(Box<Unverified>),
}

/// A place in a lane.
pub(super) struct Entered {
    pub(super) chain: ChainId,
    pub(super) ticket: Ticket,
    pub(super) wake: Wake,
    /// How often the chain was signed out before.
    pub(super) ends: u64,
}

impl Table {
    fn number(&mut self) -> u64 {
        self.numbers = self.numbers.wrapping_add(1);
        self.numbers
    }

    pub(super) fn enter(&mut self, fingerprint: Fingerprint, kind: Kind, now: Instant) -> Entered {
        self.forget_until(now);
        let (fresh, ticket) = (self.number(), self.number());
        let token =
            self.tokens.entry(fingerprint).or_insert(Token { chain: fresh, calls: 0, superseded: None, newest: false });
        token.calls = token.calls.saturating_add(1);
        let chain = self.chains.entry(token.chain).or_default();
        chain.calls = chain.calls.saturating_add(1);
        let wake = match kind {
            Kind::Exchange { switch } => chain.lane.enter_exchange(ticket, switch),
            Kind::SignOut => chain.lane.enter_sign_out(ticket),
            Kind::Read => chain.lane.enter_read(ticket),
        };
        Entered { chain: token.chain, ticket, wake, ends: chain.ends }
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
        if let Some(token) = self.tokens.get_mut(&fingerprint) {
            token.calls = token.calls.saturating_sub(1);
        }
        self.tidy_token(fingerprint);
        self.tidy_chain(chain);
    }

    pub(super) fn lane(&mut self, chain: ChainId) -> Option<&mut Lane> {
        self.chains.get_mut(&chain).map(|chain| &mut chain.lane)
    }

    pub(super) fn signed_out(&self, chain: ChainId) -> u64 {
        self.chains.get(&chain).map_or(0, |chain| chain.ends)
    }

    pub(super) fn rotates(&self) -> Option<bool> {
        self.rotates
    }

    pub(super) fn observed(&mut self, rotates: bool) {
        self.rotates = Some(rotates);
    }

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
        if let Some(unverified) = &chain.unverified {
            return Decision::Verify(Box::new(unverified.clone()));
        }
        let (Some(superseded), Some(newest)) = (&token.superseded, &chain.newest) else { return Decision::Send(None) };
        let send = || Decision::Send(Some(newest.token.clone()));
        let Some((response, session)) =
            newest.response.as_ref().and_then(|response| Some((response, response.session()?)))
        else {
            return send();
        };
        let remembered =
            Remembered { tenant: session.current_tenant(), external: newest.external, lasts: lasts(response) };
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
            Some((_, Chain { unverified: Some(unverified), .. })) => Current::Unverified(Box::new(unverified.clone())),
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

    /// Remembers that one token took the place of another; false when the chain was signed out since `ends` was read.
    pub(super) fn remember(&mut self, chain_id: ChainId, succession: Succession, ends: u64, now: Instant) -> bool {
        self.forget_until(now);
        let Succession { used, tenant, token, response, user_id, external, until } = succession;
        let Some(chain) = self.chains.get_mut(&chain_id).filter(|chain| chain.ends == ends) else { return false };
        chain.unverified = None;
        let fingerprint = Fingerprint::of(token.expose());
        let bytes = bytes(&response);
        let newest = Newest { fingerprint, token, user_id, response: Some(response), external, bytes };
        let former = chain.newest.replace(newest);
        self.bytes = self.bytes.saturating_add(bytes);
        self.drop_newest(former);
        match self.tokens.entry(fingerprint) {
            Entry::Vacant(entry) => {
                entry.insert(Token { chain: chain_id, calls: 0, superseded: None, newest: true });
            }
            // A call presents it that cannot have it from here; the order between the two is not known.
            Entry::Occupied(mut entry) => entry.get_mut().newest = entry.get().chain == chain_id,
        }
        self.supersede(chain_id, used, tenant, until);
        self.evict_oldest(MAX_BYTES);
        true
    }

    /// Keeps a response for a later verification, so that the token used up by it is not sent again; false when the chain was
    /// signed out since `ends` was read.
    pub(super) fn keep(&mut self, chain_id: ChainId, unverified: Unverified, ends: u64, now: Instant) -> bool {
        self.forget_until(now);
        let Some(chain) = self.chains.get_mut(&chain_id).filter(|chain| chain.ends == ends) else { return false };
        let (used, tenant, until) = (unverified.used, unverified.tenant.clone(), unverified.until);
        chain.unverified = Some(unverified);
        self.supersede(chain_id, used, tenant, until);
        true
    }

    /// Remembers the response that was kept, now that it is verified, unless it is kept no more.
    pub(super) fn verified(&mut self, chain: ChainId, succession: Succession, ends: u64, now: Instant) {
        let kept = self.chains.get(&chain).and_then(|chain| chain.unverified.as_ref());
        if kept.is_some_and(|kept| kept.used == succession.used) {
            self.remember(chain, succession, ends, now);
        }
    }

    /// Forgets the response that was kept: its tokens turned out to be bad.
    pub(super) fn discard_unverified(&mut self, chain: ChainId) {
        if let Some(chain) = self.chains.get_mut(&chain) {
            chain.unverified = None;
        }
    }

    fn supersede(&mut self, chain_id: ChainId, used: Fingerprint, tenant: Option<String>, until: Instant) {
        let token =
            self.tokens.entry(used).or_insert(Token { chain: chain_id, calls: 0, superseded: None, newest: false });
        if let Some(former) = token.superseded.replace(Superseded { until, tenant }) {
            self.ends.remove(&(former.until, used));
        } else if let Some(chain) = self.chains.get_mut(&token.chain) {
            chain.superseded = chain.superseded.saturating_add(1);
        }
        self.ends.insert((until, used));
    }

    /// Ends a chain: what was remembered of it is given to no call any more, and neither is what a pending exchange brings.
    pub(super) fn end(&mut self, chain: ChainId) {
        if let Some(chain) = self.chains.get_mut(&chain) {
            chain.end();
        }
    }

    /// Ends every chain of a user.
    pub(super) fn end_user(&mut self, user_id: &str) {
        let of_user = |chain: &&mut Chain| chain.newest.as_ref().is_some_and(|newest| newest.user_id == user_id);
        self.chains.values_mut().filter(of_user).for_each(Chain::end);
    }

    /// How many tokens are remembered as superseded, and how many were forgotten within their grace because of the limit.
    pub(super) fn counts(&mut self, now: Instant) -> (usize, u64) {
        self.forget_until(now);
        (self.ends.len(), self.evicted)
    }

    /// Forgets the tokens whose grace has passed, and the reads that must have arrived.
    fn forget_until(&mut self, now: Instant) {
        while let Some((_, fingerprint)) = self.ends.first().copied().filter(|(until, _)| *until <= now) {
            self.forget(fingerprint);
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
            let Some((_, fingerprint)) = self.ends.first().copied() else { return };
            self.evicted = self.evicted.saturating_add(1);
            self.forget(fingerprint);
        }
    }

    fn forget(&mut self, fingerprint: Fingerprint) {
        let Some(token) = self.tokens.get_mut(&fingerprint) else { return };
        let Some(superseded) = token.superseded.take() else { return };
        self.ends.remove(&(superseded.until, fingerprint));
        let chain_id = token.chain;
        self.tidy_token(fingerprint);
        let Some(chain) = self.chains.get_mut(&chain_id) else { return };
        chain.superseded = chain.superseded.saturating_sub(1);
        if chain.superseded > 0 {
            return;
        }
        chain.unverified = None;
        let newest = chain.newest.take();
        self.drop_newest(newest);
        self.tidy_chain(chain_id);
    }

    fn drop_newest(&mut self, newest: Option<Newest>) {
        let Some(Newest { fingerprint, bytes, .. }) = newest else { return };
        self.bytes = self.bytes.saturating_sub(bytes);
        if let Some(token) = self.tokens.get_mut(&fingerprint) {
            token.newest = false;
        }
        self.tidy_token(fingerprint);
    }

    fn tidy_token(&mut self, fingerprint: Fingerprint) {
        let idle = |token: &Token| token.calls == 0 && token.superseded.is_none() && !token.newest;
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
        }
    }
}

impl Chain {
    fn end(&mut self) {
        self.ends = self.ends.wrapping_add(1);
        self.unverified = None;
        if let Some(newest) = &mut self.newest {
            newest.response = None;
        }
    }
}

/// What a remembered response takes, estimated: its tokens, and once more the claims that were read from them.
fn bytes(response: &JwtResponse) -> usize {
    let session = response.session_jwt.as_ref().map_or(0, |token| token.expose().len());
    let refresh = response.refresh_jwt.as_ref().map_or(0, |token| token.expose().len());
    session.saturating_mul(3).saturating_add(refresh.saturating_mul(2)).saturating_add(OVERHEAD)
}

#[cfg(test)]
mod tests;
