//! The tables of the report.

use super::table::{Table, figure, ratio};
use super::{Section, exchanges, goals, statistics};
use crate::clients::load::{CLIENTS, Client, FLOOR};
use crate::clients::operations::{BARE, BORDERS, CURVES, REQUESTS, Repeater, VALIDATIONS};
use crate::clients::startup::LOADINGS;
use crate::fixture::TENANTS;
use crate::run::results::{Figures, Results, Started};
use crate::scenario::Scenario;
use crate::settings::{Extent, Sweep};

use statistics::{Spread, median};

struct Column {
    name: &'static str,
    value: fn(&Figures) -> Option<f64>,
    compared: bool,
}

const fn column(name: &'static str, value: fn(&Figures) -> Option<f64>, compared: bool) -> Column {
    Column { name, value, compared }
}

const COLUMNS: [Column; 7] = [
    column("calls/s", |figures| Some(figures.per_second), true),
    column("CPU µs/call", |figures| Some(figures.cpu), true),
    column("p50 µs", |figures| Some(figures.p50), true),
    column("p99 µs", |figures| Some(figures.p99), true),
    column("p99.9 µs", |figures| Some(figures.p999), false),
    column("idle MB", |figures| figures.idle_memory, false),
    column("peak MB", |figures| figures.peak_memory, false),
];

/// All sections with tables, in the order of the report. Those without rows are left out.
pub(super) fn sections(sweeps: &[Sweep], results: &Results) -> Vec<Section> {
    let goals = goals::table(results);
    let mut sections = vec![
        section("goals", "Goals, as ratios within a round", goals),
        section("missed", "Goals that were missed", goals::missed(results)),
    ];
    sections.extend(sweeps.iter().map(|sweep| Section {
        name: sweep.name,
        title: sweep.title,
        body: sweep.scenarios.iter().map(|scenario| block(sweep, *scenario, results)).collect(),
    }));
    sections.extend([
        section("validation", "One validation with a cached key", operations(VALIDATIONS, results, Some(BARE))),
        section("requests", "One request with a valid session", operations(REQUESTS, results, None)),
        section("tenants", "Validation by number of tenants, µs", tenants(results)),
        section("startup", "Loading a package", startup(results)),
        section(
            "border",
            "A result as data of the host language, without its call",
            operations(BORDERS, results, None),
        ),
    ]);
    sections.retain(|section| !section.body.is_empty());
    sections
}

fn section(name: &'static str, title: &'static str, table: Table) -> Section {
    Section { name, title, body: if table.is_empty() { String::new() } else { table.to_string() } }
}

fn block(sweep: &Sweep, scenario: Scenario, results: &Results) -> String {
    if sweep.extent == Extent::Exchanges { exchanges::block(scenario, results) } else { load_block(scenario, results) }
}

fn load_block(scenario: Scenario, results: &Results) -> String {
    let mut head = vec![""];
    for column in &COLUMNS {
        head.push(column.name);
        if column.compared {
            head.push("× floor");
        }
    }
    let (mut table, mut gaps) = (Table::new(&head), Vec::new());
    for client in CLIENTS {
        let rounds = results.rounds(scenario, client.name);
        if !rounds.is_empty() {
            table.row(load_row(client, rounds, results.rounds(scenario, FLOOR)));
        } else if results.gaps.contains(&(scenario, client.name)) {
            let dashes = std::iter::repeat_n("–", head.len() - 1);
            table.row([client.name].into_iter().chain(dashes).map(str::to_owned).collect());
            gaps.push(format!("{}: {}", client.name, client.gap(scenario.protocol).unwrap_or_default()));
        }
    }
    let mut text = format!("**{scenario}** ({} rounds)\n\n{table}\n", results.rounds(scenario, FLOOR).len());
    if !gaps.is_empty() {
        text += &format!("Not measured: {}.\n\n", gaps.join("; "));
    }
    text
}

fn load_row(client: &Client, rounds: &[Figures], floor: &[Figures]) -> Vec<String> {
    let mut row = vec![client.name.to_owned()];
    for column in &COLUMNS {
        let value = median(rounds.iter().filter_map(column.value));
        row.push(value.map_or_else(|| "–".to_owned(), figure));
        if column.compared {
            let ratios =
                rounds.iter().zip(floor).filter_map(|(own, floor)| Some((column.value)(own)? / (column.value)(floor)?));
            let spread = if client.is_floor() && !client.verify { None } else { Spread::of(ratios) };
            row.push(spread.map_or_else(|| "1".to_owned(), ratio));
        }
    }
    row
}

fn operations(repeaters: &[Repeater], results: &Results, floor: Option<&'static str>) -> Table {
    let mut table = Table::new(&["", "µs", if floor.is_some() { "× floor" } else { "range" }]);
    let values = |label: &str| results.operations.get(label).map_or(&[][..], Vec::as_slice);
    for (_, label) in repeaters.iter().flat_map(|repeater| repeater.operations) {
        let micros = values(label).iter().map(|nanoseconds| nanoseconds / 1e3);
        let Some(spread) = Spread::of(micros) else { continue };
        let beside = match floor {
            Some(floor) if floor == *label => "1".to_owned(),
            Some(floor) => {
                let ratios = values(label).iter().zip(values(floor)).map(|(own, floor)| own / floor);
                Spread::of(ratios).map(ratio).unwrap_or_default()
            }
            None => format!("{}–{}", figure(spread.low), figure(spread.high)),
        };
        table.row(vec![(*label).to_owned(), figure(spread.median), beside]);
    }
    table
}

fn tenants(results: &Results) -> Table {
    let names = TENANTS.map(|count| count.to_string());
    let mut head = vec!["tenants"];
    head.extend(names.iter().map(String::as_str));
    head.push("growth");
    let mut table = Table::new(&head);
    for curve in CURVES {
        let value =
            |count| median(results.curves.get(&(curve.name, count))?.iter().map(|nanoseconds| nanoseconds / 1e3));
        let values: Vec<f64> = TENANTS.iter().filter_map(|count| value(*count)).collect();
        let &[_, ten, hundred, thousand] = values.as_slice() else { continue };
        let mut row = vec![curve.name.to_owned()];
        row.extend(values.iter().map(|value| figure(*value)));
        // 1 where the time is linear in the number of tenants.
        row.push(figure(((thousand - hundred) / 900.0) / ((hundred - ten) / 90.0)));
        table.row(row);
    }
    table
}

fn startup(results: &Results) -> Table {
    let mut table = Table::new(&["", "loading ms", "process ms", "× bare", "memory MB", "over bare MB"]);
    for loading in LOADINGS {
        let (Some(own), Some(bare)) = (results.startups.get(loading.name), results.startups.get(loading.bare)) else {
            continue;
        };
        let of = |value: fn(&Started) -> Option<f64>| median(own.iter().filter_map(value));
        let ratios = own.iter().zip(bare).map(|(own, bare)| own.process / bare.process);
        let above = own.iter().zip(bare).filter_map(|(own, bare)| Some(own.memory? - bare.memory?));
        let is_bare = loading.name == loading.bare;
        let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), figure);
        table.row(vec![
            loading.name.to_owned(),
            if is_bare { "–".to_owned() } else { shown(of(|started| Some(started.loading))) },
            shown(of(|started| Some(started.process))),
            if is_bare { "1".to_owned() } else { Spread::of(ratios).map(ratio).unwrap_or_default() },
            shown(of(|started| started.memory)),
            if is_bare { "–".to_owned() } else { shown(median(above)) },
        ]);
    }
    table
}
