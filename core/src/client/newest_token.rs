//! Reads and sign-outs send the newest token: what succeeded the one presented, where that is known.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use crate::client::arguments::check_refresh_jwt;
use crate::client::inner::{Call, ClientInner};
use crate::client::verification::Presented;
use crate::error::Result;
use crate::error::kind::{ErrorKind, Outcome};
use crate::http::pending::Pending;
use crate::http::transport::{HttpResponse, Request};
use crate::retry::policy::CallKind;
use crate::rotation::{Current, Fingerprint, Kind, Turn};
use crate::secret::RefreshJwt;
use crate::shared_state::{Known, Read, Shared, SharedState, Walk};

/// How long a sign-out waits for exchanges of other processes.
const SIGN_OUT_PATIENCE: Duration = Duration::from_secs(2);

impl ClientInner {
    /// A call that changes nothing. It waits for a pending exchange of the token.
    pub(crate) async fn read(
        self: &Arc<Self>,
        call: Call,
        token: &RefreshJwt,
        request: impl Fn(&Self, &RefreshJwt) -> Request + Send + Sync,
    ) -> Result<HttpResponse> {
        check_refresh_jwt(token)?;
        let pending = Pending::new(call.deadline);
        if !self.follows_rotation(&call) {
            return self.perform(&mut || request(self, token), &call, &pending).await;
        }
        let mut turn = call.rotation.enter(Fingerprint::of(token.expose()), Kind::Read);
        if timeout_at(call.deadline, turn.wait()).await.is_err() {
            return Err(pending.timed_out(call.policy.kind, call.policy.retry_unknown));
        }
        let listed = self.follow(&call, &mut turn, token, &pending).await?;
        let turn = &turn;
        let mut requests = move || {
            turn.begun();
            request(self, newest(turn).as_ref().unwrap_or(token))
        };
        let result = self.perform(&mut requests, &call, &pending).await;
        // Without a response, it may be on its way still.
        if result.as_ref().err().is_none_or(|error| error.outcome() != Outcome::Unknown || error.status().is_some()) {
            turn.finished();
            if let Some(listed) = &listed {
                listed.finished();
            }
        }
        result
    }

    /// Learns what succeeded the token, here and in other processes, and waits for what these exchange. What it gives lets their
    /// exchanges wait for this read.
    async fn follow(
        self: &Arc<Self>,
        call: &Call,
        turn: &mut Turn,
        token: &RefreshJwt,
        pending: &Pending,
    ) -> Result<Option<Read>> {
        let mut walk = Walk::default();
        loop {
            while let Current::Unverified(kept) = turn.current() {
                self.verify_kept(call, turn, *kept).await?;
            }
            let Some(shared_state) = &call.shared_state else { return Ok(None) };
            let newest = newest(turn).unwrap_or_else(|| token.clone());
            let lasts = call.deadline.saturating_duration_since(Instant::now());
            let known = timeout_at(call.deadline, shared_state.read_begins(&newest, lasts, &mut walk)).await;
            match known {
                Ok(Known::Newest(read)) => return Ok(read),
                Ok(Known::Succeeded(shared)) => {
                    if !self.remember_shared(turn, &newest, *shared) {
                        return Ok(None);
                    }
                }
                Ok(Known::Ended) => turn.ended_elsewhere(),
                Err(_) => return Err(pending.timed_out(call.policy.kind, call.policy.retry_unknown)),
            }
        }
    }

    /// Learns what succeeded the newest token that this process knows; false when nothing did.
    async fn follow_once(&self, call: &Call, turn: &mut Turn, token: &RefreshJwt, walk: &mut Walk) -> bool {
        let Some(shared_state) = &call.shared_state else { return false };
        let newest = newest(turn).unwrap_or_else(|| token.clone());
        match shared_state.look(&newest, walk).await {
            Known::Newest(()) => false,
            Known::Succeeded(shared) => self.remember_shared(turn, &newest, *shared),
            Known::Ended => {
                turn.ended_elsewhere();
                false
            }
        }
    }

