//! Session tokens verified locally, and refreshed when they are expired or about to be.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::client::arguments::{RefreshOptions, check_refresh_jwt, check_session_jwt};
use crate::client::exchange::Exchanged;
use crate::client::inner::{Call, ClientInner};
use crate::client::verification::{self, Presented};
use crate::client::{Client, in_operation};
use crate::error::kind::{ErrorKind, Outcome};
use crate::error::operation::Operation;
use crate::error::{Error, Result};
use crate::jwt::jwk::KeySet;
use crate::jwt::jwks_cache::Origin;
use crate::jwt::verify::{self, Checked, Expected, Token};
use crate::response::JwtResponse;
use crate::retry::policy::CallKind;
use crate::secret::{RefreshJwt, SessionJwt};
use crate::session::Session;

/// The longest time before its end that a session may be refreshed.
const MAX_REFRESH_BEFORE: Duration = Duration::from_secs(3600);

/// How [`Client::validate_and_refresh`] verifies, and when it refreshes.
///
/// ```
/// use std::time::Duration;
/// use tenant_select::ValidateOptions;
///
/// let options = ValidateOptions::new().refresh_before(Duration::from_secs(60)).audience("billing");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct ValidateOptions {
    keep_tenant: bool,
    refresh_before: Duration,
    audience: Option<String>,
}

impl Default for ValidateOptions {
    fn default() -> Self {
        Self { keep_tenant: true, refresh_before: Duration::ZERO, audience: None }
    }
}

impl ValidateOptions {
    /// The defaults: the tenant is kept, nothing is refreshed early, and the audience is the client's.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the refreshed session has to be for the tenant of the session that expired. Otherwise the call fails with
    /// [`TenantMismatch`](ErrorKind::TenantMismatch), carrying the response. Default true. A call without a session token has
    /// no tenant to keep.
    pub fn keep_tenant(mut self, keep: bool) -> Self {
        self.keep_tenant = keep;
        self
    }

    /// How long before its end a session is refreshed, an hour at most. Default 0: not before it is expired.
    pub fn refresh_before(mut self, time: Duration) -> Self {
        self.refresh_before = time;
        self
    }

    /// The audience that the session token must name. Default: the client's; with neither, the project or none.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// The same from untyped parts, as bindings receive them; a missing part means the default.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a `refresh_before` (in seconds) below 0 or over an hour.
    pub fn from_parts(
        keep_tenant: Option<bool>,
        refresh_before: Option<f64>,
        audience: Option<String>,
    ) -> Result<Self> {
        let default = Self::default();
        let refresh_before = match refresh_before {
            None => default.refresh_before,
            Some(seconds) => Duration::try_from_secs_f64(seconds).map_err(|_| wrong_refresh_before())?,
        };
        let options = Self { keep_tenant: keep_tenant.unwrap_or(default.keep_tenant), refresh_before, audience };
        options.check()?;
        Ok(options)
    }

    fn check(&self) -> Result<()> {
        if self.refresh_before > MAX_REFRESH_BEFORE { Err(wrong_refresh_before()) } else { Ok(()) }
    }
}

fn wrong_refresh_before() -> Error {
    // Without a unit: languages have their own.
    Error::invalid_input("refresh_before", "refresh_before must not be below 0 or longer than an hour")
}

/// What [`Client::validate_and_refresh`] found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ValidationResult {
    /// The session: of the token presented, or of the one that replaced it.
    pub session: Session,
    /// The new tokens, when the session was refreshed.
    pub response: Option<JwtResponse>,
    /// Why the session was not refreshed [before its end](ValidateOptions::refresh_before), when that was tried and failed.
    /// The session is still valid.
    pub refresh_error: Option<Error>,
}

