//! Events that observers of a pending call receive, and warnings for those of a client.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::error::kind::Outcome;
use crate::response::ResponseMetadata;

pub(crate) type OnRetry = Arc<dyn Fn(&RetryEvent) + Send + Sync>;
pub(crate) type OnWarning = Arc<dyn Fn(&Warning) + Send + Sync>;
pub(crate) type OnResponse = Arc<dyn Fn(&ResponseMetadata) + Send + Sync>;

/// An observer of the application, for events of any kind. A panic in it ends with it, after the panic hook has run: the call
/// that it observes may have brought new tokens, which must not be lost.
pub(crate) fn contained<E>(observer: impl Fn(&E) + Send + Sync + 'static) -> Arc<dyn Fn(&E) + Send + Sync> {
    Arc::new(move |event| {
        let _ = catch_unwind(AssertUnwindSafe(|| observer(event)));
    })
}

/// A call is about to be sent again; see [`CallOptions::on_retry`](crate::CallOptions::on_retry).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RetryEvent {
    /// How many attempts were made so far.
    pub attempts: u32,
    /// How long the call waits before the next one.
    pub wait: Duration,
    /// What the last attempt may have done.
    pub outcome: Outcome,
    /// The HTTP status of the last attempt, when it brought a response.
    pub status: Option<u16>,
    /// The id under which the service knows the last attempt.
    pub request_id: Option<String>,
}

/// Something that is wrong around a client and does not fail its calls yet; see
/// [`ClientBuilder::on_warning`](crate::ClientBuilder::on_warning). Its text says what, and what to do about it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// The service's clock differs from this machine's by more than the client's
    /// [`leeway`](crate::ClientBuilder::leeway) and the second that a `Date` header cannot tell, so that good tokens may be
    /// refused and expired ones pass. A client reports it once.
    ClockSkew {
        /// By how many seconds the service's clock is ahead; negative when it is behind.
        seconds: i64,
    },
    /// The header in which a browser sends the session cookie and the refresh cookie is longer than 8,190 bytes, and common
    /// servers refuse a longer one. A client reports it once.
    LongCookies {
        /// The length of the header line with these two cookies and no others.
        bytes: usize,
    },
    /// The Redis of [`shared_state`](crate::ClientBuilder::shared_state) is out of reach, slow or refuses commands, so the client
    /// goes on without it: exchanges of one token are in order within this process only, and what another process replaced is
    /// not known. A client reports it once; [`Diagnostics`](crate::Diagnostics) counts what follows.
    SharedStateUnavailable {
        /// What went wrong, without names of hosts and without credentials.
        reason: String,
    },
}

impl Warning {
    /// The name of what is wrong, such as `CLOCK_SKEW`; never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ClockSkew { .. } => "CLOCK_SKEW",
            Self::LongCookies { .. } => "LONG_COOKIES",
            Self::SharedStateUnavailable { .. } => "SHARED_STATE_UNAVAILABLE",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClockSkew { seconds } => {
                let (side, result) = match seconds {
                    0.. => ("behind", "good tokens may be refused as not valid yet, and expired ones accepted"),
                    _ => ("ahead of", "good tokens may be refused as expired"),
                };
                let by = seconds.unsigned_abs();
                write!(
                    f,
                    "the clock of this machine is {by} s {side} the service's, which is more than the client's leeway: \
                     {result}; set the clock"
                )
            }
            Self::LongCookies { bytes } => write!(
                f,
                "the header with the session cookie and the refresh cookie has {bytes} bytes, and common servers refuse more \
                 than 8190: give the refresh cookie a path of its own, or shorten the tokens with a JWT template"
            ),
            Self::SharedStateUnavailable { reason } => write!(
                f,
                "the Redis of shared_state cannot be used ({reason}): calls go on without it, and the order of exchanges and the \
                 successors of refresh tokens are known to each process alone until it can; check the Redis and the URL"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Warning;

    #[test]
    fn a_clock_skew_says_which_clock_is_behind() {
        let text = |seconds| Warning::ClockSkew { seconds }.to_string();
        assert!(text(120).starts_with("the clock of this machine is 120 s behind the service's"));
        assert!(text(-120).starts_with("the clock of this machine is 120 s ahead of the service's"));
        assert!(text(i64::MIN).contains("9223372036854775808"));
    }
}
