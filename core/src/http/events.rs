//! Events that observers of a pending call receive.

use std::sync::Arc;
use std::time::Duration;

use crate::error::kind::Outcome;
use crate::response::ResponseMetadata;

pub(crate) type OnRetry = Arc<dyn Fn(&RetryEvent) + Send + Sync>;
pub(crate) type OnResponse = Arc<dyn Fn(&ResponseMetadata) + Send + Sync>;

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
