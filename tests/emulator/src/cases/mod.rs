//! Contract cases: one file per behaviour, with what a client must send and what it receives.

mod format;
mod matching;
mod render;
mod rows;
mod run;

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::connection::request::Request;
use crate::connection::response::Delivery;
use crate::error::{ControlError, StartError};
use crate::state::project::Project;
use format::Case;
use run::{Run, mismatch};

/// The number of runs to keep; older ones are removed.
const RUN_LIMIT: usize = 10_000;

/// The case directory and the runs of its cases.
#[derive(Default)]
pub(crate) struct Cases {
    directory: Option<PathBuf>,
    state: Mutex<Runs>,
}

#[derive(Default)]
struct Runs {
    opened: u64,
    kept: VecDeque<(String, Run)>,
    /// For requests that name no run.
    previews: BTreeMap<String, Run>,
}

impl Cases {
    /// Checks every case of a directory.
    pub(crate) fn read(directory: Option<PathBuf>) -> Result<Self, StartError> {
        let cases = Self { directory, state: Mutex::default() };
        for id in cases.ids().map_err(|error| StartError::new(error.message))? {
            cases.load(&id).map_err(|error| StartError::new(error.message))?;
        }
        Ok(cases)
    }

    fn lock(&self) -> MutexGuard<'_, Runs> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn directory(&self) -> Result<&Path, ControlError> {
        self.directory.as_deref().ok_or_else(|| ControlError::not_found("the emulator was started without cases"))
    }

    /// The ids of all cases, as the directory is now.
    pub(crate) fn ids(&self) -> Result<Vec<String>, ControlError> {
        let Some(directory) = &self.directory else { return Ok(Vec::new()) };
        let mut ids = Vec::new();
        collect(directory, "", &mut ids)?;
        ids.sort();
        match ids.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first()) {
            Some(id) => Err(ControlError::invalid(format!("\"{id}\" is both a file and a row"))),
            None => Ok(ids),
        }
    }

    /// Reads a case anew, so that an edited file needs no restart.
    fn load(&self, id: &str) -> Result<Case, ControlError> {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
        if !id.split('.').all(|part| !part.is_empty() && part.chars().all(plain)) {
            return Err(ControlError::invalid(format!("\"{id}\" is no case id")));
        }
        let directory = self.directory()?;
        let file = |id: &str| directory.join(format!("{}.json", id.replace('.', "/")));
        let path = file(id);
        if path.is_file() {
            return Case::parse(id, read(&path)?).map_err(|error| invalid(&path, error));
        }
        let unknown = || ControlError::not_found(format!("there is no case \"{id}\""));
        let (table, row) = id.rsplit_once('.').ok_or_else(unknown)?;
        let path = file(table);
        if !path.is_file() {
            return Err(unknown());
        }
        let document =
            rows::row(read(&path)?, table, row).map_err(|error| invalid(&path, error))?.ok_or_else(unknown)?;
        Case::parse(id, document).map_err(|error| invalid(&path, format!("rows.{row}: {error}")))
    }

    /// Opens a run of a case with new tokens and unused exchanges.
    pub(crate) fn open(&self, project: &Project, id: &str) -> Result<Value, ControlError> {
        let case = self.load(id)?;
        let name = {
            let mut runs = self.lock();
            runs.opened += 1;
            format!("r{}", runs.opened)
        };
        let run = self.render(project, &case, &format!("/case/{id}/{name}"))?;
        let response = json!({"run": name, "baseUrl": run.base_url(), "case": run.case()});
        let mut runs = self.lock();
        if runs.kept.len() >= RUN_LIMIT {
            runs.kept.pop_front();
        }
        runs.kept.push_back((name, run));
        Ok(response)
    }

    /// The report of a run: its requests and problems.
    pub(crate) fn report(&self, name: &str) -> Result<Value, ControlError> {
        let runs = self.lock();
        let run = runs.kept.iter().find(|(kept, _)| kept == name);
        run.map(|(_, run)| run.report()).ok_or_else(|| ControlError::not_found(format!("there is no run \"{name}\"")))
    }

    /// The case for a client without a run, with its tokens.
    pub(crate) fn preview(&self, project: &Project, id: &str) -> Result<Value, ControlError> {
        let case = self.load(id)?;
        let run = self.render(project, &case, &format!("/case/{id}"))?;
        let response = json!({"baseUrl": run.base_url(), "case": run.case()});
        self.lock().previews.insert(id.to_owned(), run);
        Ok(response)
    }

    fn render(&self, project: &Project, case: &Case, path: &str) -> Result<Run, ControlError> {
        Run::open(project, case, path).map_err(|error| ControlError::invalid(format!("{}: {error}", case.id())))
    }

    /// Responds to a request below `/case/`.
    pub(crate) async fn serve(&self, project: &Project, request: &Request) -> (Delivery, Option<String>) {
        let rest = request.path().strip_prefix("/case/").unwrap_or_default();
        let (id, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let (segment, below) = rest.split_once('/').unwrap_or((rest, ""));
        let is_run = segment.strip_prefix('r').is_some_and(|number| number.parse::<u64>().is_ok());
        let reply = if is_run {
            let path = format!("/{below}");
            let mut runs = self.lock();
            runs.kept
                .iter_mut()
                .find(|(name, run)| name == segment && run.id() == id)
                .map(|(_, run)| run.reply(&path, request))
        } else {
            if !self.lock().previews.contains_key(id)
                && let Err(error) = self.preview(project, id)
            {
                return (Delivery::Whole(mismatch(&[error.message])), None);
            }
            self.lock().previews.get(id).map(|run| run.stateless_reply(&format!("/{rest}"), request))
        };
        let Some(reply) = reply else {
            return (Delivery::Whole(mismatch(&[format!("there is no run \"{segment}\" of the case \"{id}\"")])), None);
        };
        tokio::time::sleep(reply.delay).await;
        (reply.delivery, reply.fault)
    }
}

/// The JSON of a file.
fn read(path: &Path) -> Result<Value, ControlError> {
    let text = std::fs::read(path).map_err(|error| invalid(path, error))?;
    serde_json::from_slice(&text).map_err(|error| invalid(path, error))
}

fn invalid(path: &Path, error: impl std::fmt::Display) -> ControlError {
    ControlError::invalid(format!("{}: {error}", path.display()))
}

/// Adds the ids of a directory and those below it: the path of each file with dots, and for a table that of each row.
fn collect(directory: &Path, prefix: &str, ids: &mut Vec<String>) -> Result<(), ControlError> {
    let unreadable = |error: std::io::Error| ControlError::internal(format!("{}: {error}", directory.display()));
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if entry.file_type().map_err(unreadable)?.is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}."), ids)?;
        } else if let Some(stem) = name.strip_suffix(".json") {
            match rows::names(&read(&entry.path())?) {
                None => ids.push(format!("{prefix}{stem}")),
                Some(names) => ids.extend(names.into_iter().map(|row| format!("{prefix}{stem}.{row}"))),
            }
        }
    }
    Ok(())
}
