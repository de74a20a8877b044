//! The operations that are repeated without a network.

use super::Program;

/// A driver that repeats operations, and the operations that it reports: key and label.
pub(crate) struct Repeater {
    pub(crate) program: Program,
    pub(crate) operations: &'static [(&'static str, &'static str)],
}

const fn repeater(program: Program, operations: &'static [(&'static str, &'static str)]) -> Repeater {
    Repeater { program, operations }
}

pub(crate) const BARE: &str = "floor: bare RS256 verification, parsed key";
pub(crate) const VALIDATION_NODE: &str = "Node";
pub(crate) const CACHED_PYTHON: &str = "Python sync, `session_cache`";
pub(crate) const CACHED_NODE: &str = "Node, `sessionCache`";
pub(crate) const CACHED_FAST_JWT: &str = "*peer:* fast-jwt with its cache of verified tokens";

/// One validation of a session token whose key is cached or parsed. The other rows are compared with the first one. With
/// `session_cache`, the token was verified before.
pub(crate) const VALIDATIONS: &[Repeater] = &[
    repeater(
        Program::Rust("validation"),
        &[
            ("bare", BARE),
            ("cached", "Rust, `validate_session_cached`"),
            ("awaited", "Rust, `validate_session`"),
            ("kept", "Rust, `validate_session_cached`, `session_cache`"),
        ],
    ),
    repeater(
        Program::Python("repeat.py", "validation"),
        &[("sync", "Python sync"), ("asyncio", "Python asyncio"), ("kept", CACHED_PYTHON)],
    ),
    repeater(Program::Node("repeat.mjs", "validation"), &[("node", VALIDATION_NODE), ("kept", CACHED_NODE)]),
    repeater(
        Program::PythonPeer("tokens.py", ""),
        &[("pyjwt", "*peer:* PyJWT"), ("joserfc", "*peer:* joserfc"), ("descope", "*peer:* descope for Python, sync")],
    ),
    repeater(
        Program::NodePeer("tokens.mjs", ""),
        &[
            ("jose", "*peer:* jose"),
            ("fast-jwt", "*peer:* fast-jwt"),
            ("fast-jwt cached", CACHED_FAST_JWT),
            ("descope", "*peer:* @descope/node-sdk"),
        ],
    ),
];

pub(crate) const PLAIN_RUST: &str = "Rust: `validate_session` alone";
pub(crate) const REQUEST_RUST: &str = "Rust: `RequestAuthenticator`";
pub(crate) const PLAIN_SYNC: &str = "Python sync: `validate_session` alone";
pub(crate) const REQUEST_SYNC: &str = "Python sync: `RequestAuthenticator`";
pub(crate) const PLAIN_ASYNCIO: &str = "Python asyncio: `validate_session` alone";
pub(crate) const REQUEST_ASYNCIO: &str = "Python asyncio: `AsyncRequestAuthenticator`";
pub(crate) const PLAIN_NODE: &str = "Node: `validateSession` alone";
pub(crate) const REQUEST_NODE: &str = "Node: `RequestAuthenticator`";

/// The decision about one request with a valid session, for a tenant and a permission, without a web framework.
pub(crate) const REQUESTS: &[Repeater] = &[
    repeater(Program::Rust("incoming"), &[("plain", PLAIN_RUST), ("request", REQUEST_RUST)]),
    repeater(
        Program::Python("incoming.py", ""),
        &[
            ("plain sync", PLAIN_SYNC),
            ("request sync", REQUEST_SYNC),
            ("plain asyncio", PLAIN_ASYNCIO),
            ("request asyncio", REQUEST_ASYNCIO),
        ],
    ),
    repeater(Program::Node("incoming.mjs", ""), &[("plain", PLAIN_NODE), ("request", REQUEST_NODE)]),
    repeater(
        Program::PythonPeer("incoming_peers.py", ""),
        &[
            ("joserfc", "*peer:* a check by hand with joserfc, Python sync"),
            ("pyjwt", "*peer:* a check by hand with PyJWT, Python sync"),
            ("descope", "*peer:* what the decorator of descope for Flask does, without Flask"),
        ],
    ),
    repeater(
        Program::NodePeer("incoming_peers.mjs", ""),
        &[
            ("fast-jwt", "*peer:* a check by hand with fast-jwt"),
            ("descope", "*peer:* a check by hand with @descope/node-sdk, which has no middleware"),
        ],
    ),
];

/// All drivers of operations.
pub(crate) fn repeaters() -> impl Iterator<Item = &'static Repeater> {
    VALIDATIONS.iter().chain(REQUESTS).chain(BORDERS)
}

/// Validation of tokens with 1, 10, 100 and 1,000 tenants: one curve per driver, whose keys are those numbers.
pub(crate) struct Curve {
    pub(crate) name: &'static str,
    pub(crate) program: Program,
    /// What precedes the number in the driver's keys.
    pub(crate) prefix: &'static str,
}

pub(crate) const CURVES: &[Curve] = &[
    Curve { name: "floor: bare RS256 verification", program: Program::Rust("tenants"), prefix: "bare " },
    Curve { name: "Rust, `validate_session_cached`", program: Program::Rust("tenants"), prefix: "" },
    Curve { name: "Python sync", program: Program::Python("repeat.py", "tenants"), prefix: "" },
    Curve { name: "Node", program: Program::Node("repeat.mjs", "tenants"), prefix: "" },
];

/// Ways in which a result becomes data of the host language, without the call that it is the result of.
pub(crate) const BORDERS: &[Repeater] = &[
    repeater(
        Program::Python("repeat.py", "border"),
        &[
            ("token", "Python: read one attribute, `response.session_jwt`"),
            ("handler", "Python: read what a handler needs: both tokens, tenant, roles, e-mail"),
            ("to_dict", "Python: `response.to_dict()`, everything as a dict"),
            ("json", "Python: `json.loads` of the same data"),
            ("models", "Python: `json.loads` and a frozen dataclass of each object, as in pure Python"),
        ],
    ),
    repeater(
        Program::Node("repeat.mjs", "border"),
        &[
            ("parse", "Node: `JSON.parse` alone, of a string"),
            ("text", "Node: the core writes JSON, the text becomes a string, `JSON.parse`"),
            ("native", "Node: the same objects built natively, property by property"),
        ],
    ),
];
