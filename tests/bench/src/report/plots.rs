//! The plots of a run.

use super::plot::{Series, lines, rows};
use super::statistics::median;
use crate::clients::load::{CLIENTS, Client};
use crate::clients::operations::CURVES;
use crate::fixture::TENANTS;
use crate::run::results::{Figures, Results};
use crate::scenario::{Protocol, Scenario};
use crate::settings::Sweep;

type Column = fn(&Figures) -> f64;

/// File names with their contents.
pub(super) fn all(sweeps: &[Sweep], results: &Results) -> Vec<(&'static str, String)> {
    let plain = |scenario: &&Scenario| scenario.protocol == Protocol::Http1 && scenario.delay_ms == 0;
    // The first sweep has the usual conditions, or the chosen ones.
    let scenarios: Vec<Scenario> =
        sweeps.iter().take(1).flat_map(|sweep| &sweep.scenarios).filter(plain).copied().collect();
    let plots = [
        ("cpu.svg", cpu(&scenarios, results)),
        ("latency.svg", scenarios.last().and_then(|scenario| latency(*scenario, results))),
        ("tenants.svg", tenants(results)),
    ];
    plots.into_iter().filter_map(|(name, plot)| Some((name, plot?))).collect()
}

/// Names without the marks of the tables.
fn names(clients: &[&Client]) -> Vec<String> {
    clients.iter().map(|client| client.name.replace('*', "")).collect()
}

fn series(name: String, clients: &[&Client], scenario: Scenario, results: &Results, column: Column) -> Series {
    let value = |client: &&Client| median(results.rounds(scenario, client.name).iter().map(column));
    Series { name, values: clients.iter().map(value).collect() }
}

fn cpu(scenarios: &[Scenario], results: &Results) -> Option<String> {
    let measured = |client: &&Client| scenarios.iter().any(|at| !results.rounds(*at, client.name).is_empty());
    let clients: Vec<&Client> = CLIENTS.iter().filter(measured).collect();
    let series: Vec<Series> = scenarios
        .iter()
        .map(|at| series(format!("{} pending", at.pending), &clients, *at, results, |figures| figures.cpu))
        .collect();
    let title = "Processor time of the client per tenant selection, HTTP/1.1";
    rows::draw(title, "µs", &names(&clients), &series, rows::Mark::Bar)
}

fn latency(at: Scenario, results: &Results) -> Option<String> {
    let clients: Vec<&Client> = CLIENTS.iter().filter(|client| !results.rounds(at, client.name).is_empty()).collect();
    let columns: [(&str, Column); 3] =
        [("p50", |figures| figures.p50), ("p99", |figures| figures.p99), ("p99.9", |figures| figures.p999)];
    let series = columns.map(|(name, column)| series(name.to_owned(), &clients, at, results, column));
    let title = format!("Duration of a tenant selection, {at}");
    rows::draw(&title, "µs", &names(&clients), &series, rows::Mark::Point)
}

fn tenants(results: &Results) -> Option<String> {
    let at = TENANTS.map(|count| count as f64);
    let series: Vec<Series> = CURVES
        .iter()
        .map(|curve| {
            let micros = |count| Some(median(results.curves.get(&(curve.name, count))?.iter().copied())? / 1e3);
            Series { name: curve.name.replace('`', ""), values: TENANTS.map(micros).to_vec() }
        })
        .collect();
    lines::draw("Validation of a session token, by its tenants", "tenants in the token", "µs", &at, &series)
}
