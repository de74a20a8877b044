//! Prints the public items of a crate, one a line, from the JSON that rustdoc wrote of it.
//!
//! Usage: `public-api-text FILE`. Left out are implementations that every type has: those of auto traits such as `Unpin`, and blanket
//! implementations of the standard library.

use std::error::Error;
use std::io::Write;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("usage: public-api-text FILE")?;
    let api = public_api::Builder::from_rustdoc_json(file).omit_blanket_impls(true).omit_auto_trait_impls(true).build()?;
    let mut out = std::io::stdout().lock();
    for item in api.items() {
        writeln!(out, "{item}")?;
    }
    Ok(())
}
