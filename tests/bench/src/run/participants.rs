//! What takes part in a run, by its settings and by what is installed.

use super::processes::missing;
use crate::Failure;
use crate::clients::Program;
use crate::clients::exchanges;
use crate::clients::load::{Client, Redis};
use crate::clients::operations::{BARE, CURVES, Repeater, repeaters};
use crate::clients::startup::{LOADINGS, Loading};
use crate::settings::{Settings, Sweep};

pub(crate) struct Participants {
    pub(super) sweeps: Vec<Sweep>,
    pub(super) loadings: Vec<Loading>,
    programs: Vec<Program>,
    absent: Vec<&'static str>,
    curves: bool,
}

impl Participants {
    pub(super) fn of(settings: &Settings) -> Result<Self, Failure> {
        let mut participants =
            Self { sweeps: settings.sweeps.clone(), loadings: vec![], programs: vec![], absent: vec![], curves: false };
        for client in exchanges::all() {
            let taking = settings.sweeps.iter().any(|sweep| wanted(client, sweep, settings));
            if taking {
                participants.add(client.program, client.name)?;
            }
        }
        for repeater in repeaters() {
            let wanted = |label: &str| settings.wants(label) || label == BARE;
            let floors = repeater.operations.iter().any(|(_, label)| wanted(label));
            if floors && !(settings.quick && repeater.program.is_peer()) {
                participants.add(repeater.program, repeater.operations.first().map_or("", |(_, label)| label))?;
            }
        }
        if !settings.quick {
            participants.curves = settings.only.is_empty() || settings.wants("tenants");
            for loading in LOADINGS {
                let wanted = settings.wants(loading.name)
                    || LOADINGS.iter().any(|other| other.bare == loading.name && settings.wants(other.name));
                if wanted && participants.add(loading.program, loading.name)? {
                    participants.loadings.push(*loading);
                }
            }
        }
        Ok(participants)
    }

    /// Notes a program that is there. Peers need not be installed, our packages must be.
    fn add(&mut self, program: Program, name: &'static str) -> Result<bool, Failure> {
        match missing(program) {
            None => self.programs.push(program),
            Some(_) if program.is_peer() => self.absent.push(name),
            Some(part) => {
                return Err(format!("{} is missing: `make bench` builds everything first", part.display()).into());
            }
        }
        Ok(missing(program).is_none())
    }

    /// The clients of a sweep that are installed.
    pub(super) fn clients_of(&self, sweep: &Sweep, settings: &Settings) -> impl Iterator<Item = &'static Client> {
        exchanges::all()
            .filter(move |client| wanted(client, sweep, settings) && self.programs.contains(&client.program))
    }

    pub(super) fn repeaters(&self) -> impl Iterator<Item = &'static Repeater> {
        repeaters().filter(|repeater| self.programs.contains(&repeater.program))
    }

    /// The drivers of the curve of tenants. One driver can report two curves.
    pub(super) fn curve_programs(&self) -> Vec<Program> {
        let mut programs: Vec<Program> = Vec::new();
        for curve in CURVES.iter().filter(|_| self.curves) {
            if !programs.contains(&curve.program) {
                programs.push(curve.program);
            }
        }
        programs
    }

    pub(super) fn notes(&self) -> Option<String> {
        (!self.absent.is_empty()).then(|| format!("Not installed, so not measured: {}", self.absent.join("; ")))
    }
}

fn wanted(client: &Client, sweep: &Sweep, settings: &Settings) -> bool {
    let compared_with = client.is_floor() || client.redis == Some(Redis::Absent);
    client.takes_part(sweep.extent) && (compared_with || settings.wants(client.name))
}
