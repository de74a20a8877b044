//! The retry policy: what an attempt's failure says about the service, and whether the call may be sent again.

use crate::error::kind::Outcome;

/// What a call does, as far as repeating it is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallKind {
    /// Trades a token for another: repeating it may find the first token used up.
    Exchange,
    /// Changes nothing.
    Read,
    /// Ends the session; once ended, 401 is the response to the next attempt.
    Logout,
    /// Ends every session; a 401 says nothing about the others.
    LogoutAll,
}

/// Why one attempt gave no success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The name was not resolved.
    Dns,
    /// No connection: refused, unreachable, or not within the connect timeout; a proxy that refused the tunnel too.
    Connect,
    /// TLS broke off before it was established.
    TlsHandshake,
    /// The peer's certificate was not accepted. A retry cannot change that.
    Certificate,
    /// HTTP/2: REFUSED_STREAM, or GOAWAY with a last stream below this one (RFC 9113 §8.7 and §6.8).
    Refused,
    /// The connection broke after the first byte of the request, or in the response.
    Broken,
    /// The deadline of the call passed, before (`sent: false`) or after the request may have left.
    Deadline { sent: bool },
    /// A response that is no success.
    Status { code: u16, retry_after: bool },
}

impl Failure {
    /// May the service have acted on the attempt?
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Dns | Self::Connect | Self::TlsHandshake | Self::Certificate | Self::Deadline { sent: false } => {
                Outcome::NotSent
            }
            Self::Refused => Outcome::NotProcessed,
            Self::Broken | Self::Deadline { sent: true } => Outcome::Unknown,
            Self::Status { code, retry_after } => match code {
                // Refused before it was looked at: rate limit, and an edge network that never reached its origin.
                429 | 521 | 523 | 525 | 530 => Outcome::NotProcessed,
                503 if retry_after => Outcome::NotProcessed,
                408 | 500..=599 => Outcome::Unknown,
                _ => Outcome::Rejected,
            },
        }
    }

    /// Whether the cause can pass on its own.
    pub(crate) fn is_transient(self) -> bool {
        match self {
            Self::Certificate => false,
            Self::Status { code, .. } => matches!(code, 408 | 429 | 500 | 502..=504 | 520..=525 | 530),
            _ => true,
        }
    }
}

/// Whether the call may be sent again after this failure, deadline and counts aside.
pub(crate) fn may_retry(kind: CallKind, retry_unknown: bool, failure: Failure) -> bool {
    !matches!(failure, Failure::Deadline { .. }) && is_retryable(kind, retry_unknown, failure)
}

/// Whether the caller may repeat the call after this failure: it can help, and cannot do anything twice.
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
    fn the_table_holds() {
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
