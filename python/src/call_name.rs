//! What a call is named in logs and errors.

use tenant_select::{Error, Operation};

/// An operation of the client, or what is made of several.
#[derive(Clone, Copy)]
pub(crate) enum CallName {
    Operation(Operation),
    Other(&'static str),
}

impl CallName {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Operation(operation) => operation.as_str(),
            Self::Other(name) => name,
        }
    }

    /// The error of the call. One of several operations says itself which it belongs to.
    pub(crate) fn of_error(self, error: Error) -> Error {
        match self {
            Self::Operation(operation) => error.in_operation(operation),
            Self::Other(_) => error,
        }
    }
}

impl From<Operation> for CallName {
    fn from(operation: Operation) -> Self {
        Self::Operation(operation)
    }
}
