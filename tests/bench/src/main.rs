//! What a call costs, as ratios to a floor that is measured in the same run.
//!
//! `run` starts the server and then every driver as a separate process, round after round, and prints the tables. The Rust
//! drivers are the other commands; those for Python and Node are beside this crate's sources. The README says what is
//! measured and how.

#![forbid(unsafe_code)]

mod clients;
mod drivers;
mod fixture;
mod plan;
mod recording;
mod report;
mod run;
mod scenario;
mod server;
mod settings;

use std::io::Write;
use std::process::ExitCode;

use lexopt::prelude::{Value, ValueExt};

use crate::settings::Settings;

/// An error, which ends the program and the run.
type Failure = Box<dyn std::error::Error + Send + Sync>;

const HELP: &str = "\
Measures tenant-select and its alternatives against a floor.

Usage: tenant-select-bench run [OPTIONS]

Commands:
  run         start the server and every driver, and print the tables
  serve       the server of recorded responses (started by `run`)
  floor       reqwest and serde_json alone (drivers read a plan from standard input)
  core        the Rust client
  validation  one validation against the bare signature verification
  tenants     validation of tokens with 1 to 1,000 tenants

Options of run:
  --quick          fewer and shorter rounds, our clients alone, HTTP/1.1: takes about one minute
  --only TEXT      the floors, and the rows with this text in their names
  --protocol NAME  http1, tls (HTTP/1.1 over TLS) or http2 (over TLS); can be repeated [default: http1]
  --delay MS       how long the server waits before it responds; can be repeated [default: 0]
  --pending N      the number of pending calls; can be repeated [default: 1 and 64]
  --rounds N       how often every driver runs [default: 5, quick: 2]
  --seconds S      how long each run is measured [default: 0.6, quick: 0.2]
  --write          write the tables, the plots and the data into docs/

With --protocol, --delay or --pending, these combinations are measured with all clients, instead of the default ones.
";

fn main() -> ExitCode {
    match perform() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // When standard error is closed, there is nowhere to write to.
            drop(writeln!(std::io::stderr(), "tenant-select-bench: {failure}"));
            ExitCode::FAILURE
        }
    }
}

/// One thread for every command: the figures of a driver then do not depend on how the system schedules worker threads.
#[tokio::main(flavor = "current_thread")]
async fn perform() -> Result<(), Failure> {
    let mut arguments = lexopt::Parser::from_env();
    let command = match arguments.next()? {
        Some(Value(name)) => name.string()?,
        _ => return Ok(std::io::stdout().write_all(HELP.as_bytes())?),
    };
    if command == "run" {
        return match Settings::parse(arguments)? {
            Some(settings) => run::run(&settings).await,
            None => Ok(std::io::stdout().write_all(HELP.as_bytes())?),
        };
    }
    if let Some(argument) = arguments.next()? {
        return Err(argument.unexpected().into());
    }
    match command.as_str() {
        "serve" => server::serve().await,
        "floor" => plan::report(&drivers::floor::load(&plan::read()?).await?),
        "core" => plan::report(&drivers::core::load(&plan::read()?).await?),
        "validation" => plan::report(&drivers::validation::series(&plan::read()?).await?),
        "incoming" => plan::report(&drivers::incoming::series(&plan::read()?).await?),
        "tenants" => plan::report(&drivers::tenants::series(&plan::read()?).await?),
        other => Err(format!("there is no command {other:?}; see --help").into()),
    }
}