impl Client {
    /// Verifies a session token locally; the project's keys are fetched when none that fit are cached.
    ///
    /// `audience`, or the client's when none is given, must be among the token's `aud`; with neither, `aud` must be absent
    /// or contain the project.
    ///
    /// With a [`session_cache`](crate::ClientBuilder::session_cache), the signature of a token that comes again is not checked
    /// again.
    ///
    /// # Errors
    ///
    /// * [`InvalidInput`](ErrorKind::InvalidInput): the token is empty.
    /// * [`TokenExpired`](ErrorKind::TokenExpired): good in every respect but its `exp`.
    /// * [`InvalidToken`](ErrorKind::InvalidToken): anything else wrong with it, a refresh token included, and a token that is
    ///   bound to a key (`cnf`, RFC 7800), because its proof of possession is not checked.
    /// * [`KeysUnavailable`](ErrorKind::KeysUnavailable): the keys are out of reach and none that fits is cached.
    ///
    /// ```no_run
    /// # async fn run(client: tenant_select::Client) -> Result<(), tenant_select::Error> {
    /// let session = client.validate_session(&"session token".into(), None).await?;
    /// if session.active_tenant().is_some_and(|tenant| tenant.has_roles(&["editor"])) {
    ///     println!("{} may edit", session.user_id());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn validate_session(&self, session_jwt: &SessionJwt, audience: Option<&str>) -> Result<Session> {
        self.run(Operation::ValidateSession, CallKind::Read, |call| async move {
            self.checked(session_jwt, audience, &call).await.and_then(unexpired)
        })
        .await
    }

    /// [`validate_session`](Self::validate_session) with the keys at hand: a plain function that takes no lock a fetch can
    /// hold, no network and no runtime. Gives nothing when the keys have to be fetched or refreshed first; then call
    /// `validate_session`.
    ///
    /// # Errors
    ///
    /// Those of [`validate_session`](Self::validate_session) but `KeysUnavailable`.
    pub fn validate_session_cached(&self, session_jwt: &SessionJwt, audience: Option<&str>) -> Option<Result<Session>> {
        let result = if self.is_closed() {
            Some(Err(Error::closed()))
        } else {
            self.checked_with_keys_at_hand(session_jwt, audience).map(|checked| checked.and_then(unexpired))
        };
        result.map(|result| in_operation(Operation::ValidateSession, result))
    }

    /// For bindings: how many tokens the [`session_cache`](crate::ClientBuilder::session_cache) holds at most.
    #[doc(hidden)]
    pub fn session_cache(&self) -> usize {
        self.inner.config.session_cache
    }

    /// For bindings: the session of a token in the [`session_cache`](crate::ClientBuilder::session_cache), without a copy of the
    /// token. Nothing when it is not there, or when [`validate_session`](Self::validate_session) would not return it.
    ///
    /// The number is another one for each token and each time that it enters the cache of this client.
    #[doc(hidden)]
    pub fn session_in_cache(&self, session_jwt: &str, audience: Option<&str>) -> Option<(Session, u64)> {
        let verified = self.inner.verified_before(session_jwt, audience)?;
        Some((verified.session.clone(), verified.number))
    }

    /// Verifies the session token, and refreshes when it is missing, empty or expired, or about to expire. Any other failure is
    /// returned: a token with a bad signature is no reason to return a new one.
    ///
    /// # Errors
    ///
    /// Those of [`validate_session`](Self::validate_session) and [`refresh_session`](Self::refresh_session);
    /// [`TenantMismatch`](ErrorKind::TenantMismatch) when the tenant is to be [kept](ValidateOptions::keep_tenant) and was not.
    /// The error of a refresh before the end of the session is in [`ValidationResult::refresh_error`] instead. The
    /// [`operation`](Error::operation) is always [`ValidateAndRefresh`](Operation::ValidateAndRefresh), the method that was
    /// called.
    ///
    /// ```no_run
    /// # use tenant_select::ValidateOptions;
    /// # async fn run(client: tenant_select::Client) -> Result<(), tenant_select::Error> {
    /// let (session_jwt, refresh_jwt) = ("session token".into(), "refresh token".into());
    /// let checked = client.validate_and_refresh(Some(&session_jwt), &refresh_jwt, ValidateOptions::new()).await?;
    /// println!("{} (refreshed: {})", checked.session.user_id(), checked.response.is_some());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn validate_and_refresh(
        &self,
        session_jwt: Option<&SessionJwt>,
        refresh_jwt: &RefreshJwt,
        options: ValidateOptions,
    ) -> Result<ValidationResult> {
        let work = |call| self.validate_or_refresh(call, session_jwt, refresh_jwt, options);
        self.run(Operation::ValidateAndRefresh, CallKind::Exchange, work).await
    }

    async fn validate_or_refresh(
        &self,
        call: Call,
        session_jwt: Option<&SessionJwt>,
        refresh_jwt: &RefreshJwt,
        options: ValidateOptions,
    ) -> Result<ValidationResult> {
        options.check()?;
        let session_jwt = session_jwt.filter(|jwt| !jwt.expose().trim().is_empty());
        let Some(session_jwt) = session_jwt else {
            return refreshed(self.refresh_verified(call, refresh_jwt, None, &options).await?);
        };
        let (session, expired) = self.checked(session_jwt, options.audience.as_deref(), &call).await?;
        if !expired && session.outlives(options.refresh_before) {
            return Ok(ValidationResult { session, response: None, refresh_error: None });
        }
        match self.refresh_verified(call, refresh_jwt, Some(&session), &options).await.and_then(refreshed) {
            Err(error) if !expired => Ok(ValidationResult {
                session,
                response: None,
                refresh_error: Some(error.in_operation(Operation::ValidateAndRefresh)),
            }),
            result => result,
        }
    }

    /// Refreshes, and verifies the response also where `verify` is switched off: the call returns a session.
    async fn refresh_verified(
        &self,
        call: Call,
        refresh_jwt: &RefreshJwt,
        former: Option<&Session>,
        options: &ValidateOptions,
    ) -> Result<JwtResponse> {
        check_refresh_jwt(refresh_jwt)?;
        let presented = Presented::read(refresh_jwt)?;
        let source = self.inner.key_source(&call, call.deadline);
        let refresh = RefreshOptions::new().follow_switch(!options.keep_tenant);
        let exchanged = self.exchange_refresh(call, refresh_jwt, refresh).await?;
        let kept = |response: &JwtResponse| match (former, response.session()) {
            (Some(former), Some(session)) => former.current_tenant() == session.current_tenant(),
            (Some(_), None) | (None, _) => false,
        };
        let mut response = match exchanged {
            Exchanged::Switched(response) if !kept(&response) => return Err(verification::switched(response)),
            Exchanged::Switched(response) | Exchanged::Response(response) => response,
        };
        if response.session.is_none() {
            let ClientInner { config, keys, .. } = &*self.inner;
            match verification::examine(&response, config, keys, &source, &presented).await {
                Ok(examined) => response = verification::passed(response, examined.session),
                Err(error) => return Err(verification::failed(response, error)),
            }
        }
        if options.keep_tenant && former.is_some() && response.session.is_some() && !kept(&response) {
            let what = "the refreshed session is not for the tenant of the session that was presented";
            return Err(verification::tenant_mismatch(response, what.to_owned()));
        }
        Ok(response)
    }

    /// The session of a token, and whether it is expired.
    async fn checked(&self, session_jwt: &SessionJwt, audience: Option<&str>, call: &Call) -> Result<(Session, bool)> {
        if let Some(result) = self.checked_with_keys_at_hand(session_jwt, audience) {
            return result;
        }
        let expected = self.inner.expected_session(audience)?;
        let text = session_jwt.expose();
        let token = verify::parse(text, self.inner.keys.cached().as_deref())?;
        let source = self.inner.key_source(call, call.deadline);
        let keys = self.inner.keys.for_token(token.key_id(), Origin::Presented, &source).await?;
        self.verify_now(text, &token, &keys, &expected)
    }

    fn checked_with_keys_at_hand(
        &self,
        session_jwt: &SessionJwt,
        audience: Option<&str>,
    ) -> Option<Result<(Session, bool)>> {
        let text = session_jwt.expose();
        if let Some(verified) = self.inner.verified_before(text, audience) {
            return Some(Ok((verified.session.clone(), false)));
        }
        if let Err(error) = check_session_jwt(text, self.inner.config.max_token_bytes) {
            return Some(Err(error));
        }
        let expected = match self.inner.expected_session(audience) {
            Ok(expected) => expected,
            Err(error) => return Some(Err(error)),
        };
        let token = match verify::parse(text, self.inner.keys.cached().as_deref()) {
            Ok(token) => token,
            Err(error) => return Some(Err(error)),
        };
        let keys = self.inner.keys.fresh(token.key_id())?;
        Some(self.verify_now(text, &token, &keys, &expected))
    }

    /// Verifies a token with these keys. One that is good in every respect is kept for later calls.
    fn verify_now(
        &self,
        text: &str,
        token: &Token<'_>,
        keys: &Arc<KeySet>,
        expected: &Expected,
    ) -> Result<(Session, bool)> {
        self.inner.count_verification();
        let Checked { claims, expired } = verify::check_all_but_expiry(token, keys, expected, SystemTime::now())?;
        let session = self.inner.session(claims)?;
        if !expired {
            self.inner.keep_verified(text, &session, keys);
        }
        Ok((session, expired))
    }
}

fn unexpired((session, expired): (Session, bool)) -> Result<Session> {
    if expired { Err(verify::expired()) } else { Ok(session) }
}

fn refreshed(response: JwtResponse) -> Result<ValidationResult> {
    match response.session.clone() {
        Some(session) => {
            let session = Arc::unwrap_or_clone(session);
            Ok(ValidationResult { session, response: Some(response), refresh_error: None })
        }
        None => Err(Error::new(ErrorKind::InvalidResponse, Outcome::Unknown, "the refresh returned no session token")
            .with_path("sessionJwt")
            .with_response(response)),
    }
}
