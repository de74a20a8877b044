//! Finds the session of a request: verifies it, and refreshes it where that helps.

use std::sync::PoisonError;

use tokio::time::Instant;

use crate::authenticate::call_errors;
use crate::authenticate::credentials::{CookieTokens, Credentials};
use crate::authenticate::cross_site::is_safe;
use crate::authenticate::inner::{Incoming, Inner};
use crate::authenticate::refusal::{Refusal, RefusalCode};
use crate::client::validate::{ValidateOptions, ValidationResult};
use crate::error::kind::ErrorKind;
use crate::error::{Error, Result};
use crate::response::JwtResponse;
use crate::rotation::Fingerprint;
use crate::secret::{RefreshJwt, SessionJwt};
use crate::session::Session;

pub(super) enum Found {
    Session(FoundSession),
    Refused { refusal: Refusal, response: Option<JwtResponse>, error: Option<Error> },
}

pub(super) struct FoundSession {
    pub(super) session: Session,
    /// The new tokens, when it was refreshed: of this session, or of another tenant than that of a session which is valid
    /// still.
    pub(super) response: Option<JwtResponse>,
    /// Why a refresh before the end of the session failed.
    pub(super) error: Option<Error>,
}

impl Found {
    fn session(session: Session) -> Self {
        Self::Session(FoundSession { session, response: None, error: None })
    }

    fn refused(refusal: Refusal, error: Option<Error>) -> Self {
        Self::Refused { refusal, response: None, error }
    }
}

/// The session token of a request with cookies.
enum SessionToken {
    Missing,
    /// Valid, but about to expire.
    Ending(SessionJwt, Box<Session>),
    Expired(SessionJwt, Error),
    Invalid(Error),
}

impl SessionToken {
    /// The token that a refresh is compared with.
    fn verified(&self) -> Option<&SessionJwt> {
        match self {
            Self::Ending(token, _) | Self::Expired(token, _) => Some(token),
            Self::Missing | Self::Invalid(_) => None,
        }
    }

    /// What becomes of the request without a refresh, for the reason that there is.
    fn without_refresh(self, refusal: Refusal, reason: Option<Error>) -> Found {
        match self {
            Self::Ending(_, session) => {
                Found::Session(FoundSession { session: *session, response: None, error: reason })
            }
            Self::Missing => Found::refused(refusal, reason),
            Self::Expired(_, error) | Self::Invalid(error) => Found::refused(refusal, Some(reason.unwrap_or(error))),
        }
    }
}

/// What a request presents, as far as that alone decides.
#[allow(clippy::large_enum_variant, reason = "the large one is that of every valid session")]
enum Presented<'a> {
    Decided(Found),
    Bearer(SessionJwt),
    Cookies(&'a CookieTokens<'a>),
}

/// What becomes of a request with cookies once its session token is verified.
#[allow(clippy::large_enum_variant, reason = "the large one is that of every valid session")]
enum Step {
    Decided(Found),
    Refresh(SessionToken),
}

impl Inner {
    /// The session of a request that needs neither a call nor keys that are not at hand; None for any other request.
    pub(super) fn session_at_hand(&self, incoming: &Incoming<'_>) -> Option<Result<Found>> {
        let validate = |token: &SessionJwt| self.client.validate_session_cached(token, None);
        match self.presented(incoming) {
            Presented::Decided(found) => Some(Ok(found)),
            Presented::Bearer(token) => Some(validate(&token)?.map(Found::session).or_else(refused_or_error)),
            Presented::Cookies(tokens) => {
                let validated = match tokens.session.map(SessionJwt::from) {
                    Some(token) => Some((validate(&token)?, token)),
                    None => None,
                };
                match self.step(incoming, tokens, validated) {
                    Ok(Step::Decided(found)) => Some(Ok(found)),
                    Ok(Step::Refresh(_)) => None,
                    Err(error) => Some(Err(error)),
                }
            }
        }
    }

    pub(super) async fn session_of_request(&self, incoming: &Incoming<'_>, tenant: Option<&str>) -> Result<Found> {
        let tokens = match self.presented(incoming) {
            Presented::Decided(found) => return Ok(found),
            Presented::Bearer(token) => {
                return self.validate(&token).await.map(Found::session).or_else(refused_or_error);
            }
            Presented::Cookies(tokens) => tokens,
        };
        let validated = match tokens.session.map(SessionJwt::from) {
            Some(token) => Some((self.validate(&token).await, token)),
            None => None,
        };
        let token = match self.step(incoming, tokens, validated)? {
            Step::Decided(found) => return Ok(found),
            Step::Refresh(token) => token,
        };
        let refresh_token = RefreshJwt::from(tokens.refresh.unwrap_or_default());
        match self.check_refresh_token(&refresh_token).await? {
            Some((refusal, reason)) => Ok(token.without_refresh(refusal, reason)),
            None => self.refreshed(token, &refresh_token, tenant).await,
        }
    }

