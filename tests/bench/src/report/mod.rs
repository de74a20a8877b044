//! The report: tables on standard output, and on request tables, plots and data in the documentation.

mod data;
mod document;
mod exchanges;
mod goals;
mod plot;
mod plots;
pub(crate) mod statistics;
mod table;
mod tables;

use std::io::Write;

use crate::Failure;
use crate::run::results::Results;
use crate::run::root;
use crate::settings::{Settings, Sweep};

/// What was the case during the run.
pub(crate) struct Conditions {
    pub(crate) load_before: String,
    pub(crate) load_after: String,
    /// Processor time of the server per request, in microseconds.
    pub(crate) server_micros: f64,
}

/// A part of the report, which the documentation has between markers of this name.
struct Section {
    name: &'static str,
    title: &'static str,
    body: String,
}

/// Prints the report, and writes the data and the plots.
pub(crate) fn publish(
    settings: &Settings,
    sweeps: &[Sweep],
    results: &Results,
    conditions: &Conditions,
) -> Result<(), Failure> {
    let mut sections = vec![Section { name: "run", title: "The run", body: the_run(settings, results, conditions) }];
    sections.extend(tables::sections(sweeps, results));
    let mut text = String::new();
    for section in &sections {
        text += &format!("{}\n\n{}\n", section.title, section.body);
    }
    std::io::stdout().write_all(text.as_bytes())?;

    let docs = root().join("docs");
    let folder = if settings.write { docs.join("benchmarks") } else { root().join("target/bench/report") };
    std::fs::create_dir_all(&folder)?;
    data::write(&folder.join("results.json"), settings, sweeps, results, conditions)?;
    for (name, svg) in plots::all(sweeps, results) {
        std::fs::write(folder.join(name), svg)?;
    }
    if settings.write {
        document::update(&docs.join("benchmarks.md"), &sections)?;
    }
    Ok(())
}

fn the_run(settings: &Settings, results: &Results, conditions: &Conditions) -> String {
    let runtimes: Vec<&str> = results.runtimes.iter().map(String::as_str).collect();
    let mut text = format!(
        "Machine: {}. Load average {} before, {} after.\n\nDrivers: {}.\n\nUp to {} rounds, of {} s each. One server \
         thread, {} µs of its processor time per request.\n",
        machine(),
        conditions.load_before,
        conditions.load_after,
        runtimes.join("; "),
        settings.rounds,
        settings.seconds,
        table::figure(conditions.server_micros),
    );
    if !results.reconnections.is_empty() {
        let most = results.reconnections.iter();
        let most: Vec<String> = most.map(|((at, name), count)| format!("{name}: {count} ({at})")).collect();
        text += &format!("\nMore connections in one run than pending calls: {}.\n", most.join("; "));
    }
    for note in &results.notes {
        text += &format!("\n{note}.\n");
    }
    text
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, name)| name));
    let (system, processor) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("{cores} cores, {}, {system} {processor}", model.unwrap_or("processor unknown"))
}

/// Over the last minute, or a dash where the system does not tell.
pub(crate) fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().filter(|text| !text.is_empty()).unwrap_or("-").to_owned()
}
