//! The emulator as its users meet it: over HTTP, over raw sockets, from Rust, and as a command.

mod cases;
mod command;
mod faults;
mod faults_http2;
mod forged_tokens;
mod journal;
mod readme;
mod session_api;
mod settings;
mod support;
mod tls;
