//! Select and refresh: identical calls are one exchange, exchanges of one token run in order, and what an exchange brings is
//! verified and remembered.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::client::inner::{Call, ClientInner};
use crate::client::single_flight::Begin;
use crate::client::switch_event::{SwitchReport, TenantChange};
use crate::client::verification::{self, Examined, Presented};
use crate::error::kind::{ErrorKind, Outcome};
use crate::error::{Error, Result};
use crate::http::deadline;
use crate::http::decode;
use crate::http::execute::Policy;
use crate::http::pending::Pending;
use crate::http::transport::{HttpResponse, Request};
use crate::jwt::jwks_cache::KEY_FETCH_TIMEOUT;
use crate::response::JwtResponse;
use crate::rotation::{Current, Decision, Fingerprint, Kind, Requested, Succession, Turn, Unverified};
use crate::secret::RefreshJwt;
use crate::session::Session;
use crate::shared_state::{Known, Lock, Released, SharedState, Succeeded, Walk};

/// How long a response is kept at least that cannot be verified: the token that it used up cannot be sent again.
const KEPT: Duration = Duration::from_secs(60);

/// What a remembered response takes besides its text.
pub(super) const OVERHEAD: usize = 4096;

/// What makes two pending calls the same, so that they are one request. Deadlines and expectations are no part of it: each
/// caller keeps its own.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    requested: Requested,
    token: Fingerprint,
    retries: u32,
    retry_unknown: bool,
}

/// What an exchange came to, for each of its callers.
#[derive(Clone)]
pub(crate) enum Exchanged {
    /// The response requested, new or remembered.
    Response(JwtResponse),
    /// Nothing was sent, because the tenant was switched since: the response that brought the newest tokens.
    Switched(JwtResponse),
}

/// Makes the request that presents this token.
type MakeRequest = Box<dyn Fn(&ClientInner, &RefreshJwt) -> Request + Send + Sync>;

/// One exchange, with all that it needs when its callers are gone.
struct Exchange {
    inner: Arc<ClientInner>,
    call: Call,
    requested: Requested,
    request: MakeRequest,
    token: RefreshJwt,
    fingerprint: Fingerprint,
    presented: Presented,
    pending: Arc<Pending>,
    turn: Turn,
    /// Of the token that is sent, among the processes that share the state.
    lock: Option<Lock>,
}

impl ClientInner {
    /// One token exchange with its verification. Identical calls that are made meanwhile share it.
    pub(crate) async fn exchange(
        self: &Arc<Self>,
        call: Call,
        requested: Requested,
        token: &RefreshJwt,
        request: impl Fn(&Self, &RefreshJwt) -> Request + Send + Sync + 'static,
    ) -> Result<Exchanged> {
        let presented = self.presented(token)?;
        let Policy { kind, retries, retry_unknown, .. } = call.policy;
        let (deadline, rotation) = (call.deadline, Arc::clone(&call.rotation));
        let fingerprint = Fingerprint::of(token.expose());
        let key = Identity { requested: requested.clone(), token: fingerprint, retries, retry_unknown };
        let begin = || {
            let completion = Instant::now() + self.config.timeout;
            let pending = Arc::new(Pending::until_completion(deadline, completion));
            let turn = rotation.enter(fingerprint, Kind::Exchange { switch: requested.switch() });
            turn.of_user(&presented.user_id);
            let place = turn.place();
            let exchange = Exchange {
                inner: Arc::clone(self),
                call,
                requested,
                request: Box::new(request),
                token: token.clone(),
                fingerprint,
                presented,
                pending: Arc::clone(&pending),
                turn,
                lock: None,
            };
            Begin { pending, place, work: Box::pin(exchange.run()) }
        };
        let gave_up = |pending: &Pending, place| match pending.response() {
            Some(response) if rotation.is_signed_out(place) => signed_out(&response),
            Some(response) => verification::failed(Arc::unwrap_or_clone(response), keys_too_late()),
            None => pending.timed_out(kind, retry_unknown),
        };
        self.exchanges.run(key, deadline, |place| rotation.join(place), begin, gave_up).await
    }

    /// Whether the successors of refresh tokens are remembered.
    pub(crate) fn follows_rotation(&self, call: &Call) -> bool {
        self.config.remembers() && call.rotation.rotates() != Some(false)
    }
}

