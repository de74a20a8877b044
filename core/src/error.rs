//! The one error type, its kinds and what they say about the outcome of the call.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::model::JwtResponse;

/// What every operation returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Arc<dyn StdError + Send + Sync + 'static>;

/// What went wrong, coarse enough to act on.
///
/// The list grows only with a minor release; match with a wildcard arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument or option was refused before anything was sent.
    InvalidInput,
    /// The client was used after `close`.
    ClientClosed,
    /// No complete answer arrived: DNS, connect, TLS, reset, or half a body.
    Connection,
    /// The deadline of the call passed.
    Timeout,
    /// A 2xx answer that is not what the API promises.
    InvalidResponse,
    /// The service answered 401: the token is expired, revoked or not for this project.
    Authentication,
    /// The service answered 403.
    PermissionDenied,
    /// The service answered 404.
    NotFound,
    /// The service answered 429, or this client still waits out an earlier 429.
    RateLimited,
    /// The service answered 5xx.
    Server,
    /// The service answered any other status that is not a success, redirects included.
    Api,
    /// A token failed local verification.
    InvalidToken,
    /// A token is good in every respect but its `exp`.
    TokenExpired,
    /// The project's keys are out of reach and nothing usable is cached.
    KeysUnavailable,
    /// The token returned is not for the tenant that was asked for.
    TenantMismatch,
    /// The token returned is not for the user whose token was presented.
    UserMismatch,
    /// A cookie would exceed the 4,096 bytes that browsers keep.
    CookieTooLarge,
    /// A fault of this library.
    Internal,
}

impl ErrorKind {
    /// Every kind, for the bindings' tables and their tests.
    pub const ALL: &'static [Self] = &[
        Self::InvalidInput,
        Self::ClientClosed,
        Self::Connection,
        Self::Timeout,
        Self::InvalidResponse,
        Self::Authentication,
        Self::PermissionDenied,
        Self::NotFound,
        Self::RateLimited,
        Self::Server,
        Self::Api,
        Self::InvalidToken,
        Self::TokenExpired,
        Self::KeysUnavailable,
        Self::TenantMismatch,
        Self::UserMismatch,
        Self::CookieTooLarge,
        Self::Internal,
    ];

    /// The stable upper-case code, the same in every language.
    ///
    /// ```
    /// assert_eq!(tenant_select::ErrorKind::RateLimited.code(), "RATE_LIMITED");
    /// ```
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidInput => "INVALID_INPUT",
            Self::ClientClosed => "CLIENT_CLOSED",
            Self::Connection => "CONNECTION",
            Self::Timeout => "TIMEOUT",
            Self::InvalidResponse => "INVALID_RESPONSE",
            Self::Authentication => "AUTHENTICATION",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::NotFound => "NOT_FOUND",
            Self::RateLimited => "RATE_LIMITED",
            Self::Server => "SERVER",
            Self::Api => "API",
            Self::InvalidToken => "INVALID_TOKEN",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::KeysUnavailable => "KEYS_UNAVAILABLE",
            Self::TenantMismatch => "TENANT_MISMATCH",
            Self::UserMismatch => "USER_MISMATCH",
            Self::CookieTooLarge => "COOKIE_TOO_LARGE",
            Self::Internal => "INTERNAL",
        }
    }

    /// The kind that an HTTP status stands for.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Authentication,
            403 => Self::PermissionDenied,
            404 => Self::NotFound,
            429 => Self::RateLimited,
            500..=599 => Self::Server,
            _ => Self::Api,
        }
    }

    /// What a person should do next; the last sentence of every message.
    fn advice(self, outcome: Outcome, retryable: bool) -> &'static str {
        match (self, outcome) {
            (Self::InvalidInput, _) => "correct the argument and call again",
            (Self::ClientClosed, _) => "make a new client",
            (Self::RateLimited, _) => "wait for retry_after before the next call",
            (Self::Internal, _) => "please report it",
            (Self::CookieTooLarge, _) => "shorten the token with a JWT template, or hand it out another way",
            (Self::KeysUnavailable, Outcome::Applied) => {
                "the error carries the unverified response; verify its tokens later"
            }
            (_, Outcome::Applied) => "the error carries the response; do not hand its tokens out unexamined",
            (Self::Authentication | Self::TokenExpired, _) => "refresh the session or sign the user in again",
            (Self::KeysUnavailable, _) => "try again when the key endpoint answers",
            (Self::InvalidToken, _) => "treat the caller as signed out",
            (_, Outcome::Unknown) if !retryable => {
                "read the active tenant (refresh, then look at `dct`) before trying again"
            }
            _ if retryable => "the call may be repeated",
            _ => "repeating the same call will not help",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// May the service have acted on the call that failed?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Nothing left this process, or nothing that the service could have read.
    NotSent,
    /// The request arrived somewhere, and provably was not acted upon.
    NotProcessed,
    /// The service looked at the request and refused it.
    Rejected,
    /// The service may or may not have acted.
    Unknown,
    /// The service acted; something after that failed.
    Applied,
}

