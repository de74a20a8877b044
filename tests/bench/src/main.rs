//! What a call costs, as ratios to a floor that is measured in the same run.
//!
//! `run` starts `serve` and then every driver as a separate process, round after round, and prints the tables. The Rust
//! drivers are the other commands; those for Python and Node are beside this crate's sources. The README says what is
//! measured and how.

#![forbid(unsafe_code)]

mod contenders;
mod cpu;
mod fixture;
mod floor;
mod load;
mod ours;
mod plan;
mod processes;
mod run;
mod server;
mod statistics;
mod table;
mod validation;

use std::io::Write;
use std::process::ExitCode;

use lexopt::prelude::{Long, Short, Value, ValueExt};

/// An error, which ends the program and the run.
type Failure = Box<dyn std::error::Error + Send + Sync>;

const HELP: &str = "\
Measures tenant-select against a floor.

Usage: tenant-select-bench run [--quick] [--only TEXT] [--rounds N] [--seconds S] [--pending N]

Commands:
  run         start the server and every driver, and print the tables
  serve       the server: one recorded response (started by `run`)
  floor       reqwest and serde_json alone (drivers read a plan from standard input)
  core        the Rust client
  validation  one validation against the bare signature verification

Options of run:
  --quick        fewer and shorter rounds, no peers: a look in half a minute
  --only TEXT    the floors, and those with this in their names
  --rounds N     how often every driver runs [default: 5, quick: 2]
  --seconds S    how long each of those is measured [default: 0.6, quick: 0.25]
  --pending N  how many calls are under way at a time [default: 1, then 64]
";

enum Command {
    Run(run::Settings),
    Serve,
    Floor,
    Core,
    Validation,
    Help,
}

fn main() -> ExitCode {
    match command().and_then(perform) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // When standard error is closed, there is nowhere to write to.
            drop(writeln!(std::io::stderr(), "tenant-select-bench: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn command() -> Result<Command, Failure> {
    let mut arguments = lexopt::Parser::from_env();
    let mut command = None;
    let (mut quick, mut only, mut rounds, mut seconds, mut pending) = (false, String::new(), None, None, None);
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(name) if command.is_none() => command = Some(name.string()?),
            Long("quick") => quick = true,
            Long("only") => only = arguments.value()?.string()?,
            Long("rounds") => rounds = Some(arguments.value()?.parse()?),
            Long("seconds") => seconds = Some(arguments.value()?.parse()?),
            Long("pending") => pending = Some(arguments.value()?.parse()?),
            Long("help") | Short('h') => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(match command.as_deref() {
        Some("run") => Command::Run(run::Settings::new(quick, only, rounds, seconds, pending)?),
        Some("serve") => Command::Serve,
        Some("floor") => Command::Floor,
        Some("core") => Command::Core,
        Some("validation") => Command::Validation,
        Some(other) => return Err(format!("there is no command {other:?}; see --help").into()),
        None => Command::Help,
    })
}

/// One thread for every command: a driver's figures then do not depend on how the machine schedules its workers.
#[tokio::main(flavor = "current_thread")]
async fn perform(command: Command) -> Result<(), Failure> {
    match command {
        Command::Run(settings) => run::run(&settings).await,
        Command::Serve => server::serve().await,
        Command::Floor => plan::report(&floor::load(&plan::read()?).await?),
        Command::Core => plan::report(&ours::load(&plan::read()?).await?),
        Command::Validation => plan::report(&validation::series(&plan::read()?).await?),
        Command::Help => Ok(std::io::stdout().write_all(HELP.as_bytes())?),
    }
}
