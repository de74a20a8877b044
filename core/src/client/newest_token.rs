//! Reads and sign-outs send the newest token: what succeeded the one presented, where that is known.

use std::sync::Arc;

use tokio::time::timeout_at;

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
        while let Current::Unverified(kept) = turn.current() {
            self.verify_kept(&call, &turn, *kept).await?;
        }
        let turn = &turn;
        let mut requests = move || {
            turn.begun();
            request(self, newest(turn).as_ref().unwrap_or(token))
        };
        let result = self.perform(&mut requests, &call, &pending).await;
        // Without a response, it may be on its way still.
        if result.as_ref().err().is_none_or(|error| error.outcome() != Outcome::Unknown || error.status().is_some()) {
            turn.finished();
        }
        result
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
        let everywhere = (call.policy.kind == CallKind::LogoutAll).then(|| Presented::read(token).ok()).flatten();
        let mut ending = Ending { turn: &turn, call: &call, everywhere, pending: &pending, acted: None };
        let mut requests = || request(self, newest(&turn).as_ref().unwrap_or(token));
        let result = self.perform(&mut requests, &call, &pending).await;
        ending.acted = Some(match &result {
            Ok(_) => true,
            Err(error) => error.outcome() == Outcome::Unknown || error.kind() == ErrorKind::Authentication,
        });
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
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if !self.acted.unwrap_or_else(|| self.pending.has_left()) {
            return;
        }
        self.turn.sign_out();
        if let Some(Presented { user_id, .. }) = &self.everywhere {
            self.call.rotation.sign_out_user(user_id);
        }
    }
}
