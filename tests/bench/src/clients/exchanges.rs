//! Our clients with their default options, each call with a refresh token of its own: alone, with a Redis, and with a Redis that
//! does not respond.

use super::Program;
use super::load::{Client, Redis};

const fn exchange(name: &'static str, program: Program, redis: Redis) -> Client {
    Client::exchange(name, program, redis)
}

const RUST: Program = Program::Rust("core");
const ASYNCIO: Program = Program::Python("client.py", "asyncio");
const NODE: Program = Program::Node("client.mjs", "");

/// The rows of a program are compared with its first one.
pub(crate) const EXCHANGES: &[Client] = &[
    exchange("Rust, alone", RUST, Redis::Absent),
    exchange("Rust, `shared_state`", RUST, Redis::Used),
    exchange("Rust, `shared_state`, Redis paused", RUST, Redis::Paused),
    exchange("Python asyncio, alone", ASYNCIO, Redis::Absent),
    exchange("Python asyncio, `shared_state`", ASYNCIO, Redis::Used),
    exchange("Python asyncio, `shared_state`, Redis paused", ASYNCIO, Redis::Paused),
    exchange("Node, alone", NODE, Redis::Absent),
    exchange("Node, `sharedState`", NODE, Redis::Used),
    exchange("Node, `sharedState`, Redis paused", NODE, Redis::Paused),
];

/// The row of the same program without Redis.
pub(crate) fn alone(client: &Client) -> &'static str {
    EXCHANGES.iter().find(|other| other.program == client.program).map_or(client.name, |other| other.name)
}

/// All clients of a sweep can be in either list.
pub(crate) fn all() -> impl Iterator<Item = &'static Client> {
    super::load::CLIENTS.iter().chain(EXCHANGES)
}
