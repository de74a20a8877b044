//! The options of `run`, and the combinations of conditions that they select.

use lexopt::Parser;
use lexopt::prelude::{Long, Short, ValueExt};

use crate::Failure;
use crate::scenario::{Protocol, Scenario};

/// How much is measured.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) rounds: usize,
    pub(crate) warm_up_seconds: f64,
    pub(crate) seconds: f64,
    /// A short run without alternatives, peers, start-up and the curve of tenants.
    pub(crate) quick: bool,
    /// Rows whose names lack this text are left out, except floors. In lower case.
    pub(crate) only: String,
    pub(crate) sweeps: Vec<Sweep>,
    /// Whether the documentation is updated.
    pub(crate) write: bool,
}

/// Scenarios that are measured with the same clients.
#[derive(Clone, Debug)]
pub(crate) struct Sweep {
    /// The name of the section in the report and in the documentation.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) extent: Extent,
    pub(crate) rounds: usize,
}

/// Which clients take part in a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    All,
    /// Those that the other conditions are measured with.
    Main,
    /// Ours and the floors, where they are part of `Main`.
    Ours,
    /// The floor and the core, unverified.
    Core,
    /// Ours with and without Redis.
    Exchanges,
}

#[derive(Default)]
struct Options {
    quick: bool,
    write: bool,
    only: String,
    rounds: Option<usize>,
    seconds: Option<f64>,
    protocols: Vec<Protocol>,
    delays: Vec<u64>,
    pending: Vec<usize>,
}

impl Settings {
    /// The settings, or nothing when the help is wanted.
    pub(crate) fn parse(mut arguments: Parser) -> Result<Option<Self>, Failure> {
        let mut options = Options::default();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("quick") => options.quick = true,
                Long("write") => options.write = true,
                Long("only") => options.only = arguments.value()?.string()?.to_lowercase(),
                Long("rounds") => options.rounds = Some(arguments.value()?.parse()?),
                Long("seconds") => options.seconds = Some(arguments.value()?.parse()?),
                Long("protocol") => options.protocols.push(arguments.value()?.parse()?),
                Long("delay") => options.delays.push(arguments.value()?.parse()?),
                Long("pending") => options.pending.push(arguments.value()?.parse()?),
                Long("help") | Short('h') => return Ok(None),
                other => return Err(other.unexpected().into()),
            }
        }
        Self::of(options).map(Some)
    }

    fn of(options: Options) -> Result<Self, Failure> {
        let (default_rounds, warm_up_seconds, default_seconds) =
            if options.quick { (2, 0.1, 0.2) } else { (5, 0.25, 0.6) };
        let (rounds, seconds) = (options.rounds.unwrap_or(default_rounds), options.seconds.unwrap_or(default_seconds));
        if rounds == 0 || !(0.01..=600.0).contains(&seconds) {
            return Err("there must be a round, of 0.01 to 600 seconds".into());
        }
        if options.pending.contains(&0) {
            return Err("there must be a pending call".into());
        }
        if options.delays.iter().any(|delay| *delay > 10_000) {
            return Err("the delay is at most 10,000 ms".into());
        }
        let chosen = !(options.protocols.is_empty() && options.delays.is_empty() && options.pending.is_empty());
        if options.write && (chosen || options.quick || !options.only.is_empty()) {
            return Err("--write needs the whole measurement: only --rounds and --seconds go with it".into());
        }
        let sweeps = match (chosen, options.quick) {
            (true, quick) => vec![chosen_sweep(&options, rounds, quick)],
            (false, true) => {
                let usual = [Scenario::plain(1), Scenario::plain(64)];
                vec![sweep("http1", "HTTP/1.1", Extent::Ours, rounds, &usual), shared_state(rounds)]
            }
            (false, false) => default_sweeps(rounds),
        };
        let Options { quick, write, only, .. } = options;
        Ok(Self { rounds, warm_up_seconds, seconds, quick, only, sweeps, write })
    }

    /// Whether a row of this name is measured.
    pub(crate) fn wants(&self, name: &str) -> bool {
        name.to_lowercase().contains(&self.only)
    }
}

