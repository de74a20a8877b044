//! The Rust program of the leak scan (`make test-leaks`).
//!
//! It reads situations as lines of JSON and writes what came of each to the file descriptor `RESULTS`, with the tokens that it
//! received: what it prints is searched for them. With the argument `memory` or `control` it makes calls, or none, with the
//! tokens of the file descriptor `TOKENS`, and waits: its memory is searched.

mod calls;
mod logging;
mod memory;
mod shown;

use std::fs::OpenOptions;
use std::io::{self, BufRead, Write};

/// A line of standard output.
pub(crate) fn print(text: &str) {
    // Nothing can be said where this fails; the scan notices that its marks are missing.
    let _ = writeln!(io::stdout(), "{text}");
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut results = OpenOptions::new().write(true).open(format!("/proc/self/fd/{}", std::env::var("RESULTS")?))?;
    let mode = std::env::args().nth(1).unwrap_or_default();
    if mode == "memory" || mode == "control" {
        let selected = runtime.block_on(memory::run(mode == "memory"))?;
        writeln!(results, "{}", serde_json::json!({"selected": selected}))?;
        io::stdin().read_line(&mut String::new())?;
        return Ok(());
    }
    logging::start()?;
    for line in io::stdin().lock().lines() {
        let shown = runtime.block_on(calls::run(&serde_json::from_str(&line?)?));
        writeln!(results, "{}", serde_json::to_string(&shown)?)?;
    }
    Ok(())
}
