//! What `run` and the drivers exchange: a plan on standard input, one line of JSON on standard output.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::fixture::Fixture;
use crate::scenario::Protocol;

/// What a driver does.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plan {
    pub(crate) fixture: Fixture,
    /// What the server at the fixture's base URL speaks.
    pub(crate) protocol: Protocol,
    /// Whether returned tokens are verified, where the driver has the choice.
    pub(crate) verify: bool,
    /// Whether each call presents a refresh token of its own, as exchanges of many users do. Then a client follows rotation.
    pub(crate) distinct: bool,
    /// The address of the Redis that a client shares its state through.
    pub(crate) shared_state: Option<String>,
    /// The number of pending calls, each with its own refresh token.
    pub(crate) pending: usize,
    /// How long calls go on before they count.
    pub(crate) warm_up_seconds: f64,
    /// How long they count.
    pub(crate) seconds: f64,
}

impl Plan {
    pub(crate) fn warm_up(&self) -> Result<Duration, Failure> {
        Ok(Duration::try_from_secs_f64(self.warm_up_seconds)?)
    }

    pub(crate) fn duration(&self) -> Result<Duration, Failure> {
        Ok(Duration::try_from_secs_f64(self.seconds)?)
    }
}

/// What a driver that makes calls reports.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Load {
    /// What ran it, such as `Node 20.20.2`.
    pub(crate) runtime: String,
    /// Every call that was made, counted or not: the server must have received as many.
    pub(crate) requests: u64,
    /// How long calls counted.
    pub(crate) seconds: f64,
    /// Processor time of the process in that time.
    pub(crate) cpu_seconds: f64,
    /// The duration of each counted call, in nanoseconds.
    pub(crate) latencies: Vec<u64>,
    /// Nothing where the system does not tell.
    pub(crate) memory: Option<Memory>,
}

/// The physical memory of a driver in bytes.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Memory {
    /// With everything loaded and the plan read, before the client is made.
    pub(crate) before: u64,
    /// With the client, before the first call.
    pub(crate) idle: u64,
    /// The highest value since.
    pub(crate) peak: u64,
}

/// What a driver that repeats operations reports.
#[derive(Serialize, Deserialize)]
pub(crate) struct Series {
    /// Operation to the time it took, in nanoseconds, once per batch.
    pub(crate) operations: BTreeMap<String, Vec<f64>>,
}

/// What a process that only loads a package reports.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Startup {
    /// How long loading took, measured within the process.
    pub(crate) seconds: f64,
    /// The physical memory afterwards, in bytes. Nothing where the system does not tell.
    pub(crate) memory: Option<u64>,
}

/// The plan of this driver.
pub(crate) fn read() -> Result<Plan, Failure> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    parse(&text)
}

/// What another process printed.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    // The reason itself may quote the text, tokens included.
    serde_json::from_str(text).map_err(|error| format!("not understood, at column {}", error.column()).into())
}

/// Writes a line to the process that started this one.
pub(crate) fn report(value: &impl Serialize) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, value)?;
    stdout.write_all(b"\n")?;
    Ok(stdout.flush()?)
}
