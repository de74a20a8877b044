//! Everything that was measured, as one JSON file.

use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

use super::statistics::Spread;
use super::{Conditions, goals, machine};
use crate::Failure;
use crate::clients::load::CLIENTS;
use crate::clients::operations::{BORDERS, CURVES, REQUESTS, Repeater, VALIDATIONS};
use crate::clients::startup::LOADINGS;
use crate::fixture::TENANTS;
use crate::run::results::Results;
use crate::scenario::Scenario;
use crate::settings::{Settings, Sweep};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    machine: String,
    load_average: [&'a str; 2],
    drivers: Vec<&'a str>,
    seconds: f64,
    server_cpu_micros: f64,
    goals: Vec<Value>,
    scenarios: Vec<Value>,
    validation: Vec<Value>,
    requests: Vec<Value>,
    border: Vec<Value>,
    tenants: Vec<Value>,
    startup: Vec<Value>,
    notes: &'a [String],
}

pub(super) fn write(
    path: &Path,
    settings: &Settings,
    sweeps: &[Sweep],
    results: &Results,
    conditions: &Conditions,
) -> Result<(), Failure> {
    let scenarios = sweeps.iter().flat_map(|sweep| &sweep.scenarios);
    let data = Data {
        machine: machine(),
        load_average: [&conditions.load_before, &conditions.load_after],
        drivers: results.runtimes.iter().map(String::as_str).collect(),
        seconds: settings.seconds,
        server_cpu_micros: conditions.server_micros,
        goals: goals(results),
        scenarios: scenarios.map(|scenario| loads(*scenario, results)).collect(),
        validation: operations(VALIDATIONS, results),
        requests: operations(REQUESTS, results),
        border: operations(BORDERS, results),
        tenants: tenants(results),
        startup: startup(results),
        notes: &results.notes,
    };
    let mut text = serde_json::to_string_pretty(&data)?;
    text.push('\n');
    Ok(std::fs::write(path, text)?)
}

fn goals(results: &Results) -> Vec<Value> {
    let goals = goals::GOALS.iter();
    goals
        .map(|goal| json!({ "goal": goal.label, "atMost": goal.at_most, "measured": goal.measured(results) }))
        .collect()
}

/// Each client with its values in each round, in microseconds and MB.
fn loads(scenario: Scenario, results: &Results) -> Value {
    let clients = CLIENTS.iter().filter_map(|client| {
        let rounds = results.rounds(scenario, client.name);
        if results.gaps.contains(&(scenario, client.name)) {
            return Some(json!({ "name": client.name, "notMeasured": client.gap(scenario.protocol) }));
        }
        (!rounds.is_empty()).then(|| json!({ "name": client.name, "verified": client.verify, "rounds": rounds }))
    });
    json!({ "scenario": scenario, "clients": clients.collect::<Vec<_>>() })
}

fn operations(repeaters: &[Repeater], results: &Results) -> Vec<Value> {
    let labels = repeaters.iter().flat_map(|repeater| repeater.operations).map(|(_, label)| *label);
    labels
        .filter_map(|label| {
            let rounds = results.operations.get(label)?;
            Some(json!({ "name": label, "nanoseconds": Spread::of(rounds.iter().copied()), "rounds": rounds }))
        })
        .collect()
}

fn tenants(results: &Results) -> Vec<Value> {
    let points = CURVES.iter().flat_map(|curve| TENANTS.map(|count| (curve.name, count)));
    points
        .filter_map(|(name, count)| {
            let rounds = results.curves.get(&(name, count))?;
            let nanoseconds = Spread::of(rounds.iter().copied());
            Some(json!({ "name": name, "tenants": count, "nanoseconds": nanoseconds, "rounds": rounds }))
        })
        .collect()
}

fn startup(results: &Results) -> Vec<Value> {
    let loadings = LOADINGS.iter();
    loadings
        .filter_map(|loading| Some(json!({ "name": loading.name, "runs": results.startups.get(loading.name)? })))
        .collect()
}
