//! An error as JSON with TypeScript's names, from which the facade makes an exception.

use std::borrow::Cow;

use napi_derive::napi;
use serde::Serialize;
use tenant_select::binding::{self, ErrorView};
use tenant_select::{ClientBuilder, Error, Operation, OptionType, Outcome};

use crate::result::CallResult;
use crate::view::response_text;

#[derive(Serialize)]
pub(crate) struct ErrorJson<'a> {
    #[serde(flatten)]
    error: ErrorView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<String>,
}

impl<'a> ErrorJson<'a> {
    pub(crate) fn of(error: &'a Error) -> Self {
        Self { error: ErrorView::new(error, typescript_name), response: error.response().cloned().map(response_text) }
    }
}

/// How TypeScript spells a name of the core: in camelCase, and for an option that is a time with the unit of its values.
fn typescript_name(name: &str) -> Cow<'_, str> {
    // An option of calls, which are not in the table of the client's options.
    if name == "refresh_before" {
        return Cow::Borrowed("refreshBeforeMs");
    }
    let option = ClientBuilder::options().find(|option| option.name() == name);
    match option.map(|option| option.value_type()) {
        Some(OptionType::Seconds) => camel_case(name) + "Ms",
        Some(OptionType::WholeSeconds) => camel_case(name) + "Seconds",
        _ => camel_case(name),
    }
}

fn camel_case(name: &str) -> Cow<'_, str> {
    if !name.contains('_') {
        return Cow::Borrowed(name);
    }
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    Cow::Owned(words.fold(first, |mut name, word| {
        let mut letters = word.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name + letters.as_str()
    }))
}

/// The error with the operation of this method, if the method is one.
fn in_method(error: Error, method: &str) -> CallResult {
    let operation = Operation::ALL.iter().find(|operation| typescript_name(operation.as_str()) == method);
    CallResult::failed(&in_operation(error, operation.copied()))
}

/// The error with the operation of its call, where that is one operation and not made of several.
pub(crate) fn in_operation(error: Error, operation: Option<Operation>) -> Error {
    match operation {
        Some(operation) => error.in_operation(operation),
        None => error,
    }
}

/// The error of an argument that does not have the type of its signature, in a call of `method`; `what` is the message.
#[napi(catch_unwind)]
pub fn wrong_argument(method: String, argument: String, what: String) -> CallResult {
    in_method(binding::wrong_argument(argument, what), &method)
}

/// The error of a method that failed with something other than an error of the core.
#[napi(catch_unwind)]
pub fn binding_failed(method: String, #[napi(ts_arg_type = "string")] outcome: String) -> CallResult {
    let outcome = Outcome::ALL.iter().find(|known| known.as_str() == outcome);
    in_method(binding::binding_failed(outcome.copied().unwrap_or(Outcome::Unknown)), &method)
}
