//! The kinds of errors, and what an error says about the outcome of the call.

use std::fmt;

use crate::error::message::Message;

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
    /// No complete response arrived: DNS, connect, TLS, reset, or half a body.
    Connection,
    /// The deadline of the call passed.
    Timeout,
    /// A 2xx response that is not what the API promises.
    InvalidResponse,
    /// The service responded with 401: the token is expired, revoked or not for this project.
    Authentication,
    /// The service responded with 403.
    PermissionDenied,
    /// The service responded with 404.
    NotFound,
    /// The service responded with 429, or this client still waits out an earlier 429.
    RateLimited,
    /// The service responded with 5xx.
    Server,
    /// The service responded with any other status that is not a success, redirects included.
    Api,
    /// A token failed local verification.
    InvalidToken,
    /// A token is good in every respect but its `exp`.
    TokenExpired,
    /// The project's keys are out of reach and nothing usable is cached.
    KeysUnavailable,
    /// The token returned is not for the requested tenant.
    TenantMismatch,
    /// The token returned is not for the user whose token was presented.
    UserMismatch,
    /// The verified session of a response was read that has none, because the response was not verified.
    NotVerified,
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
        Self::NotVerified,
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
            Self::NotVerified => "NOT_VERIFIED",
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
    pub(crate) fn advice(self, outcome: Outcome, retryable: bool) -> Message {
        let text = match (self, outcome) {
            (Self::InvalidInput, _) => "correct the argument and call again",
            (Self::ClientClosed, _) => "make a new client",
            (Self::RateLimited, _) => {
                return Message::from("wait for ").name("retry_after").text(" before the next call");
            }
            (Self::NotVerified, _) => {
                return Message::from("verify its session token with ").name("validate_session");
            }
            (Self::Internal, _) => "please report it",
            (Self::CookieTooLarge, _) => "shorten the token with a JWT template, or hand it out another way",
            (Self::KeysUnavailable, Outcome::Applied) => {
                "the error carries the unverified response; verify its tokens later"
            }
            (Self::TenantMismatch, Outcome::Applied | Outcome::NotSent) => {
                "the error carries the newest tokens, which are verified and for another tenant"
            }
            (_, Outcome::Applied) => "the error carries the response; do not hand its tokens out unexamined",
            (Self::Authentication | Self::TokenExpired, _) => "refresh the session or sign the user in again",
            (Self::KeysUnavailable, _) => "try again when the key endpoint responds",
            (Self::InvalidToken, _) => "treat the caller as signed out",
            (Self::InvalidResponse, Outcome::Unknown) => {
                "see whether a proxy or a captive portal responds in the service's place, and after an exchange read the active \
                 tenant (refresh, then look at `dct`) before trying again"
            }
            (_, Outcome::Unknown) if !retryable => {
                "read the active tenant (refresh, then look at `dct`) before trying again"
            }
            _ if retryable => "the call may be repeated",
            _ => "repeating the same call will not help",
        };
        text.into()
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
    /// The service acted; something after that failed. The error carries the response.
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

    pub(crate) fn sentence(self) -> &'static str {
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
