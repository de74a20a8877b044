//! Everything that was measured, a value per round.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use crate::Failure;
use crate::clients::Program;
use crate::clients::operations::CURVES;
use crate::fixture::TENANTS;
use crate::plan::{Load, Series, Startup};
use crate::report::statistics::{median, percentile};
use crate::scenario::Scenario;

/// One run of one driver under load. Times in microseconds, memory in MB.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figures {
    pub(crate) per_second: f64,
    pub(crate) cpu: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    pub(crate) longest: f64,
    /// The growth of the physical memory by making the client.
    pub(crate) idle_memory: Option<f64>,
    /// Its growth until the peak under load.
    pub(crate) peak_memory: Option<f64>,
}

impl Figures {
    fn of(mut load: Load) -> Result<Self, Failure> {
        load.latencies.sort_unstable();
        let calls = load.latencies.len() as f64;
        let percentile = |permille| -> Result<f64, Failure> {
            let nanoseconds = percentile(&load.latencies, permille)
                .ok_or("no call ended in the measured time: it takes a longer --seconds")?;
            Ok(nanoseconds as f64 / 1e3)
        };
        let growth = |of: u64, before: u64| of.saturating_sub(before) as f64 / 1e6;
        Ok(Self {
            per_second: calls / load.seconds,
            cpu: load.cpu_seconds * 1e6 / calls,
            p50: percentile(500)?,
            p99: percentile(990)?,
            p999: percentile(999)?,
            longest: percentile(1000)?,
            idle_memory: load.memory.map(|memory| growth(memory.idle, memory.before)),
            peak_memory: load.memory.map(|memory| growth(memory.peak, memory.before)),
        })
    }
}

/// What one run costs Redis, per call. Time in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct RedisFigures {
    pub(crate) commands: f64,
    pub(crate) cpu: f64,
}

/// One process that loaded a package. Times in milliseconds, memory in MB.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Started {
    pub(crate) process: f64,
    pub(crate) loading: f64,
    pub(crate) memory: Option<f64>,
}

#[derive(Default)]
pub(crate) struct Results {
    pub(crate) loads: BTreeMap<(Scenario, &'static str), Vec<Figures>>,
    pub(crate) redis: BTreeMap<(Scenario, &'static str), Vec<RedisFigures>>,
    /// Clients that lack the protocol.
    pub(crate) gaps: BTreeSet<(Scenario, &'static str)>,
    /// By label, in nanoseconds.
    pub(crate) operations: BTreeMap<&'static str, Vec<f64>>,
    /// By curve and number of tenants, in nanoseconds.
    pub(crate) curves: BTreeMap<(&'static str, usize), Vec<f64>>,
    pub(crate) startups: BTreeMap<&'static str, Vec<Started>>,
    /// What ran the drivers.
    pub(crate) runtimes: BTreeSet<String>,
    /// Drivers that made more connections than they had pending calls.
    pub(crate) reconnections: BTreeMap<(Scenario, &'static str), u64>,
    /// What was not measured, and why.
    pub(crate) notes: Vec<String>,
}

impl Results {
    pub(super) fn load(
        &mut self,
        scenario: Scenario,
        name: &'static str,
        load: Load,
        connections: u64,
    ) -> Result<(), Failure> {
        // One more may fetch keys.
        if connections > scenario.pending as u64 + 1 {
            let most = self.reconnections.entry((scenario, name)).or_default();
            *most = connections.max(*most);
        }
        self.runtimes.insert(load.runtime.clone());
        self.loads.entry((scenario, name)).or_default().push(Figures::of(load)?);
        Ok(())
    }

    /// Takes what a run has cost Redis, warm-up included.
    pub(super) fn redis(&mut self, at: Scenario, name: &'static str, calls: u64, commands: u64, cpu_seconds: f64) {
        let calls = (calls as f64).max(1.0);
        let figures = RedisFigures { commands: commands as f64 / calls, cpu: cpu_seconds * 1e6 / calls };
        self.redis.entry((at, name)).or_default().push(figures);
    }

    /// Takes the batches of an operation.
    pub(super) fn operation(&mut self, label: &'static str, batches: Option<Vec<f64>>) -> Result<(), Failure> {
        let typical = median(batches.ok_or_else(|| format!("{label}: not measured"))?);
        let typical = typical.ok_or_else(|| format!("{label}: no batch ended in time"))?;
        self.operations.entry(label).or_default().push(typical);
        Ok(())
    }

    /// Takes the curves of a driver.
    pub(super) fn curves(&mut self, program: Program, mut series: Series) -> Result<(), Failure> {
        for curve in CURVES.iter().filter(|curve| curve.program == program) {
            for count in TENANTS {
                let batches = series.operations.remove(&format!("{}{count}", curve.prefix)).unwrap_or_default();
                let missing = || format!("{}, {count} tenants: no batch ended in time", curve.name);
                let typical = median(batches).ok_or_else(missing)?;
                self.curves.entry((curve.name, count)).or_default().push(typical);
            }
        }
        Ok(())
    }

    pub(super) fn startup(&mut self, name: &'static str, process: Duration, startup: &Startup) {
        self.startups.entry(name).or_default().push(Started {
            process: process.as_secs_f64() * 1e3,
            loading: startup.seconds * 1e3,
            memory: startup.memory.map(|bytes| bytes as f64 / 1e6),
        });
    }

    /// The runs of a client under these conditions, in the order of the rounds.
    pub(crate) fn rounds(&self, scenario: Scenario, name: &'static str) -> &[Figures] {
        self.loads.get(&(scenario, name)).map_or(&[], Vec::as_slice)
    }
}
