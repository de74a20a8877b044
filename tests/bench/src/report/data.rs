//! Everything that was measured, as one JSON file.

use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

use super::statistics::Spread;
use super::{Conditions, goals, machine};
use crate::Failure;
use crate::clients::exchanges::EXCHANGES;
use crate::clients::load::{CLIENTS, Client};
use crate::clients::operations::{BORDERS, CURVES, REQUESTS, Repeater, VALIDATIONS};
use crate::clients::startup::LOADINGS;
use crate::fixture::TENANTS;
use crate::run::results::Results;
use crate::scenario::Scenario;
use crate::settings::{Extent, Settings, Sweep};

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
    exchanges: Vec<Value>,
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
    let (exchanges, loads): (Vec<&Sweep>, _) = sweeps.iter().partition(|sweep| sweep.extent == Extent::Exchanges);
    let data = Data {
        machine: machine(),
        load_average: [&conditions.load_before, &conditions.load_after],
        drivers: results.runtimes.iter().map(String::as_str).collect(),
        seconds: settings.seconds,
        server_cpu_micros: conditions.server_micros,
        goals: goals(results),
        scenarios: of_each(&loads, results, CLIENTS),
        exchanges: of_each(&exchanges, results, EXCHANGES),
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
        .map(|goal| {
            let measured = goal.measured(results);
            let reached = measured.map(|spread| goal.is_reached(spread));
            json!({ "goal": goal.label, "atMost": goal.at_most, "measured": measured, "reached": reached })
        })
        .collect()
}

fn of_each(sweeps: &[&Sweep], results: &Results, clients: &[Client]) -> Vec<Value> {
    let scenarios = sweeps.iter().flat_map(|sweep| &sweep.scenarios);
    scenarios.map(|scenario| under_load(*scenario, results, clients)).collect()
}

/// Each client with its values in each round, in microseconds and MB.
fn under_load(scenario: Scenario, results: &Results, clients: &[Client]) -> Value {
    let clients = clients.iter().filter_map(|client| {
        let rounds = results.rounds(scenario, client.name);
        if results.gaps.contains(&(scenario, client.name)) {
            return Some(json!({ "name": client.name, "notMeasured": client.gap(scenario.protocol) }));
        }
        let redis = results.redis.get(&(scenario, client.name));
        let mut client = json!({ "name": client.name, "verified": client.verify, "rounds": rounds });
        if let (Some(redis), Some(members)) = (redis, client.as_object_mut()) {
            members.insert("redis".to_owned(), json!(redis));
        }
        (!rounds.is_empty()).then_some(client)
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
