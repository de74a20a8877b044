//! The conditions of a measurement: protocol, delay of the server, and the number of pending calls.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a client and the server speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Protocol {
    /// HTTP/1.1 without encryption.
    Http1,
    /// HTTP/1.1 over TLS.
    Tls,
    /// HTTP/2 over TLS, chosen by ALPN.
    Http2,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http1 => "HTTP/1.1",
            Self::Tls => "HTTP/1.1 over TLS",
            Self::Http2 => "HTTP/2 over TLS",
        })
    }
}

impl FromStr for Protocol {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "http1" => Ok(Self::Http1),
            "tls" => Ok(Self::Tls),
            "http2" => Ok(Self::Http2),
            other => Err(format!("there is no protocol {other:?}: http1, tls or http2")),
        }
    }
}

/// The conditions under which clients are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Scenario {
    pub(crate) protocol: Protocol,
    pub(crate) delay_ms: u64,
    pub(crate) pending: usize,
}

impl Scenario {
    /// HTTP/1.1 and a server that responds at once.
    pub(crate) const fn plain(pending: usize) -> Self {
        Self { protocol: Protocol::Http1, delay_ms: 0, pending }
    }

    /// The number of sockets that a client may need: over HTTP/2 all calls share connections.
    pub(crate) fn sockets(self) -> usize {
        if self.protocol == Protocol::Http2 { 1 } else { self.pending }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, ", self.protocol)?;
        if self.delay_ms > 0 {
            write!(f, "{} ms of server delay, ", self.delay_ms)?;
        }
        write!(f, "{} pending", self.pending)
    }
}
