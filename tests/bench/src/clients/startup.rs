//! The packages whose loading is measured, each in a fresh process.

use super::Program;

/// A process that loads a package, reports, and ends.
#[derive(Clone, Copy)]
pub(crate) struct Loading {
    pub(crate) name: &'static str,
    pub(crate) program: Program,
    /// The row of the interpreter that loads nothing.
    pub(crate) bare: &'static str,
}

const fn python(name: &'static str, mode: &'static str) -> Loading {
    Loading { name, program: Program::Python("startup.py", mode), bare: PYTHON }
}

const fn python_peer(name: &'static str, mode: &'static str) -> Loading {
    Loading { name, program: Program::PythonPeer("startup.py", mode), bare: PYTHON }
}

const fn node(name: &'static str, mode: &'static str) -> Loading {
    Loading { name, program: Program::Node("startup.mjs", mode), bare: NODE }
}

const fn node_peer(name: &'static str, mode: &'static str) -> Loading {
    Loading { name, program: Program::NodePeer("startup.mjs", mode), bare: NODE }
}

pub(crate) const PYTHON: &str = "Python, nothing loaded";
pub(crate) const PYTHON_PACKAGE: &str = "Python: `import tenant_select`";
pub(crate) const PYTHON_CLIENT: &str = "Python: … and `Client(…)`";
pub(crate) const NODE: &str = "Node, nothing loaded";
pub(crate) const NODE_PACKAGE: &str = "Node: `require('tenant-select')`";
pub(crate) const NODE_CLIENT: &str = "Node: … and `new Client(…)`";

pub(crate) const LOADINGS: &[Loading] = &[
    python(PYTHON, "bare"),
    python(PYTHON_PACKAGE, "package"),
    python(PYTHON_CLIENT, "client"),
    python_peer("*peer:* `import pyreqwest.client`", "pyreqwest.client"),
    python_peer("*peer:* `import aiohttp`", "aiohttp"),
    python_peer("*peer:* `import httpx`", "httpx"),
    python_peer("*peer:* `import descope`", "descope"),
    node(NODE, "bare"),
    node(NODE_PACKAGE, "package"),
    node(NODE_CLIENT, "client"),
    node_peer("*peer:* `require('undici')`", "undici"),
    node_peer("*peer:* `require('@descope/node-sdk')`", "@descope/node-sdk"),
];
