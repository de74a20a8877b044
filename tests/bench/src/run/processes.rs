//! The server and the drivers as processes.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::Failure;
use crate::clients::Program;
use crate::plan::{self, Plan};
use crate::server::{Counts, Endpoints};

/// How long a driver may take to start and to end.
const GRACE: Duration = Duration::from_secs(30);

/// The repository, two folders above this crate.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_path_buf).unwrap_or_default()
}

/// What must exist before a program can start.
fn parts(program: Program) -> Vec<PathBuf> {
    let root = root();
    match program {
        Program::Rust(_) => Vec::new(),
        Program::Python(..) => vec![root.join(".venv/bin/python"), root.join("target/bench/python/tenant_select")],
        Program::Node(..) => {
            ["tenant-select.node", "border.node"].map(|name| root.join("target/bench/node").join(name)).into()
        }
        Program::PythonPeer(..) => vec![root.join(".venv-bench/bin/python")],
        Program::NodePeer(..) => vec![root.join("tests/bench/node/node_modules/undici")],
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
        Program::Rust(_) => Command::new(std::env::current_exe()?),
        Program::Python(..) => Command::new(root.join(".venv/bin/python")),
        Program::PythonPeer(..) => Command::new(root.join(".venv-bench/bin/python")),
        Program::Node(..) | Program::NodePeer(..) => Command::new("node"),
    };
    match program {
        Program::Rust(name) => command.arg(name),
        Program::Python(name, mode) => command
            .arg(script("python", name))
            .args(mode.split_whitespace())
            .env("PYTHONPATH", root.join("target/bench/python")),
        Program::PythonPeer(name, mode) => command.arg(script("python", name)).args(mode.split_whitespace()),
        Program::Node(name, mode) => command
            .arg(script("node", name))
            .args(mode.split_whitespace())
            .env("PACKAGE", root.join("target/bench/node")),
        Program::NodePeer(name, mode) => command.arg(script("node", name)).args(mode.split_whitespace()),
    };
    // A proxy is not used for loopback, and the plan has the address of the server.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().to_uppercase();
        if name.starts_with("DESCOPE_") || name.starts_with("TENANT_SELECT_") || name.ends_with("_PROXY") {
            command.env_remove(&name).env_remove(name.to_lowercase());
        }
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    Ok(command)
}

/// Lets a driver carry out a plan. What it writes to standard error is shown.
pub(crate) async fn carry_out<T: DeserializeOwned>(program: Program, plan: &Plan) -> Result<T, Failure> {
    let mut command = command(program)?;
    if let Some(path) = &plan.fixture.ca_file {
        // Node's fetch trusts what this variable names.
        command.env("NODE_EXTRA_CA_CERTS", path);
    }
    let input = serde_json::to_vec(plan)?;
    let limit = plan.warm_up()? + plan.duration()? + GRACE;
    output(command, &input, limit).await
}

/// Lets a process load a package, and measures the process from its start to its end.
pub(crate) async fn time<T: DeserializeOwned>(program: Program, project_id: &str) -> Result<(Duration, T), Failure> {
    let mut command = command(program)?;
    command.env("DESCOPE_PROJECT_ID", project_id);
    let started = Instant::now();
    let report = output(command, b"", GRACE).await?;
    Ok((started.elapsed(), report))
}

async fn output<T: DeserializeOwned>(mut command: Command, input: &[u8], limit: Duration) -> Result<T, Failure> {
    let mut child = command.spawn()?;
    let mut stdin = child.stdin.take().ok_or("the driver has no standard input")?;
    let work = async {
        stdin.write_all(input).await?;
        drop(stdin);
        let output = child.wait_with_output().await?;
        if !output.status.success() {
            return Err(format!("the driver failed ({})", output.status).into());
        }
        plan::parse(std::str::from_utf8(&output.stdout)?)
    };
    match tokio::time::timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err("the driver does not end".into()),
    }
}

/// The server, in a separate process, which ends with this one.
pub(crate) struct Server {
    pub(crate) endpoints: Endpoints,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    process: Child,
}

impl Server {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let mut process = command(Program::Rust("serve"))?.spawn()?;
        let input = process.stdin.take().ok_or("the server has no standard input")?;
        let output = process.stdout.take().ok_or("the server has no standard output")?;
        let mut output = BufReader::new(output).lines();
        let endpoints = plan::parse(&output.next_line().await?.ok_or("the server ended before it was ready")?)?;
        Ok(Self { endpoints, input, output, process })
    }

    /// Ends the server, which then removes its certificate.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        drop(self.input);
        tokio::time::timeout(GRACE, self.process.wait()).await??;
        Ok(())
    }

    /// What the server has received, and its delay from now on.
    pub(crate) async fn counts(&mut self, delay_ms: u64) -> Result<Counts, Failure> {
        self.input.write_all(format!("{delay_ms}\n").as_bytes()).await?;
        plan::parse(&self.output.next_line().await?.ok_or("the server has ended")?)
    }
}
