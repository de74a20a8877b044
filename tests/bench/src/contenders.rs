//! Who is measured: every driver under load, and every operation that is repeated on its own.

/// How a driver is started.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// This binary, with a command.
    Rust(&'static str),
    /// A script with the release build of the Python package.
    Python(&'static str, &'static str),
    /// A script with the release build of the npm package.
    Node(&'static str, &'static str),
    /// A script with the vendor's Python SDK.
    PythonPeer(&'static str),
    /// A script with the vendor's Node SDK.
    NodePeer(&'static str),
}

impl Program {
    /// Whether it is somebody else's, which need not be installed.
    pub(crate) fn is_peer(self) -> bool {
        matches!(self, Self::PythonPeer(_) | Self::NodePeer(_))
    }
}

/// A driver that selects tenants.
#[derive(Clone, Copy)]
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) program: Program,
    pub(crate) verify: bool,
}

const fn contender(name: &'static str, program: Program, verify: bool) -> Contender {
    Contender { name, program, verify }
}

/// The first one is what the others are compared with.
pub(crate) const CONTENDERS: &[Contender] = &[
    contender("floor: reqwest + serde_json", Program::Rust("floor"), false),
    contender("Rust, unverified", Program::Rust("core"), false),
    contender("Rust", Program::Rust("core"), true),
    contender("Python sync, unverified", Program::Python("client.py", "sync"), false),
    contender("Python sync", Program::Python("client.py", "sync"), true),
    contender("Python asyncio, unverified", Program::Python("client.py", "asyncio"), false),
    contender("Python asyncio", Program::Python("client.py", "asyncio"), true),
    contender("Python uvloop, unverified", Program::Python("client.py", "uvloop"), false),
    contender("Node, unverified", Program::Node("client.mjs", ""), false),
    contender("Node", Program::Node("client.mjs", ""), true),
];

/// What could have been built instead, and what others built.
pub(crate) const ALTERNATIVES: &[Contender] = &[
    contender("*alternative:* asyncio over the sync client in threads", Program::Python("client.py", "threads"), false),
    contender("*peer:* descope for Python, sync (verifies)", Program::PythonPeer("sync"), true),
    contender("*peer:* descope for Python, async (verifies)", Program::PythonPeer("async"), true),
    contender("*peer:* @descope/node-sdk (does not verify)", Program::NodePeer("select"), false),
];

/// A driver that repeats operations, and the operations that it reports: key and label.
pub(crate) struct Repeater {
    pub(crate) program: Program,
    pub(crate) operations: &'static [(&'static str, &'static str)],
}

/// One validation of a session token whose key is cached. The first operation of the first one is what the others are
/// compared with.
pub(crate) const VALIDATIONS: &[Repeater] = &[
    Repeater {
        program: Program::Rust("validation"),
        operations: &[
            ("bare", "floor: bare RS256 verification, parsed key"),
            ("cached", "Rust, `validate_session_cached`"),
            ("awaited", "Rust, `validate_session`"),
        ],
    },
    Repeater {
        program: Program::Python("repeat.py", "validation"),
        operations: &[("sync", "Python sync"), ("asyncio", "Python asyncio")],
    },
    Repeater { program: Program::Node("repeat.mjs", "validation"), operations: &[("node", "Node")] },
    Repeater {
        program: Program::PythonPeer("validation"),
        operations: &[("sync", "*peer:* descope for Python, sync")],
    },
    Repeater { program: Program::NodePeer("validation"), operations: &[("node", "*peer:* @descope/node-sdk")] },
];

/// Ways for a result to cross a border, without the call that it is the result of.
pub(crate) const BORDERS: &[Repeater] = &[
    Repeater {
        program: Program::Python("repeat.py", "border"),
        operations: &[
            ("token", "Python: read one attribute, `response.session_jwt`"),
            ("handler", "Python: read what a handler needs: both tokens, tenant, roles, e-mail"),
            ("to_dict", "Python: `response.to_dict()`, everything as a dict"),
            ("json", "Python: `json.loads` of the same data, the standard library's way"),
            ("models", "Python: `json.loads` and a frozen dataclass of each object, as in pure Python"),
        ],
    },
    Repeater {
        program: Program::Node("repeat.mjs", "border"),
        operations: &[
            ("parse", "Node: `JSON.parse` alone, the text being a string already"),
            ("text", "Node: the core writes JSON, the text becomes a string, `JSON.parse`"),
            ("native", "Node: the same objects built natively, property by property"),
        ],
    },
];