/// What an exchange does when its turn has come.
enum Next {
    /// It is sent: with this token where the one presented is superseded.
    Send(Option<RefreshJwt>),
    /// There is nothing to send.
    Give(Exchanged),
}

impl Exchange {
    async fn run(mut self) -> Result<Exchanged> {
        let mut report = self.report();
        self.turn.wait().await;
        let (result, change) = match self.next().await {
            Ok(Next::Give(exchanged)) => {
                if let Some(report) = report {
                    report.withdraw();
                }
                return Ok(exchanged);
            }
            Ok(Next::Send(newest)) => match newest.map_or(Ok(()), |newest| self.present(newest)) {
                Ok(()) => {
                    if let Some(report) = &mut report {
                        report.presented(&self.presented);
                    }
                    self.send().await
                }
                Err(error) => (Err(error), None),
            },
            Err(error) => (Err(error), None),
        };
        if let Some(report) = report {
            report.ended(&result, change);
        }
        result.map(Exchanged::Response)
    }

    fn report(&self) -> Option<SwitchReport> {
        let on_switch = self.inner.observers.on_switch.clone()?;
        let selected = match &self.requested {
            Requested::Select { tenant, .. } => Some(tenant.clone()),
            Requested::Refresh { .. } => None,
        };
        Some(SwitchReport::new(on_switch, &self.inner.config, &self.presented, selected, Arc::clone(&self.pending)))
    }

    /// What to do. A request waits for the reads that present the token; meanwhile the grace may pass, or the user sign out.
    async fn next(&mut self) -> Result<Next> {
        let mut next = self.decide().await?;
        if let Next::Send(_) = next
            && self.inner.follows_rotation(&self.call)
        {
            self.turn.reads_end().await;
            next = self.decide().await?;
        }
        match self.call.shared_state.clone() {
            // Boxed, because it would make the future of every exchange larger.
            Some(shared_state) => Box::pin(self.next_among_processes(next, &shared_state)).await,
            None => Ok(next),
        }
    }

    /// What to do when other processes may have exchanged the token, too. What this process remembers may be out of date; each
    /// exchange of another process that succeeded it is remembered, and decided upon, until there is none.
    async fn next_among_processes(&mut self, mut next: Next, shared_state: &Arc<SharedState>) -> Result<Next> {
        let mut walk = Walk::default();
        let follows = self.inner.follows_rotation(&self.call);
        loop {
            let token = match &next {
                Next::Send(newest) => newest.clone().unwrap_or_else(|| self.token.clone()),
                Next::Give(_) => match self.turn.current() {
                    Current::Newest(newest) => newest,
                    Current::Presented | Current::Unverified(_) => return Ok(next),
                },
            };
            let known = match next {
                Next::Send(_) => {
                    let until = || self.pending.deadline.at().max(self.pending.completion.unwrap_or_else(Instant::now));
                    shared_state.acquire(&token, until, !follows, &mut walk).await
                }
                // Nothing is sent for it, so it needs no lock.
                Next::Give(_) => match shared_state.look(&token, &mut walk).await {
                    Known::Newest(()) => Known::Newest(None),
                    Known::Succeeded(shared) => Known::Succeeded(shared),
                    Known::Ended => Known::Ended,
                },
            };
            match known {
                Known::Newest(lock) => {
                    self.lock = lock;
                    return Ok(next);
                }
                Known::Succeeded(shared) => {
                    self.turn.keep(self.inner.unverified(&token, *shared, &self.presented.user_id));
                }
                Known::Ended => self.turn.ended_elsewhere(),
            }
            next = self.decide().await?;
        }
    }

    async fn decide(&mut self) -> Result<Next> {
        loop {
            if self.turn.is_signed_out() {
                let what = "the user signed out before the exchange had its turn";
                return Err(Error::new(ErrorKind::Authentication, Outcome::NotSent, what));
            }
            let Self { inner, turn, requested, presented, .. } = self;
            let leeway = inner.config.leeway;
            let lasts = |response: &JwtResponse| response.session().is_some_and(|session| session.outlives(leeway));
            match turn.decide(requested, presented.tenant.as_deref(), lasts) {
                Decision::Send(newest) => return Ok(Next::Send(newest)),
                Decision::Reuse(response) => {
                    return Ok(Next::Give(Exchanged::Response(
                        response.into_reused(inner.cookie_names(), inner.on_long_cookies.clone()),
                    )));
                }
                Decision::Switched(response) => {
                    return Ok(Next::Give(Exchanged::Switched(
                        response.into_reused(inner.cookie_names(), inner.on_long_cookies.clone()),
                    )));
                }
                Decision::Verify(kept) => {
                    let response = kept.response.clone();
                    // Boxed, because it is rare, and would make the future of every exchange larger.
                    let verified = Box::pin(self.inner.verify_kept(&self.call, &self.turn, *kept)).await;
                    verified.map_err(|error| verification::still_unverified(response, error))?;
                }
            }
        }
    }

