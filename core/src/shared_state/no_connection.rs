//! In the place of the connection where the feature `shared-state` is off: there is none, and the option is refused.

use std::sync::Arc;

use crate::config::Config;

/// A value of this type does not exist.
pub(super) enum Connection {}

/// Why there is no response to a command.
pub(super) struct Failure {
    pub(super) reason: &'static str,
}

/// What a script gives: a number and bytes.
pub(super) struct Reply(pub(super) i64, pub(super) Vec<u8>);

/// A script with its keys and arguments.
#[derive(Clone)]
#[expect(dead_code, reason = "nothing reads it")]
pub(super) struct Command {
    pub(super) script: &'static str,
    pub(super) keys: [String; 3],
    pub(super) arguments: Vec<Vec<u8>>,
}

impl Connection {
    pub(super) fn new(_: &Arc<Config>) -> Option<Arc<Self>> {
        None
    }

    pub(super) async fn run(
        self: &Arc<Self>,
        _: Command,
        _: Option<Command>,
        _: impl FnOnce() + Send + 'static,
    ) -> Result<Reply, Failure> {
        match **self {}
    }

    pub(super) fn send(self: &Arc<Self>, _: Command, _: impl FnOnce() + Send + 'static) {
        match **self {}
    }
}