    /// Remembers an exchange of another process, which used up this token; false when that is not possible.
    fn remember_shared(&self, turn: &Turn, used: &RefreshJwt, shared: Shared) -> bool {
        let Ok(presented) = Presented::read(used) else { return false };
        turn.keep(self.unverified(used, shared, &presented.user_id))
    }

    /// Ends the session of the token, or all sessions of its user. It waits for a pending exchange, for a while; what a pending
    /// exchange brings later is discarded.
    pub(crate) async fn sign_out(
        self: &Arc<Self>,
        call: Call,
        token: &RefreshJwt,
        request: impl Fn(&Self, &RefreshJwt) -> Request + Send + Sync,
    ) -> Result<HttpResponse> {
        check_refresh_jwt(token)?;
        let pending = Pending::new(call.deadline);
        let mut turn = call.rotation.enter(Fingerprint::of(token.expose()), Kind::SignOut);
        if timeout_at(call.deadline, turn.wait_briefly()).await.is_err() {
            return Err(pending.timed_out(call.policy.kind, call.policy.retry_unknown));
        }
        if self.follows_rotation(&call) {
            // What is not known by then is not waited for.
            let mut walk = Walk::default();
            let following = async { while self.follow_once(&call, &mut turn, token, &mut walk).await {} };
            let _ = timeout_at(call.deadline, timeout(SIGN_OUT_PATIENCE, following)).await;
        }
        let everywhere = (call.policy.kind == CallKind::LogoutAll).then(|| Presented::read(token).ok()).flatten();
        let shared_state = call.shared_state.clone();
        let shared_state =
            shared_state.map(|shared_state| (shared_state, newest(&turn).unwrap_or_else(|| token.clone())));
        let mut ending = Ending { turn: &turn, call: &call, everywhere, pending: &pending, acted: None, shared_state };
        let mut requests = || request(self, newest(&turn).as_ref().unwrap_or(token));
        let result = self.perform(&mut requests, &call, &pending).await;
        ending.acted = Some(match &result {
            Ok(_) => true,
            Err(error) => error.outcome() == Outcome::Unknown || error.kind() == ErrorKind::Authentication,
        });
        if let Some(ended) = ending.in_other_processes() {
            // It goes on when this call does not.
            let _ = ended.await;
        }
        result
    }
}

/// What succeeded the token that is presented, as far as that is known. The service refuses a token that could not be
/// verified itself.
fn newest(turn: &Turn) -> Option<RefreshJwt> {
    match turn.current() {
        Current::Presented => None,
        Current::Newest(newest) => Some(newest),
        Current::Unverified(kept) => kept.response.refresh_jwt.clone(),
    }
}

/// Ends what was signed out when it is dropped.
struct Ending<'a> {
    turn: &'a Turn,
    call: &'a Call,
    /// The user whose sessions end, all of them.
    everywhere: Option<Presented>,
    pending: &'a Pending,
    /// Whether the service may have acted; not known when the call is dropped half-way.
    acted: Option<bool>,
    /// Where other processes see it, with the token that was sent.
    shared_state: Option<(Arc<SharedState>, RefreshJwt)>,
}

impl Ending<'_> {
    fn has_acted(&self) -> bool {
        self.acted.unwrap_or_else(|| self.pending.has_left())
    }

    /// Begins to end the session for other processes, once.
    fn in_other_processes(&mut self) -> Option<JoinHandle<()>> {
        let (shared_state, token) = self.shared_state.take().filter(|_| self.has_acted())?;
        let runtime = Handle::try_current().ok()?;
        Some(runtime.spawn(async move { shared_state.end(&token).await }))
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if !self.has_acted() {
            return;
        }
        // A task does it.
        drop(self.in_other_processes());
        self.turn.sign_out();
        if let Some(Presented { user_id, .. }) = &self.everywhere {
            self.call.rotation.sign_out_user(user_id);
        }
    }
}
