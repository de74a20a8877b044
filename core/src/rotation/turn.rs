//! A call's place among those that present the same chain of refresh tokens: it waits, decides, and leaves when it is dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use super::decision::Requested;
use super::lane::{Lane, Switch, Ticket, Wake};
use super::memory::{ChainId, Current, Decision, Succession, Unverified};
use super::table::Entered;
use super::{Fingerprint, Rotation};
use crate::response::JwtResponse;

/// How long a sign-out waits for an exchange.
const SIGN_OUT_PATIENCE: Duration = Duration::from_secs(2);

/// How long an exchange waits for reads. The service has seen the token of one that takes longer, and is busy with the rest.
const READS_PATIENCE: Duration = Duration::from_secs(5);

/// How long a request that was dropped may take to arrive at the service.
const ARRIVAL: Duration = Duration::from_millis(500);

/// What a call does with the token that it presents.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Trades it for another one.
    Exchange {
        /// The tenant that it switches to.
        switch: Option<Fingerprint>,
    },
    /// Ends the session.
    SignOut,
    /// Changes nothing.
    Read,
}

/// A place in the lane of a chain.
pub(crate) struct Turn {
    rotation: Arc<Rotation>,
    fingerprint: Fingerprint,
    kind: Kind,
    chain: ChainId,
    ticket: Ticket,
    wake: Wake,
    sign_outs: u64,
    /// A token that the exchange brought, and that belongs to the chain while it is pending.
    held: Option<Fingerprint>,
    /// A read that was sent, and has no response.
    unfinished: AtomicBool,
}

/// Where a call that requests the same finds the place of an exchange.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    chain: ChainId,
    ticket: Ticket,
    switch: Switch,
    sign_outs: u64,
}

impl Turn {
    pub(super) fn new(rotation: Arc<Rotation>, fingerprint: Fingerprint, kind: Kind, entered: Entered) -> Self {
        let Entered { chain, ticket, wake, sign_outs } = entered;
        let (held, unfinished) = (None, AtomicBool::new(false));
        Self { rotation, fingerprint, kind, chain, ticket, wake, sign_outs, held, unfinished }
    }

    pub(crate) fn place(&self) -> Place {
        let switch = match self.kind {
            Kind::Exchange { switch } => switch,
            Kind::SignOut | Kind::Read => None,
        };
        Place { chain: self.chain, ticket: self.ticket, switch, sign_outs: self.sign_outs }
    }

    /// Waits until the call may run: at once, unless an exchange of the chain is pending.
    pub(crate) async fn wait(&mut self) {
        if let Some(wake) = self.wake.take() {
            wake.notified().await;
        }
    }

    /// The same for a sign-out, which goes ahead when the pending exchange takes too long.
    pub(crate) async fn wait_briefly(&mut self) {
        // Going ahead early is no failure.
        let _ = timeout(SIGN_OUT_PATIENCE, self.wait()).await;
    }

    /// Waits until the reads that present the chain have ended, and those that were dropped had time to arrive; for a while.
    pub(crate) async fn reads_end(&self) {
        // The service has seen the token of a read that takes longer.
        let _ = timeout(READS_PATIENCE, self.all_reads_end()).await;
    }

    async fn all_reads_end(&self) {
        let ended = self.rotation.table().lane(self.chain).and_then(Lane::reads_ended);
        if let Some(ended) = ended {
            ended.notified().await;
        }
        let until = self.rotation.table().lane(self.chain).and_then(|lane| lane.unfinished_until());
        if let Some(until) = until.filter(|until| *until > Instant::now()) {
            sleep_until(until).await;
        }
    }

    /// The read is about to be sent. Until it is [`finished`](Self::finished) it may arrive at the service, also when it is
    /// dropped.
    pub(crate) fn begun(&self) {
        self.unfinished.store(true, Ordering::Relaxed);
    }

    /// The service is done with the read.
    pub(crate) fn finished(&self) {
        self.unfinished.store(false, Ordering::Relaxed);
    }

    /// Whose token is presented.
    pub(crate) fn of_user(&self, user_id: &str) {
        self.rotation.table().set_user(self.chain, user_id);
    }

    /// What becomes of the exchange.
    pub(crate) fn decide(
        &self,
        requested: &Requested,
        tenant: Option<&str>,
        lasts: impl Fn(&JwtResponse) -> bool,
    ) -> Decision {
        self.rotation.table().decide(self.fingerprint, requested, tenant, lasts, Instant::now())
    }

    /// Which token to send.
    pub(crate) fn current(&self) -> Current {
        self.rotation.table().current(self.fingerprint, Instant::now())
    }

    /// The exchange brought this token: calls that present it belong to the chain from now on.
    pub(crate) fn brought(&mut self, token: Fingerprint) {
        let mut table = self.rotation.table();
        if self.held.is_none() && table.hold(token, self.chain) {
            self.held = Some(token);
        }
    }

    /// Remembers that one token took the place of another; false when the user signed out meanwhile.
    pub(crate) fn remember(&self, succession: Succession) -> bool {
        self.rotation.table().remember(self.chain, succession, self.sign_outs, Instant::now())
    }

    /// Keeps a response for a later verification; false when the user signed out meanwhile.
    pub(crate) fn keep(&self, unverified: Unverified) -> bool {
        self.rotation.table().keep(self.chain, unverified, self.sign_outs, Instant::now())
    }

    /// Remembers the response that was kept, now that it is verified.
    pub(crate) fn verified(&self, succession: Succession) {
        self.rotation.table().verified(self.chain, succession, self.sign_outs, Instant::now());
    }

    /// Forgets the response that was kept for a later verification.
    pub(crate) fn discard_kept(&self) {
        self.rotation.table().discard_kept(self.chain);
    }

    /// Whether the user signed out since the call was made.
    pub(crate) fn is_signed_out(&self) -> bool {
        self.rotation.is_signed_out(self.place())
    }

    /// Another process ended the session of the chain: what is remembered of it goes, and calls that wait are refused. This one
    /// found out, and goes on.
    pub(crate) fn ended_elsewhere(&mut self) {
        self.sign_outs = self.rotation.table().ended_elsewhere(self.chain);
    }

    /// Ends the chain: the user signed out.
    pub(crate) fn sign_out(&self) {
        self.rotation.table().sign_out(self.chain);
    }
}

impl Rotation {
    /// Whether a call that requests the same as the exchange at this place may share it.
    pub(crate) fn join(&self, place: Place) -> bool {
        let mut table = self.table();
        table.lane(place.chain).is_some_and(|lane| lane.join_exchange(place.ticket, place.switch))
    }

    /// Whether the user signed out since the call at this place was made.
    pub(crate) fn is_signed_out(&self, place: Place) -> bool {
        self.table().sign_outs(place.chain) != place.sign_outs
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Self { fingerprint, chain, ticket, kind, held, .. } = *self;
        let mut table = self.rotation.table();
        if *self.unfinished.get_mut() {
            table.leave_unfinished(fingerprint, chain, ticket, Instant::now() + ARRIVAL);
        } else {
            table.leave(fingerprint, chain, ticket, kind);
        }
        if let Some(held) = held {
            table.release(held);
        }
    }
}
