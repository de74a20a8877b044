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
        mut call: Call,
        token: &RefreshJwt,
        request: impl Fn(&Self, &RefreshJwt) -> Request,
    ) -> Result<HttpResponse> {
        check_refresh_jwt(token)?;
        if !self.follows_rotation(&call) {
            return self.perform(&request(self, token), &call).await;
        }
        let mut turn = call.rotation.enter(Fingerprint::of(token.expose()), Kind::Read);
        if timeout_at(call.deadline, turn.comes()).await.is_err() {
            return Err(Pending::new(call.deadline).timed_out(call.policy.kind, call.policy.retry_unknown));
        }
        let newest = loop {
            match turn.current() {
                Current::Presented => break None,
                Current::Newest(newest) => break Some(newest),
                Current::Unverified(kept) => self.verify_kept(&call, &turn, *kept).await?,
            }
        };
        call.policy.may_repeat = Some(Box::new(turn.may_repeat()));
        turn.begun();
        let result = self.perform(&request(self, newest.as_ref().unwrap_or(token)), &call).await;
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
        request: impl Fn(&Self, &RefreshJwt) -> Request,
    ) -> Result<HttpResponse> {
        check_refresh_jwt(token)?;
        let mut turn = call.rotation.enter(Fingerprint::of(token.expose()), Kind::SignOut);
        if timeout_at(call.deadline, turn.comes_soon()).await.is_err() {
            return Err(Pending::new(call.deadline).timed_out(call.policy.kind, call.policy.retry_unknown));
        }
        let newest = match turn.current() {
            Current::Presented => None,
            Current::Newest(newest) => Some(newest),
            // The service does not care that it could not be verified.
            Current::Unverified(kept) => kept.response.refresh_jwt.clone(),
        };
        let request = request(self, newest.as_ref().unwrap_or(token));
        // A sign-out that is dropped half-way may have worked.
        let mut ending = Ending { turn: &turn, ends: true };
        let result = self.perform(&request, &call).await;
        ending.ends = match &result {
            Ok(_) => true,
            Err(error) => error.outcome() == Outcome::Unknown || error.kind() == ErrorKind::Authentication,
        };
        if result.is_ok()
            && call.policy.kind == CallKind::LogoutAll
            && let Ok(presented) = Presented::read(token)
        {
            call.rotation.end_user(&presented.user_id);
        }
        result
    }
}

/// Ends the chain when it is dropped.
struct Ending<'a> {
    turn: &'a Turn,
    ends: bool,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if self.ends {
            self.turn.end();
        }
    }
}
