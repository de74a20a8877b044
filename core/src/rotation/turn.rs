//! A call's place among those that present the same chain of refresh tokens: it waits, decides, and leaves when it is dropped.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use super::decision::Requested;
use super::lane::{Lane, Switch, Ticket, Wake};
use super::table::{Current, Decision, Entered, Succession, Unverified};
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
    chain: u64,
    ticket: Ticket,
    wake: Wake,
    ends: u64,
    /// It was sent, and no response came.
    unfinished: bool,
}

/// Where a call that requests the same finds the place of an exchange.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    chain: u64,
    ticket: Ticket,
    switch: Switch,
}

impl Turn {
    pub(super) fn new(rotation: Arc<Rotation>, fingerprint: Fingerprint, kind: Kind, entered: Entered) -> Self {
        let Entered { chain, ticket, wake, ends } = entered;
        Self { rotation, fingerprint, kind, chain, ticket, wake, ends, unfinished: false }
    }

    pub(crate) fn place(&self) -> Place {
        let switch = match self.kind {
            Kind::Exchange { switch } => switch,
            Kind::SignOut | Kind::Read => None,
        };
        Place { chain: self.chain, ticket: self.ticket, switch }
    }

    /// Waits until the call may run: at once, unless an exchange of the chain is pending.
    pub(crate) async fn comes(&mut self) {
        if let Some(wake) = self.wake.take() {
            wake.notified().await;
        }
    }

    /// The same for a sign-out, which goes ahead when the pending exchange takes too long.
    pub(crate) async fn comes_soon(&mut self) {
        // Going ahead early is no failure.
        let _ = timeout(SIGN_OUT_PATIENCE, self.comes()).await;
    }

    /// Waits until the reads that present the chain have ended, and those that were dropped had time to arrive; for a while.
    pub(crate) async fn reads_end(&self) {
        // Reads that take longer are overtaken.
        let _ = timeout(READS_PATIENCE, self.all_reads_end()).await;
        if let Some(lane) = self.rotation.table().lane(self.chain) {
            lane.overtake();
        }
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
    pub(crate) fn begun(&mut self) {
        self.unfinished = true;
    }

    /// The service is done with the read.
    pub(crate) fn finished(&mut self) {
        self.unfinished = false;
    }

    /// Tells whether the read may be sent again: an exchange that went ahead of it may have superseded its token.
    pub(crate) fn may_repeat(&self) -> impl Fn() -> bool + Send + Sync + use<> {
        let overtaken = |rotation: &Rotation, chain| rotation.table().lane(chain).map(|lane| lane.overtaken());
        let (rotation, chain) = (Arc::clone(&self.rotation), self.chain);
        let before = overtaken(&rotation, chain);
        move || overtaken(&rotation, chain) == before
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

    /// Remembers that one token took the place of another; false when the user signed out meanwhile.
    pub(crate) fn remember(&self, succession: Succession) -> bool {
        self.rotation.table().remember(self.chain, succession, self.ends, Instant::now())
    }

    /// Keeps a response for a later verification; false when the user signed out meanwhile.
    pub(crate) fn keep(&self, unverified: Unverified) -> bool {
        self.rotation.table().keep(self.chain, unverified, self.ends, Instant::now())
    }

    /// Remembers the response that was kept, now that it is verified.
    pub(crate) fn verified(&self, succession: Succession) {
        self.rotation.table().verified(self.chain, succession, self.ends, Instant::now());
    }

    /// Forgets the response that was kept for a later verification.
    pub(crate) fn discard_unverified(&self) {
        self.rotation.table().discard_unverified(self.chain);
    }

    /// Whether the user signed out since the call was made.
    pub(crate) fn is_signed_out(&self) -> bool {
        self.rotation.table().signed_out(self.chain) != self.ends
    }

    /// Ends the chain: the user signed out.
    pub(crate) fn end(&self) {
        self.rotation.table().end(self.chain);
    }
}

impl Rotation {
    /// Whether a call that requests the same as the exchange at this place may share it.
    pub(crate) fn join(&self, place: Place) -> bool {
        let mut table = self.table();
        table.lane(place.chain).is_some_and(|lane| lane.join_exchange(place.ticket, place.switch))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut table = self.rotation.table();
        let Self { fingerprint, chain, ticket, kind, unfinished, .. } = *self;
        if unfinished {
            table.leave_unfinished(fingerprint, chain, ticket, Instant::now() + ARRIVAL);
        } else {
            table.leave(fingerprint, chain, ticket, kind);
        }
    }
}
