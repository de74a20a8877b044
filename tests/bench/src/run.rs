//! The whole measurement: rounds in which everybody has a turn, and the tables that come of them.

use std::collections::BTreeMap;
use std::io::Write;

use crate::Failure;
use crate::contenders::{ALTERNATIVES, BORDERS, CONTENDERS, Contender, Program, Repeater, VALIDATIONS};
use crate::fixture::SIGN_INS;
use crate::plan::{Load, Plan, Series};
use crate::processes::{self, Server, missing};
use crate::statistics::{Spread, median, percentile};
use crate::table::{Table, figure, ratio};

const PENDING: [usize; 2] = [1, SIGN_INS];

/// So many calls a second are reckoned with when the warm-up has to let every caller call once.
const SLOWEST_START: f64 = 500.0;

/// How much is measured.
pub(crate) struct Settings {
    rounds: usize,
    warm_up_seconds: f64,
    seconds: f64,
    /// Alternatives and peers take part.
    everybody: bool,
    /// Whose name lacks this takes no part, unless it is a floor. In lower case.
    only: String,
    /// How many calls are under way at a time.
    pending: Vec<usize>,
}

impl Settings {
    pub(crate) fn new(
        quick: bool,
        only: String,
        rounds: Option<usize>,
        seconds: Option<f64>,
        pending: Option<usize>,
    ) -> Result<Self, Failure> {
        let (default_rounds, warm_up_seconds, default_seconds) = if quick { (2, 0.1, 0.25) } else { (5, 0.25, 0.6) };
        let rounds = rounds.unwrap_or(default_rounds);
        let seconds = seconds.unwrap_or(default_seconds);
        if rounds == 0 || !(0.01..=600.0).contains(&seconds) {
            return Err("there must be a round, of 0.01 to 600 seconds".into());
        }
        let pending = pending.map_or_else(|| PENDING.to_vec(), |count| vec![count]);
        if pending.contains(&0) {
            return Err("there must be a pending call".into());
        }
        Ok(Self { rounds, warm_up_seconds, seconds, everybody: !quick, only: only.to_lowercase(), pending })
    }

    fn wants(&self, name: &str) -> bool {
        name.to_lowercase().contains(&self.only)
    }
}

/// What one driver did in one round.
struct Figures {
    per_second: f64,
    cpu: f64,
    p50: f64,
    p99: f64,
}

impl Figures {
    /// Times in microseconds.
    fn of(mut load: Load) -> Result<Self, Failure> {
        load.latencies.sort_unstable();
        let calls = load.latencies.len() as f64;
        let percentile = |percent| percentile(&load.latencies, percent).ok_or("no call ended in time to count");
        Ok(Self {
            per_second: calls / load.seconds,
            cpu: load.cpu_seconds * 1e6 / calls,
            p50: percentile(50)? as f64 / 1e3,
            p99: percentile(99)? as f64 / 1e3,
        })
    }
}