fn sweep(name: &'static str, title: &'static str, extent: Extent, rounds: usize, scenarios: &[Scenario]) -> Sweep {
    Sweep { name, title, scenarios: scenarios.to_vec(), extent, rounds }
}

fn shared_state(rounds: usize) -> Sweep {
    let scenarios = [Scenario::plain(1), Scenario::plain(64)];
    sweep("shared state", "Exchanges with and without Redis", Extent::Exchanges, rounds, &scenarios)
}

/// Every client under the usual conditions, and fewer clients and rounds under the others.
fn default_sweeps(rounds: usize) -> Vec<Sweep> {
    let scenario = |protocol, delay_ms, pending| Scenario { protocol, delay_ms, pending };
    let fewer = rounds.min(3);
    vec![
        sweep("http1", "HTTP/1.1", Extent::All, rounds, &[Scenario::plain(1), Scenario::plain(64)]),
        sweep("pending", "More pending calls", Extent::Main, fewer, &[Scenario::plain(16), Scenario::plain(512)]),
        sweep("tls", "HTTP/1.1 over TLS", Extent::Main, fewer, &[scenario(Protocol::Tls, 0, 64)]),
        sweep("http2", "HTTP/2 over TLS", Extent::Main, fewer, &[1, 64].map(|n| scenario(Protocol::Http2, 0, n))),
        sweep(
            "delay",
            "A server that takes 20 ms",
            Extent::Main,
            fewer,
            &[scenario(Protocol::Http1, 20, 64), scenario(Protocol::Http2, 20, 64)],
        ),
        shared_state(fewer),
        sweep("growth", "10,000 pending calls", Extent::Core, fewer, &[scenario(Protocol::Http2, 0, 10_000)]),
    ]
}

/// Every combination of what the options name.
fn chosen_sweep(options: &Options, rounds: usize, quick: bool) -> Sweep {
    fn or<T: Clone>(chosen: &[T], default: &[T]) -> Vec<T> {
        if chosen.is_empty() { default.to_vec() } else { chosen.to_vec() }
    }
    let mut scenarios = Vec::new();
    for protocol in or(&options.protocols, &[Protocol::Http1]) {
        for delay_ms in or(&options.delays, &[0]) {
            for pending in or(&options.pending, &[1, 64]) {
                scenarios.push(Scenario { protocol, delay_ms, pending });
            }
        }
    }
    sweep("chosen", "Selections", if quick { Extent::Ours } else { Extent::All }, rounds, &scenarios)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Settings, Failure> {
        Settings::parse(Parser::from_args(arguments)).map(Option::unwrap)
    }

    #[test]
    fn options_select_every_combination() {
        let settings = parse(&["--protocol", "http2", "--protocol", "tls", "--delay", "20", "--pending", "5"]).unwrap();
        let names: Vec<String> = settings.sweeps[0].scenarios.iter().map(Scenario::to_string).collect();
        let expected = [
            "HTTP/2 over TLS, 20 ms of server delay, 5 pending",
            "HTTP/1.1 over TLS, 20 ms of server delay, 5 pending",
        ];
        assert_eq!(names, expected);
        assert_eq!(parse(&["--pending", "3"]).unwrap().sweeps[0].scenarios, [Scenario::plain(3)]);
    }

    #[test]
    fn only_a_whole_measurement_is_written_into_the_documentation() {
        assert!(parse(&["--write", "--rounds", "1", "--seconds", "0.1"]).unwrap().write);
        for other in [&["--quick"][..], &["--only", "node"], &["--delay", "1"]] {
            assert!(parse(&[&["--write"], other].concat()).is_err());
        }
    }

    #[test]
    fn measurements_of_nothing_are_refused() {
        for wrong in [["--rounds", "0"], ["--seconds", "0"], ["--pending", "0"], ["--protocol", "http3"]] {
            assert!(parse(&wrong).is_err());
        }
    }
}
