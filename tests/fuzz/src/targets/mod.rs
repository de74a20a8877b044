//! The targets by name.

mod cookie;
mod emulator;
mod key_set;
mod model;
mod options;
mod request;
mod response;
mod retry_after;
mod set_cookie;
mod token;

/// What a target does with one input.
pub type Target = fn(&[u8]);

/// Every target with its name, which is also that of its corpus and its dictionary.
pub const TARGETS: &[(&str, Target)] = &[
    ("cookie", cookie::run),
    ("emulator", emulator::run),
    ("key_set", key_set::run),
    ("model", model::run),
    ("options", options::run),
    ("request", request::run),
    ("response", response::run),
    ("retry_after", retry_after::run),
    ("set_cookie", set_cookie::run),
    ("token", token::run),
];

/// The target with this name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(other, _)| *other == name).map(|(_, target)| *target)
}
