//! The emulator as its users meet it: over HTTP, over raw sockets, from Rust, and as a command.
// The helpers of the tests fail like the tests themselves: by a panic that says where.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod cases;
mod command;
mod control_access;
mod cookies;
mod delay;
mod faults;
mod faults_http2;
mod forged_tokens;
mod integers;
mod journal;
mod lifetimes;
mod readme;
mod rotation;
mod session_api;
mod settings;
mod support;
mod template;
mod tls;