    fn presented<'a>(&self, incoming: &'a Incoming<'_>) -> Presented<'a> {
        let refused = |code| Presented::Decided(Found::refused(Refusal::new(code), None));
        let tokens = match &incoming.credentials {
            Credentials::None => return Presented::Decided(Found::refused(Refusal::nothing_presented(), None)),
            Credentials::Unacceptable => return refused(RefusalCode::SignedOut),
            Credentials::Bearer(token) => return Presented::Bearer(SessionJwt::from(*token)),
            Credentials::Cookies(tokens) => tokens,
        };
        let changes = !is_safe(incoming.request.method) || incoming.headers.websocket;
        if changes && self.is_cross_site(incoming) {
            return refused(RefusalCode::CrossSite);
        }
        if tokens.ambiguous { refused(RefusalCode::AmbiguousCookie) } else { Presented::Cookies(tokens) }
    }

    /// What becomes of a request with this session token, which was verified with this result.
    fn step(
        &self,
        incoming: &Incoming<'_>,
        tokens: &CookieTokens<'_>,
        validated: Option<(Result<Session>, SessionJwt)>,
    ) -> Result<Step> {
        let may_refresh = tokens.refresh.is_some() && self.refresh && !incoming.headers.websocket;
        let token = match validated {
            None => SessionToken::Missing,
            Some((Ok(session), _)) if !may_refresh || session.outlives(self.refresh_before) => {
                return Ok(Step::Decided(Found::session(session)));
            }
            Some((Ok(session), token)) => SessionToken::Ending(token, Box::new(session)),
            Some((Err(error), token)) => match (error.kind(), call_errors::of_validation(&error)) {
                (ErrorKind::TokenExpired, _) => SessionToken::Expired(token, error),
                (ErrorKind::KeysUnavailable, Some(refusal)) => {
                    return Ok(Step::Decided(Found::refused(refusal, Some(error))));
                }
                (_, Some(_)) => SessionToken::Invalid(error),
                (_, None) => return Err(error),
            },
        };
        if may_refresh {
            return Ok(Step::Refresh(token));
        }
        // With a refresh token that must not be used here, another request can renew the session.
        let code = match (&token, tokens.refresh) {
            (SessionToken::Expired(..), _) | (_, Some(_)) => RefusalCode::SessionExpired,
            (_, None) => RefusalCode::SignedOut,
        };
        Ok(Step::Decided(token.without_refresh(Refusal::new(code), None)))
    }

    /// The session of a refresh. A named tenant is compared afterwards; without one, the tenant of the session is kept. That of a
    /// session which is valid still is kept in any case, because it may be the one named.
    async fn refreshed(&self, token: SessionToken, refresh_token: &RefreshJwt, tenant: Option<&str>) -> Result<Found> {
        let keeps_tenant = tenant.is_none() || matches!(token, SessionToken::Ending(..));
        let options = ValidateOptions::new().keep_tenant(keeps_tenant).refresh_before(self.refresh_before);
        match self.client.validate_and_refresh(token.verified(), refresh_token, options).await {
            Ok(ValidationResult { session, response, refresh_error: error }) => {
                if let Some(error) = &error {
                    self.remember_refusal(refresh_token, error);
                }
                let response = response.or_else(|| error.as_ref().and_then(response_for_browser));
                Ok(Found::Session(FoundSession { session, response, error }))
            }
            Err(error) => {
                self.remember_refusal(refresh_token, &error);
                let response = response_for_browser(&error);
                match call_errors::of_refresh(&error) {
                    Some(refusal) => Ok(Found::Refused { refusal, response, error: Some(error) }),
                    None => Err(error),
                }
            }
        }
    }

    /// Without a future where the keys are at hand.
    async fn validate(&self, token: &SessionJwt) -> Result<Session> {
        match self.client.validate_session_cached(token, None) {
            Some(result) => result,
            None => self.client.validate_session(token, None).await,
        }
    }

    /// Verifies a refresh token before it is sent anywhere; gives the refusal and the reason, or nothing for one that may be
    /// sent.
    pub(super) async fn check_refresh_token(&self, token: &RefreshJwt) -> Result<Option<(Refusal, Option<Error>)>> {
        if self.was_refused(token) {
            return Ok(Some((Refusal::new(RefusalCode::SignedOut), None)));
        }
        let Err(error) = self.client.verify_refresh_token(token).await else { return Ok(None) };
        match call_errors::of_refresh_token(&error) {
            Some(refusal) => Ok(Some((refusal, Some(error)))),
            None => Err(error),
        }
    }

    fn was_refused(&self, token: &RefreshJwt) -> bool {
        let refused = self.refused_tokens.lock().unwrap_or_else(PoisonError::into_inner);
        !refused.is_empty() && refused.contains(&Fingerprint::of(token.expose()), Instant::now())
    }

    fn remember_refusal(&self, token: &RefreshJwt, error: &Error) {
        if call_errors::is_refused_by_service(error) {
            let mut refused = self.refused_tokens.lock().unwrap_or_else(PoisonError::into_inner);
            refused.remember(Fingerprint::of(token.expose()), Instant::now());
        }
    }
}

fn refused_or_error(error: Error) -> Result<Found> {
    match call_errors::of_validation(&error) {
        Some(refusal) => Ok(Found::refused(refusal, Some(error))),
        None => Err(error),
    }
}

/// The tokens in an error that are good, and for another tenant: the token presented may be used up.
pub(super) fn response_for_browser(error: &Error) -> Option<JwtResponse> {
    error.response().filter(|_| error.kind() == ErrorKind::TenantMismatch).cloned()
}