    /// Presents the token that succeeded the caller's.
    fn present(&mut self, newest: RefreshJwt) -> Result<()> {
        self.presented = self.inner.presented(&newest)?;
        self.fingerprint = Fingerprint::of(newest.expose());
        self.token = newest;
        Ok(())
    }

    /// Sends the exchange. Besides the result, gives the change of tenant that a refresh brought.
    async fn send(&mut self) -> (Result<JwtResponse>, Option<TenantChange>) {
        let Self { inner, call, pending, .. } = self;
        let request = (self.request)(inner, &self.token);
        let received = inner.perform(&mut || request.clone(), call, pending).await;
        let received = received.and_then(|http_response| {
            let bytes = bytes(&http_response);
            decode::decode_tokens(&http_response, inner.cookie_names()).map(|mut response| {
                response.on_long_cookies = inner.on_long_cookies.clone();
                (response, bytes)
            })
        });
        let (response, bytes) = match received {
            Ok(received) => received,
            Err(error) => return (Err(error), None),
        };
        let other = response.refresh_jwt.as_ref().filter(|token| **token != self.token);
        if let Requested::Refresh { .. } = self.requested {
            call.rotation.observed(other.is_some());
        }
        if !inner.config.verify {
            let ended = !self.share(None, Duration::ZERO).await;
            return (self.unless_signed_out(response, ended), None);
        }
        // Of tokens that are not remembered, each stands for itself.
        if let Some(other) = other.filter(|_| inner.config.remembers()) {
            self.turn.brought(Fingerprint::of(other.expose()));
        }
        self.verify(response, bytes).await
    }

    /// Verifies what the exchange brought, by the deadline of the caller that can wait longest, and remembers it.
    async fn verify(&mut self, response: JwtResponse, bytes: usize) -> (Result<JwtResponse>, Option<TenantChange>) {
        let Self { inner, call, pending, presented, .. } = self;
        // A caller that gives up meanwhile gets the response in its error.
        let response = Arc::new(response);
        pending.received(&response);
        // The deadline may yet be extended, so it is not the source that keeps it.
        let source = inner.key_source(call, Instant::now() + KEY_FETCH_TIMEOUT * 2);
        let examined = {
            let work = pin!(verification::examine(&response, &inner.config, &inner.keys, &source, presented));
            deadline::by(&pending.deadline, pending.completion, work, || true).await
        };
        pending.verified();
        let response = Arc::unwrap_or_clone(response);
        match examined.unwrap_or_else(|| Err(keys_too_late())) {
            Ok(examined) => {
                let change = self.change(&examined);
                let Examined { session, refresh_tenant } = examined;
                let response = verification::passed(response, session);
                let tenant = self.used_tenant(&response, refresh_tenant.is_some());
                let remembered = self.remember(&response, tenant.clone(), bytes);
                let succeeded = self.succeeded(&response, tenant);
                if !self.share(succeeded, self.inner.config.rotation_grace).await || !remembered {
                    return (Err(signed_out(&response)), None);
                }
                (Ok(response), change)
            }
            Err(error) => {
                if error.kind() == ErrorKind::KeysUnavailable {
                    let kept = self.keep(&response, bytes);
                    let succeeded = self.succeeded(&response, self.presented.tenant.clone());
                    if !self.share(succeeded, self.kept_for()).await || !kept {
                        return (Err(signed_out(&response)), None);
                    }
                }
                (Err(verification::failed(response, error)), None)
            }
        }
    }

    /// The change of tenant that a refresh brought.
    fn change(&self, examined: &Examined) -> Option<TenantChange> {
        let (from, to) = (self.presented.tenant.as_deref(), examined.session.current_tenant());
        // A project may leave the tenant out of its refresh tokens. Where none is named, none was changed.
        let comparable = from.is_some() || examined.refresh_tenant.is_some();
        let refresh = matches!(self.requested, Requested::Refresh { .. });
        (refresh && comparable && from != to).then(|| TenantChange { to: to.map(str::to_owned) })
    }

