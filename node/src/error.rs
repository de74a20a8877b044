//! A core error as data, from which the facade makes an exception.

use std::error::Error as _;
use std::io;

use serde::Serialize;
use tenant_select::{Error, ErrorKind, Outcome};

use crate::view::ResponseView;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorView<'a> {
    code: &'static str,
    message: String,
    outcome: &'static str,
    retryable: bool,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    argument: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'a str>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<ResponseView<'a>>,
    /// The messages of the chain of causes, the nearest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<String>,
}

impl<'a> ErrorView<'a> {
    pub(crate) fn of(error: &'a Error) -> Self {
        let causes = std::iter::successors(error.source(), |&cause| cause.source());
        Self {
            code: error.kind().code(),
            message: error.to_string(),
            outcome: error.outcome().as_str(),
            retryable: error.is_retryable(),
            attempts: error.attempts(),
            argument: error.argument(),
            path: error.path(),
            status: error.status(),
            error_code: error.error_code(),
            error_description: error.error_description(),
            error_message: error.error_message(),
            retry_after: error.retry_after().map(|wait| wait.as_secs_f64()),
            request_id: error.request_id(),
            response: error.response().map(ResponseView::of),
            causes: causes.map(ToString::to_string).collect(),
        }
    }
}

impl ErrorView<'_> {
    /// A panic during a call. Its message stays on stderr, because it has not been checked for tokens.
    pub(crate) fn panic() -> Self {
        let message = "the native code panicked; whether the service acted on it is unknown; please report it";
        Self::own(ErrorKind::Internal, Outcome::Unknown, message.to_owned())
    }

    /// A call that could not start because the system refused a thread or a file. A later call may succeed.
    pub(crate) fn not_started(refused: &io::Error) -> Self {
        let message =
            format!("the runtime could not be started ({refused}); nothing was sent; the call may be repeated");
        Self { retryable: true, ..Self::own(ErrorKind::Connection, Outcome::NotSent, message) }
    }

    fn own(kind: ErrorKind, outcome: Outcome, message: String) -> Self {
        Self {
            code: kind.code(),
            message,
            outcome: outcome.as_str(),
            retryable: false,
            attempts: 0,
            argument: None,
            path: None,
            status: None,
            error_code: None,
            error_description: None,
            error_message: None,
            retry_after: None,
            request_id: None,
            response: None,
            causes: Vec::new(),
        }
    }
}
