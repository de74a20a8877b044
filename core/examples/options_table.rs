//! Prints the table of options as JSON, for the generators of the Python and the Node package and of the README.

use std::io::{Result, stdout};

use tenant_select::{ClientBuilder, ClientOption};

fn main() -> Result<()> {
    let options: Vec<ClientOption> = ClientBuilder::options().collect();
    serde_json::to_writer_pretty(stdout(), &options)?;
    Ok(())
}
