//! What an error says: the operation, what happened, what the service may have done, and what to do next.

use std::fmt;

use crate::error::message::{Spelling, snake_case};
use crate::error::{Error, Inner};

/// An error whose message has names in the spelling of a language.
pub(crate) struct Spelled<'a> {
    pub(crate) error: &'a Error,
    pub(crate) spelling: Spelling,
}

impl fmt::Display for Spelled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, operation, what, advice, outcome, retryable, path, .. } = &*self.error.inner;
        if let Some(operation) = operation {
            write!(f, "{}: ", (self.spelling)(operation.as_str()))?;
        }
        what.write(f, self.spelling)?;
        if let Some(path) = path {
            write!(f, " at `{path}`")?;
        }
        write!(f, "; {}; ", outcome.sentence())?;
        match advice {
            Some(advice) => f.write_str(advice),
            None => kind.advice(*outcome, *retryable).write(f, self.spelling),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Spelled { error: self, spelling: snake_case }.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.inner;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("operation", &inner.operation)
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
            .field("response", &inner.attachment)
            .field("source", &inner.source)
            .finish()
    }
}