type Column = (&'static str, fn(&Figures) -> f64);

/// What is shown of the figures.
const COLUMNS: [Column; 4] = [
    ("calls/s", |figures| figures.per_second),
    ("CPU µs/call", |figures| figures.cpu),
    ("p50 µs", |figures| figures.p50),
    ("p99 µs", |figures| figures.p99),
];

/// Everything that was measured, a value per round.
#[derive(Default)]
struct Results {
    /// By pending calls, then by name.
    loads: BTreeMap<(usize, &'static str), Vec<Figures>>,
    /// By label, in nanoseconds.
    operations: BTreeMap<&'static str, Vec<f64>>,
    /// What ran the drivers.
    runtimes: Vec<String>,
    /// Drivers that made more connections than they had pending calls.
    reconnections: BTreeMap<(usize, &'static str), u64>,
}

pub(crate) async fn run(settings: &Settings) -> Result<(), Failure> {
    let (contenders, skipped) = contenders(settings)?;
    let (validations, borders) = (repeaters(VALIDATIONS, settings)?, repeaters(BORDERS, settings)?);
    let mut server = Server::start().await?;
    let mut results = Results::default();
    let load_before = load_average();
    for round in 1..=settings.rounds {
        say(&format!("round {round} of {}", settings.rounds));
        for &pending in &settings.pending {
            for contender in &contenders {
                results.load(settings, &mut server, contender, pending).await?;
            }
        }
        for repeater in validations.iter().chain(&borders) {
            results.repeat(settings, &server, repeater).await?;
        }
    }
    let counts = server.counts().await?;

    let mut report = String::new();
    report += &format!("Machine: {}. Load average {load_before} before, {} after.\n", machine(), load_average());
    report += &format!("Drivers: {}.\n", results.runtimes.join("; "));
    report += &format!(
        "Rounds: {}, of {} s each, everybody in turn, warm-up not counted. Figures are medians over the rounds; a ratio is \
         taken within a round, and its range over the rounds says how far the machine's own noise goes. Loopback, plain \
         HTTP/1.1, one server thread, {} µs of its processor time per request.\n",
        settings.rounds,
        settings.seconds,
        figure(counts.cpu_seconds * 1e6 / counts.requests as f64),
    );
    for &pending in &settings.pending {
        report += &format!("\n{pending} pending (calls/s: more is better; the rest: less is better)\n\n");
        report += &results.load_table(&contenders, pending).to_string();
    }
    report += "\nOne validation with a cached key\n\n";
    report += &results.operation_table(&validations, true).to_string();
    if !borders.is_empty() {
        report += "\nA result crossing the border, without its call\n\n";
        report += &results.operation_table(&borders, false).to_string();
    }
    if !results.reconnections.is_empty() {
        let most = results.reconnections.iter();
        let most = most.map(|((pending, name), connections)| format!("{name}: {connections} for {pending} pending"));
        report += "\nMore connections in a round than pending calls: ";
        report += &most.collect::<Vec<_>>().join("; ");
        report += ".\n";
    }
    if !skipped.is_empty() {
        report += &format!("\nNot installed, so not measured: {}.\n", skipped.join("; "));
    }
    Ok(std::io::stdout().write_all(report.as_bytes())?)
}

/// Who takes part, and whose package is not installed.
fn contenders(settings: &Settings) -> Result<(Vec<Contender>, Vec<&'static str>), Failure> {
    let alternatives = ALTERNATIVES.iter().filter(|_| settings.everybody);
    let (mut here, mut away) = (Vec::new(), Vec::new());
    for (number, contender) in CONTENDERS.iter().chain(alternatives).enumerate() {
        if number > 0 && !settings.wants(contender.name) {
            continue;
        }
        if can_start(contender.program)? { here.push(*contender) } else { away.push(contender.name) }
    }
    Ok((here, away))
}

fn repeaters(all: &'static [Repeater], settings: &Settings) -> Result<Vec<&'static Repeater>, Failure> {
    let mut here = Vec::new();
    for repeater in all {
        let wanted = repeater.operations.iter().any(|(_, label)| settings.wants(label) || label.starts_with("floor"));
        if wanted && (settings.everybody || !repeater.program.is_peer()) && can_start(repeater.program)? {
            here.push(repeater);
        }
    }
    Ok(here)
}

/// Whether a program is there. Peers need not be, ours must.
fn can_start(program: Program) -> Result<bool, Failure> {
    match missing(program) {
        None => Ok(true),
        Some(_) if program.is_peer() => Ok(false),
        Some(part) => Err(format!("{} is missing: `make bench` builds everything first", part.display()).into()),
    }
}

impl Results {
    async fn load(
        &mut self,
        settings: &Settings,
        server: &mut Server,
        contender: &Contender,
        pending: usize,
    ) -> Result<(), Failure> {
        let plan = Plan {
            fixture: server.fixture.for_callers(pending),
            verify: contender.verify,
            pending,
            warm_up_seconds: settings.warm_up_seconds.max(pending as f64 / SLOWEST_START),
            seconds: settings.seconds,
        };
        let about = |failure: Failure| format!("{}, {pending} pending: {failure}", contender.name);
        let before = server.counts().await?;
        let load: Load = processes::carry_out(contender.program, &plan).await.map_err(about)?;
        let after = server.counts().await?;
        if after.requests - before.requests != load.requests {
            let arrived = after.requests - before.requests;
            return Err(about(format!("{} calls, but {arrived} requests", load.requests).into()).into());
        }
        let connections = after.connections - before.connections;
        // One more may fetch keys.
        if connections > pending as u64 + 1 {
            let most = self.reconnections.entry((pending, contender.name)).or_default();
            *most = connections.max(*most);
        }
        if !self.runtimes.contains(&load.runtime) {
            self.runtimes.push(load.runtime.clone());
        }
        let figures = Figures::of(load).map_err(about)?;
        self.loads.entry((pending, contender.name)).or_default().push(figures);
        Ok(())
    }

    async fn repeat(&mut self, settings: &Settings, server: &Server, repeater: &Repeater) -> Result<(), Failure> {
        let plan = Plan {
            fixture: server.fixture.clone(),
            verify: true,
            pending: 1,
            warm_up_seconds: settings.warm_up_seconds,
            seconds: settings.seconds,
        };
        let mut series: Series = processes::carry_out(repeater.program, &plan).await?;
        for (key, label) in repeater.operations {
            let batches = series.operations.remove(*key).ok_or_else(|| format!("{label}: not measured"))?;
            let typical = median(batches).ok_or_else(|| format!("{label}: no batch ended in time"))?;
            self.operations.entry(label).or_default().push(typical);
        }
        Ok(())
    }

    fn load_table(&self, contenders: &[Contender], pending: usize) -> Table {
        let mut head = vec![""];
        for (name, _) in COLUMNS {
            head.extend([name, "× floor"]);
        }
        let mut table = Table::new(&head);
        let rounds = |contender: &Contender| self.loads.get(&(pending, contender.name)).map_or(&[][..], Vec::as_slice);
        let floor = contenders.first().map_or(&[][..], rounds);
        for (number, contender) in contenders.iter().enumerate() {
            let mut row = vec![contender.name.to_owned()];
            for (_, column) in COLUMNS {
                let values = rounds(contender).iter().map(column);
                let ratios = rounds(contender).iter().zip(floor).map(|(ours, floor)| column(ours) / column(floor));
                row.push(median(values).map(figure).unwrap_or_default());
                row.push(if number == 0 { "1".to_owned() } else { Spread::of(ratios).map(ratio).unwrap_or_default() });
            }
            table.row(row);
        }
        table
    }

    fn operation_table(&self, repeaters: &[&Repeater], compared: bool) -> Table {
        let mut table = Table::new(if compared { &["", "µs", "× floor"] } else { &["", "µs", "range"] });
        let labels = || repeaters.iter().flat_map(|repeater| repeater.operations).map(|(_, label)| *label);
        let values = |label| self.operations.get(label).map_or(&[][..], Vec::as_slice);
        let floor = labels().next().map_or(&[][..], values);
        for (number, label) in labels().enumerate() {
            let Some(spread) = Spread::of(values(label).iter().map(|nanoseconds| nanoseconds / 1e3)) else { continue };
            let beside = match (compared, number) {
                (true, 0) => Some("1".to_owned()),
                (true, _) => Spread::of(values(label).iter().zip(floor).map(|(ours, floor)| ours / floor)).map(ratio),
                (false, _) => Some(format!("{}–{}", figure(spread.low), figure(spread.high))),
            };
            table.row(vec![label.to_owned(), figure(spread.median), beside.unwrap_or_default()]);
        }
        table
    }
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, name)| name));
    let (system, processor) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("{cores} cores, {}, {system} {processor}", model.unwrap_or("processor unknown"))
}

/// Over the last minute, or a dash where there is none.
fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().filter(|text| !text.is_empty()).unwrap_or("-").to_owned()
}

/// Progress is no result, so it goes elsewhere.
fn say(text: &str) {
    // When standard error is closed, there is nowhere to write to.
    drop(writeln!(std::io::stderr(), "{text}"));
}
