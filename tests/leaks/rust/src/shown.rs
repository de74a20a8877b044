//! What was printed, in every way in which Rust prints a value.

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use tenant_select::{AuthenticationResult, Error, JwtResponse, RequestTokens, Session, ValidationResult};

use crate::print;

/// What the program reports to the scan about one situation.
#[derive(Default, Serialize)]
pub(crate) struct Shown {
    /// `ok` or the code of the error, by operation.
    results: BTreeMap<&'static str, String>,
    /// The tokens that were received.
    tokens: BTreeSet<String>,
    /// The names of the public types that were printed.
    types: BTreeSet<String>,
}

impl Shown {
    /// Prints a value, also in the text of a panic.
    #[allow(clippy::unwrap_used)]
    pub(crate) fn value<T: Debug>(&mut self, value: &T) {
        self.printed(type_name::<T>(), &format!("{value:?} {value:#?}"));
        // The text of `unwrap` itself is looked at, so the value is put into an `Err` on purpose.
        #[allow(clippy::unnecessary_literal_unwrap)]
        let _ = catch_unwind(AssertUnwindSafe(|| Err::<(), _>(value).unwrap()));
    }

    /// Prints the text of a value of a type.
    pub(crate) fn printed(&mut self, name: &str, text: &str) {
        // Without what the type is generic over.
        let name = name.split('<').next().unwrap_or_default();
        self.types.insert(name.rsplit("::").next().unwrap_or_default().to_owned());
        print(text);
    }

    pub(crate) fn error(&mut self, operation: &'static str, error: &Error) {
        self.value(error);
        print(&error.to_string());
        let mut cause = error.source();
        while let Some(error) = cause {
            print(&format!("{error} {error:?}"));
            cause = error.source();
        }
        self.results.insert(operation, error.kind().code().to_owned());
        if let Some(response) = error.response() {
            self.response(response);
        }
    }

    pub(crate) fn result<T: Debug>(
        &mut self,
        operation: &'static str,
        result: &Result<T, Error>,
        more: impl FnOnce(&mut Self, &T),
    ) {
        match result {
            Ok(value) => {
                self.value(value);
                more(self, value);
                self.results.insert(operation, "ok".to_owned());
            }
            Err(error) => self.error(operation, error),
        }
    }

    pub(crate) fn response(&mut self, response: &JwtResponse) {
        self.value(response);
        self.value(response.http());
        let body: &tenant_select::JwtResponseBody = response;
        self.value(body);
        self.value(&body.extra);
        if let Some(token) = &response.session_jwt {
            self.value(token);
            self.tokens.insert(token.expose().to_owned());
        }
        if let Some(token) = &response.refresh_jwt {
            self.value(token);
            self.tokens.insert(token.expose().to_owned());
        }
        if let Some(session) = response.session() {
            self.session(session);
        }
        if let Some(user) = &response.user {
            self.value(user);
            user.user_tenants.iter().flatten().for_each(|tenant| self.value(tenant));
        }
    }

    pub(crate) fn session(&mut self, session: &Session) {
        self.value(session);
        if let Some(grant) = session.active_tenant() {
            self.value(grant);
        }
    }

    pub(crate) fn validation(&mut self, validated: &ValidationResult) {
        self.session(&validated.session);
        if let Some(response) = &validated.response {
            self.response(response);
        }
        if let Some(error) = &validated.refresh_error {
            self.value(error);
        }
    }

    pub(crate) fn tokens(&mut self, tokens: &RequestTokens) {
        self.value(tokens);
    }

    pub(crate) fn authentication(&mut self, result: &AuthenticationResult) {
        self.value(result);
    }
}