impl Outcome {
    /// Every outcome, for the bindings' tables and their tests.
    pub const ALL: &'static [Self] = &[Self::NotSent, Self::NotProcessed, Self::Rejected, Self::Unknown, Self::Applied];

    /// The stable lower-case name, the same in every language.
    ///
    /// ```
    /// assert_eq!(tenant_select::Outcome::NotSent.as_str(), "not_sent");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::NotProcessed => "not_processed",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
            Self::Applied => "applied",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::NotSent => "nothing was sent",
            Self::NotProcessed => "the service did not act on it",
            Self::Rejected => "the service refused it, so nothing changed",
            Self::Unknown => "whether the service acted on it is unknown",
            Self::Applied => "the service did act on it",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a call failed, whether the service may have acted, and what the service said.
///
/// Decide by [`kind`](Self::kind), [`outcome`](Self::outcome) and [`is_retryable`](Self::is_retryable); the text is
/// for people and not part of the API. No error ever prints a token.
///
/// ```
/// use tenant_select::{Client, ErrorKind, Outcome};
///
/// let error = Client::builder().project_id("not a project").build().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidInput);
/// assert_eq!(error.outcome(), Outcome::NotSent);
/// assert_eq!(error.argument(), Some("project_id"));
/// assert!(!error.is_retryable());
/// ```
#[derive(Clone)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    what: String,
    outcome: Outcome,
    retryable: bool,
    attempts: u32,
    argument: Option<&'static str>,
    path: Option<String>,
    status: Option<u16>,
    service: ServiceError,
    retry_after: Option<Duration>,
    request_id: Option<String>,
    response: Option<Box<JwtResponse>>,
    source: Option<Source>,
}

