//! The server and the drivers as processes: started, queried, and ended.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::Failure;
use crate::contenders::Program;
use crate::fixture::Fixture;
use crate::plan::{self, Plan};
use crate::server::Counts;

/// How long a driver may take to start and to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// The repository, two floors up from this crate.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_path_buf).unwrap_or_default()
}

/// What has to be there before a program can start.
fn parts(program: Program) -> Vec<PathBuf> {
    let root = root();
    match program {
        Program::Rust(_) => Vec::new(),
        Program::Python(..) => vec![root.join(".venv/bin/python"), root.join("target/bench/python/tenant_select")],
        Program::Node(..) => {
            ["tenant-select.node", "border.node"].map(|name| root.join("target/bench/node").join(name)).into()
        }
        Program::PythonPeer(_) => vec![root.join(".venv-conformance/bin/python")],
        Program::NodePeer(_) => vec![root.join("tests/conformance/node/node_modules/@descope/node-sdk")],
    }
}

/// The part of a program that is missing.
pub(crate) fn missing(program: Program) -> Option<PathBuf> {
    parts(program).into_iter().find(|part| !part.exists())
}

fn command(program: Program) -> Result<Command, Failure> {
    let root = root();
    let script = |language: &str, name: &str| root.join("tests/bench").join(language).join(name);
    let mut command = match program {
        Program::Rust(name) => {
            let mut command = Command::new(std::env::current_exe()?);
            command.arg(name);
            command
        }
        Program::Python(name, mode) => {
            let mut command = Command::new(root.join(".venv/bin/python"));
            command.arg(script("python", name)).arg(mode).env("PYTHONPATH", root.join("target/bench/python"));
            command
        }
        Program::PythonPeer(mode) => {
            let mut command = Command::new(root.join(".venv-conformance/bin/python"));
            command.arg(script("python", "peer.py")).arg(mode);
            command
        }
        Program::Node(name, mode) => {
            let mut command = Command::new("node");
            command.arg(script("node", name)).arg(mode).env("PACKAGE", root.join("target/bench/node"));
            command
        }
        Program::NodePeer(mode) => {
            let mut command = Command::new("node");
            command.arg(script("node", "peer.mjs")).arg(mode);
            command
        }
    };
    // Loopback is no matter for a proxy, and the plan says where the server is.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().to_uppercase();
        if name.starts_with("DESCOPE_") || name.starts_with("TENANT_SELECT_") || name.ends_with("_PROXY") {
            command.env_remove(&name).env_remove(name.to_lowercase());
        }
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    Ok(command)
}

/// Lets a driver carry out a plan. Whatever it says on standard error is shown.
pub(crate) async fn carry_out<T: DeserializeOwned>(program: Program, plan: &Plan) -> Result<T, Failure> {
    let mut child = command(program)?.spawn()?;
    let mut stdin = child.stdin.take().ok_or("the driver has no standard input")?;
    let work = async {
        stdin.write_all(&serde_json::to_vec(plan)?).await?;
        drop(stdin);
        let output = child.wait_with_output().await?;
        if !output.status.success() {
            return Err(format!("the driver failed ({})", output.status).into());
        }
        plan::parse(std::str::from_utf8(&output.stdout)?)
    };
    match tokio::time::timeout(plan.warm_up()? + plan.duration()? + PATIENCE, work).await {
        Ok(result) => result,
        Err(_) => Err("the driver does not come to an end".into()),
    }
}

/// The server, in a separate process, which ends with this one.
pub(crate) struct Server {
    pub(crate) fixture: Fixture,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Server {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let mut process = command(Program::Rust("serve"))?.spawn()?;
        let input = process.stdin.take().ok_or("the server has no standard input")?;
        let output = process.stdout.take().ok_or("the server has no standard output")?;
        let mut output = BufReader::new(output).lines();
        let fixture = plan::parse(&output.next_line().await?.ok_or("the server ended before it was ready")?)?;
        Ok(Self { fixture, input, output, _process: process })
    }

    pub(crate) async fn counts(&mut self) -> Result<Counts, Failure> {
        self.input.write_all(b"\n").await?;
        plan::parse(&self.output.next_line().await?.ok_or("the server is gone")?)
    }
}
