//! Errors for the bindings to other languages: the errors that only a binding meets, and errors as data. This is not part of
//! the stable interface.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::io;
use std::iter;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::Error;
use crate::error::display::Spelled;
use crate::error::kind::{ErrorKind, Outcome};

pub use crate::error::message::{Spelling, snake_case};

/// The error for an argument that cannot be passed to this crate, such as one of a wrong type. `what` begins with the name of
/// the argument when the sentence is about it.
pub fn wrong_argument(argument: impl Into<Cow<'static, str>>, what: impl Into<String>) -> Error {
    Error::invalid_input(argument, what.into())
}

/// The error for a panic. The panic's message stays on stderr, because it has not been checked for tokens.
pub fn panicked(outcome: Outcome) -> Error {
    Error::new(ErrorKind::Internal, outcome, "the native code panicked")
}

/// The error for an exception of the host within the binding; the exception is its cause.
pub fn binding_failed(outcome: Outcome) -> Error {
    Error::new(ErrorKind::Internal, outcome, "something failed that should not, see the cause")
}

/// The error for a call that was pending when its process forked.
pub fn left_behind() -> Error {
    Error::new(ErrorKind::Connection, Outcome::Unknown, "the call stayed behind in the parent process")
}

/// The error for a call that is made while the host is exiting, when no worker can run it.
pub fn shutting_down() -> Error {
    let what = "the interpreter is shutting down";
    Error::new(ErrorKind::ClientClosed, Outcome::NotSent, what).with_advice("make calls before it exits")
}

/// The error for a call for which the system refuses a thread or file at the moment.
pub fn not_started(refused: &io::Error) -> Error {
    let what = format!("the runtime could not be started ({refused})");
    Error::new(ErrorKind::Connection, Outcome::NotSent, what).with_retryable(true)
}

/// An error as data, with names in the spelling of the host. Absent attributes are omitted. The response that an error carries
/// is not part of it: each binding passes it in its own form.
#[derive(Clone, Copy, Debug)]
pub struct ErrorView<'a> {
    error: &'a Error,
    spelling: Spelling,
}

impl<'a> ErrorView<'a> {
    /// The view of an error for a host with this spelling.
    pub fn new(error: &'a Error, spelling: Spelling) -> Self {
        Self { error, spelling }
    }

    /// The public attributes of an error.
    fn attributes(self) -> [(&'static str, Attribute<'a>); 14] {
        let Self { error, spelling } = self;
        [
            ("code", error.kind().code().into()),
            ("operation", error.operation().map(|operation| spelling(operation.as_str())).into()),
            ("outcome", error.outcome().as_str().into()),
            ("retryable", Attribute::Flag(error.is_retryable())),
            ("attempts", Attribute::Number(error.attempts())),
            ("status", error.status().map(|status| Attribute::Number(status.into())).into()),
            ("error_code", error.error_code().into()),
            ("error_description", error.error_description().into()),
            ("error_message", error.error_message().into()),
            ("retry_after", error.retry_after().map(|wait| Attribute::Seconds(wait.as_secs_f64())).into()),
            ("request_id", error.request_id().into()),
            ("argument", error.argument().map(spelling).into()),
            ("path", error.path().into()),
            ("response", Attribute::Absent),
        ]
    }

    /// The message, and the messages of the causes, outermost first.
    fn messages(self) -> impl Iterator<Item = String> {
        let mut causes = iter::successors(StdError::source(self.error), |&cause| cause.source());
        let spelled = move |error: &Error| Spelled { error, spelling: self.spelling }.to_string();
        let causes = iter::from_fn(move || {
            let cause = causes.next()?;
            Some(cause.downcast_ref().map_or_else(|| cause.to_string(), spelled))
        });
        iter::once(spelled(self.error)).chain(causes)
    }
}

impl Serialize for ErrorView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut messages = self.messages();
        map.serialize_entry("message", &messages.next().unwrap_or_default())?;
        map.serialize_entry("causes", &messages.collect::<Vec<_>>())?;
        for (name, attribute) in self.attributes() {
            let name = (self.spelling)(name);
            match attribute {
                Attribute::Absent => {}
                Attribute::Text(text) => map.serialize_entry(&name, &text)?,
                Attribute::Number(number) => map.serialize_entry(&name, &number)?,
                Attribute::Seconds(seconds) => map.serialize_entry(&name, &seconds)?,
                Attribute::Flag(flag) => map.serialize_entry(&name, &flag)?,
            }
        }
        map.end()
    }
}

/// The names of the attributes of an error, `response` included, for the bindings' tests.
pub fn attribute_names() -> impl Iterator<Item = &'static str> {
    ErrorView::new(&Error::closed(), snake_case).attributes().map(|(name, _)| name).into_iter()
}

enum Attribute<'a> {
    Absent,
    Text(Cow<'a, str>),
    Number(u32),
    Seconds(f64),
    Flag(bool),
}

impl<'a, T: Into<Attribute<'a>>> From<Option<T>> for Attribute<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

impl<'a> From<&'a str> for Attribute<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<Cow<'a, str>> for Attribute<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::Text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ServiceError;
    use crate::error::operation::Operation;

    fn camel_case(name: &str) -> Cow<'_, str> {
        match name {
            "select_tenant" => Cow::Borrowed("selectTenant"),
            "retry_after" => Cow::Borrowed("retryAfter"),
            "error_message" => Cow::Borrowed("errorMessage"),
            _ => Cow::Borrowed(name),
        }
    }

    #[test]
    fn names_are_spelled_and_the_words_of_the_service_are_not() {
        let service = ServiceError { message: Some("see retry_after".to_owned()), ..ServiceError::default() };
        let beneath = Error::new(ErrorKind::RateLimited, Outcome::NotSent, "of the keys");
        let error = Error::new(ErrorKind::RateLimited, Outcome::Rejected, "the service said: see retry_after")
            .with_service(service)
            .with_source(beneath)
            .in_operation(Operation::SelectTenant);
        let json = serde_json::to_value(ErrorView::new(&error, camel_case)).unwrap();
        let advice = "wait for retryAfter before the next call";
        let expected = serde_json::json!({
            "message": format!(
                "selectTenant: the service said: see retry_after; the service refused it, so nothing changed; {advice}"
            ),
            "causes": [format!("of the keys; nothing was sent; {advice}")],
            "code": "RATE_LIMITED",
            "operation": "selectTenant",
            "outcome": "rejected",
            "retryable": false,
            "attempts": 0,
            "errorMessage": "see retry_after",
        });
        assert_eq!(json, expected);
        assert!(error.to_string().starts_with("select_tenant: "), "{error}");
        assert!(error.to_string().ends_with("wait for retry_after before the next call"), "{error}");
    }
}