/// The three fields of the service's error body, scrubbed of anything that looks like a token.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ServiceError {
    pub(crate) code: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) message: Option<String>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, outcome: Outcome, what: impl Into<String>) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                what: what.into(),
                outcome,
                retryable: false,
                attempts: 0,
                argument: None,
                path: None,
                status: None,
                service: ServiceError::default(),
                retry_after: None,
                request_id: None,
                response: None,
                source: None,
            }),
        }
    }

    /// An argument or option that is refused before anything is sent.
    pub(crate) fn invalid_input(argument: &'static str, what: impl Into<String>) -> Self {
        let mut error = Self::new(ErrorKind::InvalidInput, Outcome::NotSent, what);
        error.inner.argument = Some(argument);
        error
    }

    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::ClientClosed, Outcome::NotSent, "the client is closed")
    }

    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.inner.outcome = outcome;
        self
    }

    pub(crate) fn with_retryable(mut self, retryable: bool) -> Self {
        self.inner.retryable = retryable;
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.inner.attempts = attempts;
        self
    }

    pub(crate) fn with_path(mut self, path: impl Into<String>) -> Self {
        self.inner.path = Some(path.into());
        self
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.inner.status = Some(status);
        self
    }

    pub(crate) fn with_service(mut self, service: ServiceError) -> Self {
        self.inner.service = service;
        self
    }

    pub(crate) fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.inner.retry_after = retry_after;
        self
    }

    pub(crate) fn with_request_id(mut self, request_id: Option<String>) -> Self {
        self.inner.request_id = request_id;
        self
    }

    pub(crate) fn with_response(mut self, response: JwtResponse) -> Self {
        self.inner.response = Some(Box::new(response));
        self
    }

    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.inner.source = Some(Arc::new(source));
        self
    }

    /// Says which of several tokens the error is about.
    pub(crate) fn about(mut self, which: &str) -> Self {
        self.inner.what = format!("of the {which} token returned: {}", self.inner.what);
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Whether the service may have acted on the call.
    pub fn outcome(&self) -> Outcome {
        self.inner.outcome
    }

    /// Whether the same call may be repeated: the cause can pass, and repeating cannot do anything twice.
    pub fn is_retryable(&self) -> bool {
        self.inner.retryable
    }

    /// How many attempts were made; 0 when the call was refused before the first.
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// The argument or option that was refused, in snake_case; only for [`ErrorKind::InvalidInput`].
    pub fn argument(&self) -> Option<&'static str> {
        self.inner.argument
    }

    /// Where in the JSON body the trouble is, such as `user.createdTime`; only for [`ErrorKind::InvalidResponse`].
    pub fn path(&self) -> Option<&str> {
        self.inner.path.as_deref()
    }

    /// The HTTP status, when an answer arrived.
    pub fn status(&self) -> Option<u16> {
        self.inner.status
    }

    /// The service's own code, such as `E011003`, verbatim.
    pub fn error_code(&self) -> Option<&str> {
        self.inner.service.code.as_deref()
    }

    /// The service's `errorDescription`.
    pub fn error_description(&self) -> Option<&str> {
        self.inner.service.description.as_deref()
    }

    /// The service's `errorMessage`.
    pub fn error_message(&self) -> Option<&str> {
        self.inner.service.message.as_deref()
    }

    /// How long the service asks to wait (`Retry-After`, RFC 9110 §10.2.3).
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// The id under which the service knows the request (`x-request-id`, else `cf-ray`).
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
    }

    /// The response of an exchange that the service applied before something else failed, so that no token is lost.
    pub fn response(&self) -> Option<&JwtResponse> {
        self.inner.response.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, what, outcome, retryable, path, .. } = &*self.inner;
        f.write_str(what)?;
        if let Some(path) = path {
            write!(f, " at `{path}`")?;
        }
        write!(f, "; {}; {}", outcome.sentence(), kind.advice(*outcome, *retryable))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.inner;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("message", &self.to_string())
            .field("outcome", &inner.outcome)
            .field("retryable", &inner.retryable)
            .field("attempts", &inner.attempts)
            .field("argument", &inner.argument)
            .field("path", &inner.path)
            .field("status", &inner.status)
            .field("error_code", &inner.service.code)
            .field("retry_after", &inner.retry_after)
            .field("request_id", &inner.request_id)
            .field("response", &inner.response)
            .field("source", &inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_distinct() {
        let codes: HashSet<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), ErrorKind::ALL.len());
    }

    #[test]
    fn every_message_says_what_happened_what_it_did_and_what_to_do() {
        for kind in ErrorKind::ALL {
            for outcome in Outcome::ALL {
                for retryable in [false, true] {
                    let text = Error::new(*kind, *outcome, "it failed").with_retryable(retryable).to_string();
                    let parts: Vec<_> = text.split("; ").collect();
                    assert!(parts.len() >= 3, "{text}");
                    assert!(parts.iter().all(|part| part.len() > 8), "{text}");
                    assert!(!text.ends_with('.'), "{text}");
                }
            }
        }
    }
}
