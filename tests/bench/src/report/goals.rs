//! The goals of the project for speed and memory, each a ratio within a round or a plain value, against what was measured.

use super::statistics::Spread;
use super::table::{Table, figure, ratio};
use crate::clients::load::{
    AIOHTTP, ASYNCIO, ASYNCIO_VERIFIED, FLOOR, FLOOR_CHECKS, NODE, NODE_VERIFIED, PYREQWEST, PYREQWEST_UVLOOP, RUST,
    RUST_VERIFIED, SYNC, UNDICI, UVLOOP,
};
use crate::clients::operations::{
    BARE, CACHED_FAST_JWT, CACHED_NODE, CACHED_PYTHON, PLAIN_ASYNCIO, PLAIN_NODE, PLAIN_RUST, PLAIN_SYNC,
    REQUEST_ASYNCIO, REQUEST_NODE, REQUEST_RUST, REQUEST_SYNC, VALIDATION_NODE,
};
use crate::clients::startup::{LOADINGS, NODE_CLIENT, NODE_PACKAGE, PYTHON_CLIENT, PYTHON_PACKAGE};
use crate::run::results::{Figures, Results, Started};
use crate::scenario::{Protocol, Scenario};

pub(super) struct Goal {
    pub(super) label: &'static str,
    pub(super) at_most: f64,
    measure: Measure,
}

