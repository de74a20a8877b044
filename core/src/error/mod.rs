//! The one error type.

pub mod binding;
mod display;
pub(crate) mod kind;
pub(crate) mod message;
pub(crate) mod operation;

use std::any::Any;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::kind::{ErrorKind, Outcome};
use crate::error::message::Message;
use crate::error::operation::Operation;

/// What every operation returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Arc<dyn StdError + Send + Sync + 'static>;

/// Which operation failed and why, whether the service may have acted, and the service's own description.
///
/// Decide by [`kind`](Self::kind), [`outcome`](Self::outcome) and [`is_retryable`](Self::is_retryable); the text is
/// for people and not part of the API. No error ever prints a token: in what came from outside, the secrets of the call and of
/// the client are replaced by `[redacted]`, whole and in every part of 12 bytes or more, as is what has the shape of a token.
/// The errors below it ([`source`](StdError::source)) are texts, redacted in the same way.
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
    operation: Option<Operation>,
    what: Message,
    advice: Option<&'static str>,
    outcome: Outcome,
    retryable: bool,
    attempts: u32,
    argument: Option<Cow<'static, str>>,
    path: Option<String>,
    status: Option<u16>,
    service: ServiceError,
    retry_after: Option<Duration>,
    request_id: Option<String>,
    attachment: Option<Arc<dyn Attachment>>,
    source: Option<Source>,
}

/// The response that an error carries. Its type is known where responses are made and read: errors do not depend on it.
pub(crate) trait Attachment: Any + fmt::Debug + Send + Sync {}

impl<T: Any + fmt::Debug + Send + Sync> Attachment for T {}

/// The three fields of the service's error body, redacted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ServiceError {
    pub(crate) code: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) message: Option<String>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, outcome: Outcome, what: impl Into<Message>) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                operation: None,
                what: what.into(),
                advice: None,
                outcome,
                retryable: false,
                attempts: 0,
                argument: None,
                path: None,
                status: None,
                service: ServiceError::default(),
                retry_after: None,
                request_id: None,
                attachment: None,
                source: None,
            }),
        }
    }

    /// An argument or option that is refused before anything is sent. A message that begins with its name has the name
    /// marked.
    pub(crate) fn invalid_input(argument: impl Into<Cow<'static, str>>, what: impl Into<Message>) -> Self {
        let argument = argument.into();
        let mut error = Self::new(ErrorKind::InvalidInput, Outcome::NotSent, what.into().marking(argument.clone()));
        error.inner.argument = Some(argument);
        error
    }

    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::ClientClosed, Outcome::NotSent, "the client is closed")
    }

    /// Says which operation failed. Errors are made without knowing it: the one place that all calls of a client go through
    /// adds it, and a binding does for what fails outside of that.
    #[doc(hidden)]
    #[must_use]
    pub fn in_operation(mut self, operation: Operation) -> Self {
        self.inner.operation = Some(operation);
        self
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

    /// Advice in the place of that of the kind.
    pub(crate) fn with_advice(mut self, advice: &'static str) -> Self {
        self.inner.advice = Some(advice);
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

    pub(crate) fn with_attachment(mut self, attachment: Arc<dyn Attachment>) -> Self {
        self.inner.attachment = Some(attachment);
        self
    }

    pub(crate) fn attachment(&self) -> Option<&dyn Attachment> {
        self.inner.attachment.as_deref()
    }

    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.inner.source = Some(Arc::new(source));
        self
    }

    /// Says which environment variable a refused option came from. A text that begins otherwise than with the option names
    /// its source itself.
    pub(crate) fn with_variable(mut self, variable: &str) -> Self {
        let Inner { argument, what, .. } = &mut *self.inner;
        if argument.as_ref().is_some_and(|argument| what.begins_with(argument)) {
            self.inner.what = self.inner.what.after(format!("{variable}: "));
        }
        self
    }

    /// Says which of several tokens the error is about.
    pub(crate) fn about(mut self, which: &str) -> Self {
        self.inner.what = self.inner.what.after(format!("of the {which} token returned: "));
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// The operation that failed: the method that was called, also when another operation inside it failed. Absent outside operations, such as
    /// when a client or cookies are made.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), tenant_select::Error> {
    /// use tenant_select::{Client, Operation};
    ///
    /// let error = Client::new("P1")?.me(&"not a token".into()).await.unwrap_err();
    /// assert_eq!(error.operation(), Some(Operation::Me));
    /// assert!(error.to_string().starts_with("me: "));
    /// # Ok(())
    /// # }
    /// ```
    pub fn operation(&self) -> Option<Operation> {
        self.inner.operation
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
    pub fn argument(&self) -> Option<&str> {
        self.inner.argument.as_deref()
    }

    /// Where in the JSON body the trouble is, such as `user.createdTime`; only for [`ErrorKind::InvalidResponse`].
    pub fn path(&self) -> Option<&str> {
        self.inner.path.as_deref()
    }

    /// The HTTP status, when a response arrived.
    pub fn status(&self) -> Option<u16> {
        self.inner.status
    }

    /// The service's own code, such as `E011003`. Like every text that came from outside: without control characters and
    /// secrets, 4,096 bytes at most.
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

    /// How long the service tells the client to wait (`Retry-After`, RFC 9110 §10.2.3), in either form. What is above 24
    /// hours counts as 24 hours.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// The id under which the service knows the request (`x-request-id`, else `cf-ray`).
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
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
