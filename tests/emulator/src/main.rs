//! The command `tenant-select-emulator`.
#![forbid(unsafe_code)]

use std::io::Write as _;
use std::process::ExitCode;

use lexopt::prelude::{Long, Short, ValueExt as _};
use serde_json::json;
use tenant_select_emulator::{DEFAULT_PROJECT_ID, Emulator, Options};
use tokio::io::AsyncReadExt as _;

/// The exit status for an invalid option, seed or case.
const USAGE_ERROR: u8 = 2;

enum Command {
    Serve { options: Box<Options>, watch_stdin: bool },
    Print(String),
}

fn main() -> ExitCode {
    match command().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed.
            drop(writeln!(std::io::stderr(), "tenant-select-emulator: {error}"));
            ExitCode::from(USAGE_ERROR)
        }
    }
}

type AnyError = Box<dyn std::error::Error>;

fn command() -> Result<Command, AnyError> {
    let mut options = Options::default();
    let mut watch_stdin = false;
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("host") => options = options.host(arguments.value()?.parse()?),
            Long("port") => options = options.port(arguments.value()?.parse()?),
            Long("allow-host") => options = options.allow_host(arguments.value()?.string()?),
            Long("project-id") => options = options.project_id(arguments.value()?.string()?),
            Long("seed") => options = options.seed_file(arguments.value()?)?,
            Long("cases") => options = options.cases(arguments.value()?),
            Long("tls") => options = options.tls(),
            Long("generate-keys") => options = options.generate_keys(),
            Long("watch-stdin") => watch_stdin = true,
            Long("help") | Short('h') => return Ok(Command::Print(help())),
            Long("version") | Short('V') => {
                return Ok(Command::Print(format!("tenant-select-emulator {}\n", env!("CARGO_PKG_VERSION"))));
            }
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Serve { options: Box::new(options), watch_stdin })
}

fn help() -> String {
    format!(
        "\
A local server of Descope's session API, for tests.

Usage: tenant-select-emulator [OPTIONS]

Options:
  --host ADDRESS     listen on this IP address [default: 127.0.0.1]
  --port PORT        listen on this port, 0 is any free one [default: 0]
  --allow-host HOST  take control calls for this host too; may be repeated
  --project-id ID    emulate this project [default: {DEFAULT_PROJECT_ID}]
  --seed FILE        begin with the users and settings of this JSON file
  --cases DIR        serve the contract cases of this directory
  --tls              serve HTTPS and HTTP/2 under an authority of its own
  --generate-keys    sign with fresh keys instead of the built-in test keys
  --watch-stdin      exit when standard input closes
  -h, --help         print this
  -V, --version      print the version

When ready it prints one line of JSON on standard output: {{\"url\": …, \"projectId\": …}},
with \"ca\" (PEM) when serving HTTPS.
"
    )
}

#[tokio::main]
async fn run(command: Command) -> Result<(), AnyError> {
    let (options, watch_stdin) = match command {
        Command::Serve { options, watch_stdin } => (options, watch_stdin),
        Command::Print(text) => return Ok(std::io::stdout().write_all(text.as_bytes())?),
    };
    let emulator = Emulator::start(*options).await?;
    let mut ready = json!({"url": emulator.url(), "projectId": emulator.project_id()});
    if let (Some(ca), Some(members)) = (emulator.ca_pem(), ready.as_object_mut()) {
        members.insert("ca".to_owned(), json!(ca));
    }
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{ready}")?;
    stdout.flush()?;
    if watch_stdin {
        standard_input_closed().await;
        emulator.shutdown().await;
        // tokio reads standard input on a thread that only the end of the process ends.
        std::process::exit(0);
    }
    std::future::pending().await
}

async fn standard_input_closed() {
    let mut input = tokio::io::stdin();
    let mut buffer = [0; 64];
    while matches!(input.read(&mut buffer).await, Ok(length) if length > 0) {}
}
