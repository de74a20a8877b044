//! The clients that select tenants.

use super::Program;
use crate::scenario::Protocol;
use crate::settings::Extent;

/// A client under load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    pub(crate) name: &'static str,
    pub(crate) program: Program,
    pub(crate) verify: bool,
    /// Whether it is also measured under the further conditions.
    main: bool,
    speaks: Speaks,
    /// Of a client that exchanges distinct tokens.
    pub(crate) redis: Option<Redis>,
}

/// What a client that exchanges distinct tokens shares its state through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Redis {
    Absent,
    Used,
    /// It accepts connections and responds to no script.
    Paused,
}

/// The protocols of a client, and the reason why it lacks others.
#[derive(Clone, Copy, Debug)]
enum Speaks {
    All,
    /// HTTP/1.1, with or without TLS.
    Http1(&'static str),
    /// HTTP/1.1 without TLS.
    Plain(&'static str),
}

impl Client {
    /// The reason why the client cannot be measured with a protocol.
    pub(crate) fn gap(&self, protocol: Protocol) -> Option<&'static str> {
        match (self.speaks, protocol) {
            (Speaks::All, _) | (_, Protocol::Http1) | (Speaks::Http1(_), Protocol::Tls) => None,
            (Speaks::Http1(reason) | Speaks::Plain(reason), _) => Some(reason),
        }
    }

    pub(crate) fn is_floor(&self) -> bool {
        self.program == Program::Rust("floor")
    }

    pub(crate) fn takes_part(&self, extent: Extent) -> bool {
        match extent {
            Extent::Exchanges => self.redis.is_some(),
            _ if self.redis.is_some() => false,
            Extent::All => true,
            Extent::Main => self.main,
            Extent::Ours => self.main && !self.program.is_peer(),
            Extent::Core => matches!(self.program, Program::Rust(_)) && !self.verify,
        }
    }

    pub(super) const fn exchange(name: &'static str, program: Program, redis: Redis) -> Self {
        Self { redis: Some(redis), ..client(name, program, true) }
    }

    const fn only_base(mut self) -> Self {
        self.main = false;
        self
    }

    const fn speaks(mut self, speaks: Speaks) -> Self {
        self.speaks = speaks;
        self
    }
}

const fn client(name: &'static str, program: Program, verify: bool) -> Client {
    Client { name, program, verify, main: true, speaks: Speaks::All, redis: None }
}

pub(crate) const FLOOR: &str = "floor: reqwest + serde_json";
pub(crate) const FLOOR_CHECKS: &str = "floor + two RS256 checks";
pub(crate) const RUST: &str = "Rust, unverified";
pub(crate) const RUST_VERIFIED: &str = "Rust";
pub(crate) const SYNC: &str = "Python sync, unverified";
pub(crate) const ASYNCIO: &str = "Python asyncio, unverified";
pub(crate) const ASYNCIO_VERIFIED: &str = "Python asyncio";
pub(crate) const UVLOOP: &str = "Python uvloop, unverified";
pub(crate) const NODE: &str = "Node, unverified";
pub(crate) const NODE_VERIFIED: &str = "Node";
pub(crate) const PYREQWEST: &str = "*peer:* pyreqwest, asyncio";
pub(crate) const PYREQWEST_UVLOOP: &str = "*peer:* pyreqwest, uvloop";
pub(crate) const AIOHTTP: &str = "*peer:* aiohttp, asyncio";
pub(crate) const UNDICI: &str = "*peer:* undici.request";

const NO_HTTP2: Speaks = Speaks::Http1("speaks HTTP/1.1 only");
const NO_HTTP2_IN_FETCH: Speaks = Speaks::Http1("Node's fetch speaks HTTP/2 only with another dispatcher");
const NO_HTTP2_IN_THREADS: Speaks = Speaks::Http1("fails over HTTP/2 when threads share the client");
const NO_AUTHORITY: Speaks = Speaks::Plain("has no option for a certificate authority");

/// The other rows are compared with the first one.
pub(crate) const CLIENTS: &[Client] = &[
    client(FLOOR, Program::Rust("floor"), false),
    client(FLOOR_CHECKS, Program::Rust("floor"), true),
    client(RUST, Program::Rust("core"), false),
    client(RUST_VERIFIED, Program::Rust("core"), true),
    client(SYNC, Program::Python("client.py", "sync"), false),
    client("Python sync", Program::Python("client.py", "sync"), true).only_base(),
    client(ASYNCIO, Program::Python("client.py", "asyncio"), false),
    client(ASYNCIO_VERIFIED, Program::Python("client.py", "asyncio"), true),
    client(UVLOOP, Program::Python("client.py", "uvloop"), false),
    client("Python uvloop", Program::Python("client.py", "uvloop"), true).only_base(),
    client(NODE, Program::Node("client.mjs", ""), false),
    client(NODE_VERIFIED, Program::Node("client.mjs", ""), true),
    client("*alternative:* our sync client in threads of asyncio", Program::Python("client.py", "threads"), false)
        .only_base(),
    client(PYREQWEST, Program::PythonPeer("peers.py", "pyreqwest asyncio"), false),
    client(PYREQWEST_UVLOOP, Program::PythonPeer("peers.py", "pyreqwest uvloop"), false),
    client(AIOHTTP, Program::PythonPeer("peers.py", "aiohttp asyncio"), false).speaks(NO_HTTP2),
    client("*peer:* aiohttp, uvloop", Program::PythonPeer("peers.py", "aiohttp uvloop"), false).speaks(NO_HTTP2),
    client("*peer:* httpx, sync", Program::PythonPeer("peers.py", "httpx sync"), false)
        .only_base()
        .speaks(NO_HTTP2_IN_THREADS),
    client("*peer:* httpx, asyncio", Program::PythonPeer("peers.py", "httpx asyncio"), false).only_base(),
    client(UNDICI, Program::NodePeer("peers.mjs", "undici"), false),
    client("*peer:* Node's fetch", Program::NodePeer("peers.mjs", "fetch"), false).speaks(NO_HTTP2_IN_FETCH),
    client("*peer:* descope for Python, sync (verifies)", Program::PythonPeer("vendor.py", "sync"), true)
        .only_base()
        .speaks(NO_AUTHORITY),
    client("*peer:* descope for Python, asyncio (verifies)", Program::PythonPeer("vendor.py", "asyncio"), true)
        .only_base()
        .speaks(NO_AUTHORITY),
    client("*peer:* @descope/node-sdk (verifies nothing)", Program::NodePeer("vendor.mjs", "select"), false)
        .only_base()
        .speaks(NO_AUTHORITY),
];
