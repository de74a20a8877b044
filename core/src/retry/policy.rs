//! The retry policy: whether the service may have acted on a failed attempt, and whether the call may be sent again.

use crate::error::kind::Outcome;

/// What a call does, as far as it matters for repeating it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallKind {
    /// Exchanges a token for another: the first token may be used up when the call is repeated.
    Exchange,
    /// Changes nothing.
    Read,
    /// Ends the session; after that, the response to the next attempt is 401.
    Logout,
    /// Ends every session; a 401 says nothing about the others.
    LogoutAll,
}

/// Why one attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The name was not resolved.
    Dns,
    /// No connection: refused, unreachable, or not within the connect timeout; a proxy that refused the tunnel too.
    Connect,
    /// The TLS handshake failed.
    TlsHandshake,
    /// The peer's certificate was not accepted. A retry cannot change that.
    Certificate,
    /// HTTP/2: REFUSED_STREAM, or GOAWAY with a last stream below this one (RFC 9113 §8.7 and §6.8).
    Refused,
    /// The connection broke after the first byte of the request, or in the response.
    Broken,
    /// The deadline of the call passed, before the request was sent (`sent: false`) or after it may have been sent.
    Deadline { sent: bool },
    /// A response with an error status.
    Status { code: u16, retry_after: bool },
}

impl Failure {
    /// Whether the service may have acted on the attempt.
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Dns | Self::Connect | Self::TlsHandshake | Self::Certificate | Self::Deadline { sent: false } => {
                Outcome::NotSent
            }
            Self::Refused => Outcome::NotProcessed,
            Self::Broken | Self::Deadline { sent: true } => Outcome::Unknown,
            Self::Status { code, retry_after } => match code {
                // Refused before it was processed: by the rate limit, or by an edge network that did not reach its origin.
                429 | 521 | 523 | 525 | 530 => Outcome::NotProcessed,
                503 if retry_after => Outcome::NotProcessed,
                408 | 500..=599 => Outcome::Unknown,
                _ => Outcome::Rejected,
            },
        }
    }

    /// Whether the cause may be temporary.
    pub(crate) fn is_transient(self) -> bool {
        match self {
            Self::Certificate => false,
            Self::Status { code, .. } => matches!(code, 408 | 429 | 500 | 502..=504 | 520..=525 | 530),
            _ => true,
        }
    }
}

/// Whether the call may be sent again after this failure, without regard to deadline and counts.
pub(crate) fn may_retry(kind: CallKind, retry_unknown: bool, failure: Failure) -> bool {
    !matches!(failure, Failure::Deadline { .. }) && is_retryable(kind, retry_unknown, failure)
}

/// Whether the caller may repeat the call after this failure: a repetition can succeed, and cannot have an effect twice.
pub(crate) fn is_retryable(kind: CallKind, retry_unknown: bool, failure: Failure) -> bool {
    let harmless = match kind {
        CallKind::Read | CallKind::Logout | CallKind::LogoutAll => true,
        CallKind::Exchange => retry_unknown || matches!(failure.outcome(), Outcome::NotSent | Outcome::NotProcessed),
    };
    failure.is_transient() && harmless
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: fn(u16) -> Failure = |code| Failure::Status { code, retry_after: false };

    /// Failure, outcome, whether an exchange is sent again without and with `retry_unknown`, whether a read is.
    fn table() -> Vec<(Failure, Outcome, bool, bool, bool)> {
        use Outcome::{NotProcessed, NotSent, Rejected, Unknown};
        let mut rows = vec![
            (Failure::Dns, NotSent, true, true, true),
            (Failure::Connect, NotSent, true, true, true),
            (Failure::TlsHandshake, NotSent, true, true, true),
            (Failure::Certificate, NotSent, false, false, false),
            (Failure::Refused, NotProcessed, true, true, true),
            (Failure::Broken, Unknown, false, true, true),
            (Failure::Deadline { sent: false }, NotSent, false, false, false),
            (Failure::Deadline { sent: true }, Unknown, false, false, false),
            (Failure::Status { code: 503, retry_after: true }, NotProcessed, true, true, true),
            (Failure::Status { code: 502, retry_after: true }, Unknown, false, true, true),
        ];
        rows.extend([429, 521, 523, 525, 530].map(|code| (STATUS(code), NotProcessed, true, true, true)));
        rows.extend([408, 500, 502, 503, 504, 520, 522, 524].map(|code| (STATUS(code), Unknown, false, true, true)));
        rows.extend([501, 505, 599].map(|code| (STATUS(code), Unknown, false, false, false)));
        rows.extend([301, 307, 400, 401, 403, 404, 409, 422].map(|code| (STATUS(code), Rejected, false, false, false)));
        rows
    }

    #[test]
    fn decisions_match_the_table() {
        for (failure, outcome, exchange, retry_unknown, read) in table() {
            assert_eq!(failure.outcome(), outcome, "{failure:?}");
            assert_eq!(may_retry(CallKind::Exchange, false, failure), exchange, "{failure:?}");
            assert_eq!(may_retry(CallKind::Exchange, true, failure), retry_unknown, "{failure:?}");
            for kind in [CallKind::Read, CallKind::Logout, CallKind::LogoutAll] {
                assert_eq!(may_retry(kind, false, failure), read, "{kind:?} {failure:?}");
            }
        }
    }

    #[test]
    fn a_passed_deadline_is_retryable_by_the_caller_when_nothing_can_have_happened() {
        let retryable = |kind, sent| is_retryable(kind, false, Failure::Deadline { sent });
        assert!(retryable(CallKind::Exchange, false) && !retryable(CallKind::Exchange, true));
        assert!(retryable(CallKind::Read, true) && retryable(CallKind::Logout, true));
    }
}
