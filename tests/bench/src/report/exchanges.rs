//! The table of exchanges with and without Redis.

use super::statistics::{Spread, median};
use super::table::{Table, figure, ratio};
use crate::clients::exchanges::{EXCHANGES, alone};
use crate::run::results::{Figures, RedisFigures, Results};
use crate::scenario::Scenario;

pub(super) fn block(scenario: Scenario, results: &Results) -> String {
    let head = ["", "calls/s", "CPU µs/call", "× alone", "p50 µs", "× alone", "p99 µs", "longest ms"];
    let mut table = Table::new(&[&head[..], &["Redis: commands/call", "CPU µs/call"]].concat());
    let mut rounds_measured = 0;
    for client in EXCHANGES {
        let (rounds, base) = (results.rounds(scenario, client.name), results.rounds(scenario, alone(client)));
        if rounds.is_empty() {
            continue;
        }
        rounds_measured = rounds.len();
        let value = |column: fn(&Figures) -> f64| median(rounds.iter().map(column)).map_or_else(dash, figure);
        let compared = |column: fn(&Figures) -> f64| match alone(client) == client.name {
            true => "1".to_owned(),
            false => {
                let ratios = rounds.iter().zip(base).map(|(own, alone)| column(own) / column(alone));
                Spread::of(ratios).map_or_else(dash, ratio)
            }
        };
        let redis = results.redis.get(&(scenario, client.name)).map_or(&[][..], Vec::as_slice);
        let of_redis = |column: fn(&RedisFigures) -> f64| median(redis.iter().map(column)).map_or_else(dash, figure);
        table.row(vec![
            client.name.to_owned(),
            value(|figures| figures.per_second),
            value(|figures| figures.cpu),
            compared(|figures| figures.cpu),
            value(|figures| figures.p50),
            compared(|figures| figures.p50),
            value(|figures| figures.p99),
            // Over all rounds: a wait of a call is rare.
            rounds.iter().map(|figures| figures.longest / 1e3).max_by(f64::total_cmp).map_or_else(dash, figure),
            of_redis(|figures| figures.commands),
            of_redis(|figures| figures.cpu),
        ]);
    }
    if table.is_empty() { String::new() } else { format!("**{scenario}** ({rounds_measured} rounds)\n\n{table}\n") }
}

fn dash() -> String {
    "–".to_owned()
}
