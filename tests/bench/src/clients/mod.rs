//! What is measured: every client under load, exchanges with and without Redis, every operation that is repeated without a network, every package that is
//! loaded.

pub(crate) mod exchanges;
pub(crate) mod load;
pub(crate) mod operations;
pub(crate) mod startup;

/// How a driver is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// This binary, with a command.
    Rust(&'static str),
    /// A script with the release build of the Python package, and its mode.
    Python(&'static str, &'static str),
    /// A script with the release build of the npm package, and its mode.
    Node(&'static str, &'static str),
    /// A script with the Python peers, and its mode.
    PythonPeer(&'static str, &'static str),
    /// A script with the Node peers, and its mode.
    NodePeer(&'static str, &'static str),
}

impl Program {
    /// Whether it measures a package of others.
    pub(crate) fn is_peer(self) -> bool {
        matches!(self, Self::PythonPeer(..) | Self::NodePeer(..))
    }
}