enum Measure {
    /// A column of one client over the same of another one.
    Ratio(Scenario, Column, &'static str, &'static str),
    /// What verification adds to one client over what it adds to the core: verified and unverified.
    Added(Scenario, &'static str, &'static str),
    /// One operation over another one.
    Operations(&'static str, &'static str),
    /// The time of one operation, in microseconds.
    Duration(&'static str),
    /// The time that a package takes to load, in milliseconds.
    Loading(&'static str),
    /// The physical memory over that of the bare interpreter, in MB.
    Memory(&'static str),
}

type Column = fn(&Figures) -> Option<f64>;

const CPU: Column = |figures| Some(figures.cpu);
const P50: Column = |figures| Some(figures.p50);
const PEAK: Column = |figures| figures.peak_memory;

const ONE: Scenario = Scenario::plain(1);
const MANY: Scenario = Scenario::plain(64);
const GROWTH: Scenario = Scenario { protocol: Protocol::Http2, delay_ms: 0, pending: 10_000 };

const fn goal(label: &'static str, at_most: f64, measure: Measure) -> Goal {
    Goal { label, at_most, measure }
}

use Measure::{Added, Duration, Loading, Memory, Operations, Ratio};

pub(super) const GOALS: &[Goal] = &[
    goal("Rust, unverified / floor: CPU, 64 pending", 1.10, Ratio(MANY, CPU, RUST, FLOOR)),
    goal("Rust, unverified / floor: CPU, 1 pending", 1.15, Ratio(ONE, CPU, RUST, FLOOR)),
    goal("Rust / floor + two RS256 checks: CPU, 64 pending", 1.05, Ratio(MANY, CPU, RUST_VERIFIED, FLOOR_CHECKS)),
    goal("Rust / floor + two RS256 checks: CPU, 1 pending", 1.05, Ratio(ONE, CPU, RUST_VERIFIED, FLOOR_CHECKS)),
    goal("Rust, unverified / floor: CPU, 10,000 pending, HTTP/2", 1.3, Ratio(GROWTH, CPU, RUST, FLOOR)),
    goal("Rust, unverified / floor: peak memory, 10,000 pending, HTTP/2", 2.0, Ratio(GROWTH, PEAK, RUST, FLOOR)),
    goal("asyncio, unverified / pyreqwest: CPU, 1 pending", 0.9, Ratio(ONE, CPU, ASYNCIO, PYREQWEST)),
    goal("asyncio, unverified / aiohttp: CPU, 1 pending", 0.9, Ratio(ONE, CPU, ASYNCIO, AIOHTTP)),
    goal("asyncio, unverified / pyreqwest: CPU, 64 pending", 0.6, Ratio(MANY, CPU, ASYNCIO, PYREQWEST)),
    goal("uvloop, unverified / pyreqwest on uvloop: CPU, 1 pending", 0.9, Ratio(ONE, CPU, UVLOOP, PYREQWEST_UVLOOP)),
    goal("uvloop, unverified / pyreqwest on uvloop: CPU, 64 pending", 0.9, Ratio(MANY, CPU, UVLOOP, PYREQWEST_UVLOOP)),
    goal("asyncio: what verification adds / in Rust, 1 pending", 1.15, Added(ONE, ASYNCIO_VERIFIED, ASYNCIO)),
    goal("asyncio: what verification adds / in Rust, 64 pending", 1.15, Added(MANY, ASYNCIO_VERIFIED, ASYNCIO)),
    goal("Python sync, unverified / floor: p50, 1 pending", 1.5, Ratio(ONE, P50, SYNC, FLOOR)),
    goal("Node, unverified / undici.request: CPU, 1 pending", 0.9, Ratio(ONE, CPU, NODE, UNDICI)),
    goal("Node, unverified / undici.request: CPU, 64 pending", 0.6, Ratio(MANY, CPU, NODE, UNDICI)),
    goal("Node: what verification adds / in Rust, 1 pending", 1.2, Added(ONE, NODE_VERIFIED, NODE)),
    goal("Node: what verification adds / in Rust, 64 pending", 1.2, Added(MANY, NODE_VERIFIED, NODE)),
    goal("Node: `validateSession` / the bare check", 1.5, Operations(VALIDATION_NODE, BARE)),
    goal("Python: `validate_session` with `session_cache`, µs", 1.5, Duration(CACHED_PYTHON)),
    goal("Node: `sessionCache` / fast-jwt with its cache", 1.0, Operations(CACHED_NODE, CACHED_FAST_JWT)),
    goal("Rust: a request / `validate_session`", 1.3, Operations(REQUEST_RUST, PLAIN_RUST)),
    goal("Python sync: a request / `validate_session`", 1.3, Operations(REQUEST_SYNC, PLAIN_SYNC)),
    goal("Python asyncio: a request / `validate_session`", 1.3, Operations(REQUEST_ASYNCIO, PLAIN_ASYNCIO)),
    goal("Node: a request / `validateSession`", 1.3, Operations(REQUEST_NODE, PLAIN_NODE)),
    goal("Python: import, ms", 5.0, Loading(PYTHON_PACKAGE)),
    goal("Node: require, ms", 10.0, Loading(NODE_PACKAGE)),
    goal("Python: memory with a client over the bare interpreter, MB", 3.0, Memory(PYTHON_CLIENT)),
    goal("Node: memory with a client over the bare interpreter, MB", 3.0, Memory(NODE_CLIENT)),
];

impl Goal {
    pub(super) fn is_reached(&self, measured: Spread) -> bool {
        measured.median <= self.at_most
    }

    /// The measured values over the rounds.
    pub(super) fn measured(&self, results: &Results) -> Option<Spread> {
        let rounds = |at, name| results.rounds(at, name).iter();
        match self.measure {
            Ratio(at, column, own, other) => {
                let pairs = rounds(at, own).zip(rounds(at, other));
                Spread::of(pairs.filter_map(|(own, other)| Some(column(own)? / column(other)?)))
            }
            Added(at, verified, unverified) => {
                let own = rounds(at, verified).zip(rounds(at, unverified));
                let core = rounds(at, RUST_VERIFIED).zip(rounds(at, RUST));
                let added = |(verified, unverified): (&Figures, &Figures)| verified.cpu - unverified.cpu;
                Spread::of(own.map(added).zip(core.map(added)).map(|(own, core)| own / core))
            }
            Operations(own, other) => {
                let (own, other) = (results.operations.get(own)?, results.operations.get(other)?);
                Spread::of(own.iter().zip(other).map(|(own, other)| own / other))
            }
            Duration(name) => Spread::of(results.operations.get(name)?.iter().map(|time| time / 1e3)),
            Loading(name) => Spread::of(results.startups.get(name)?.iter().map(|started| started.loading)),
            Memory(name) => {
                let bare = LOADINGS.iter().find(|loading| loading.name == name)?.bare;
                let pairs = results.startups.get(name)?.iter().zip(results.startups.get(bare)?);
                let above = |(own, bare): (&Started, &Started)| Some(own.memory? - bare.memory?);
                Spread::of(pairs.filter_map(above))
            }
        }
    }
}

/// The goals that were missed, by how much, and whether a round reached them.
pub(super) fn missed(results: &Results) -> Table {
    let mut table = Table::new(&["", "at most", "measured", "over by", "best round"]);
    for goal in GOALS {
        let Some(spread) = goal.measured(results).filter(|spread| !goal.is_reached(*spread)) else { continue };
        let over = format!("{:.0} %", (spread.median / goal.at_most - 1.0) * 100.0);
        let best = if spread.low <= goal.at_most { "reaches it" } else { "misses it" };
        table.row(vec![goal.label.to_owned(), figure(goal.at_most), ratio(spread), over, best.to_owned()]);
    }
    table
}

pub(super) fn table(results: &Results) -> Table {
    let mut table = Table::new(&["", "at most", "measured", "reached"]);
    for goal in GOALS {
        let Some(spread) = goal.measured(results) else { continue };
        let reached = if goal.is_reached(spread) { "yes" } else { "no" };
        table.row(vec![goal.label.to_owned(), figure(goal.at_most), ratio(spread), reached.to_owned()]);
    }
    table
}