    /// The refresh token that took the place of the one that was sent, if it is to be remembered.
    fn successor(&self, response: &JwtResponse) -> Option<RefreshJwt> {
        let token = response.refresh_jwt.clone().filter(|token| *token != self.token)?;
        self.inner.follows_rotation(&self.call).then_some(token)
    }

    /// The tenant of the token that was sent.
    fn used_tenant(&self, response: &JwtResponse, names_tenant: bool) -> Option<String> {
        // Refresh tokens that name no tenant keep the tenant of the session, unless it is switched.
        let session = response.session().filter(|_| !names_tenant && self.requested.switch().is_none());
        let of_session = || session.and_then(Session::current_tenant).map(str::to_owned);
        self.presented.tenant.clone().or_else(of_session)
    }

    /// Remembers which token succeeded the one that was sent; false when the user signed out meanwhile.
    fn remember(&self, response: &JwtResponse, tenant: Option<String>, bytes: usize) -> bool {
        let Some(token) = self.successor(response) else { return !self.turn.is_signed_out() };
        self.turn.remember(Succession {
            used: self.fingerprint,
            tenant,
            token,
            response: response.clone(),
            user_id: self.presented.user_id.clone(),
            context: self.requested.context(),
            bytes,
            until: Instant::now() + self.inner.config.rotation_grace,
        })
    }

    /// Keeps a response whose tokens cannot be verified yet; false when the user signed out meanwhile.
    fn keep(&self, response: &JwtResponse, bytes: usize) -> bool {
        if self.successor(response).is_none() {
            return !self.turn.is_signed_out();
        }
        self.turn.keep(Unverified {
            used: self.fingerprint,
            tenant: self.presented.tenant.clone(),
            response: response.clone(),
            user_id: self.presented.user_id.clone(),
            context: self.requested.context(),
            bytes,
            until: Instant::now() + self.kept_for(),
        })
    }

    fn kept_for(&self) -> Duration {
        self.inner.config.rotation_grace.max(KEPT)
    }

    /// What other processes have to know of the exchange.
    fn succeeded(&self, response: &JwtResponse, tenant: Option<String>) -> Option<Succeeded> {
        self.lock.as_ref()?;
        self.successor(response)?;
        Some(Succeeded { tenant, response: response.clone(), context: self.requested.context() })
    }

    /// Lets the exchanges of other processes go on, with what this one brought; false when the user signed out in one of them.
    async fn share(&mut self, succeeded: Option<Succeeded>, lasts: Duration) -> bool {
        let Some(lock) = self.lock.take() else { return true };
        match lock.release(succeeded, lasts).await {
            Released::Done => true,
            // The next calls go on with what the other processes go on with.
            Released::Stands(shared) => {
                self.turn.keep(self.inner.unverified(&self.token, *shared, &self.presented.user_id))
            }
            Released::Ended => {
                self.turn.sign_out();
                false
            }
        }
    }

    fn unless_signed_out(&self, response: JwtResponse, ended: bool) -> Result<JwtResponse> {
        if ended || self.turn.is_signed_out() { Err(signed_out(&response)) } else { Ok(response) }
    }
}

/// The memory that a remembered response takes, estimated: the text, and about twice that once it is read.
fn bytes(http_response: &HttpResponse) -> usize {
    let cookies = http_response.set_cookies.iter().fold(0_usize, |sum, cookie| sum.saturating_add(cookie.len()));
    http_response.body.len().saturating_add(cookies).saturating_mul(3).saturating_add(OVERHEAD)
}

fn keys_too_late() -> Error {
    let what = "the deadline of the call passed while the project's keys were fetched";
    Error::new(ErrorKind::KeysUnavailable, Outcome::Unknown, what)
}

/// The error of an exchange that was pending when its user signed out. Its tokens go to no caller.
fn signed_out(response: &JwtResponse) -> Error {
    let what = "the user signed out while the exchange was pending, so its response was discarded";
    let http = response.http();
    Error::new(ErrorKind::Authentication, Outcome::Unknown, what)
        .with_attempts(http.attempts)
        .with_request_id(http.request_id.clone())
}
