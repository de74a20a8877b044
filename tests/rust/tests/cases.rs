//! Runs every contract case, and counts them: `cargo test -p tenant-select-tests --test cases [-- PART-OF-AN-ID …]`.
#![allow(clippy::print_stderr, clippy::print_stdout)]

use std::process::ExitCode;
use std::sync::Arc;

use tenant_select_emulator::{Emulator, Options};
use tenant_select_tests::{contract_directory, ids, run};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Cases under way at the same time: enough to overlap their waiting, few enough not to disturb their deadlines.
const AT_ONCE: usize = 16;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let wanted: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    match all(&wanted).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => {
            eprintln!("{report}");
            ExitCode::FAILURE
        }
    }
}

async fn all(wanted: &[&String]) -> Result<(), String> {
    let ids = ids()?;
    let options = Options::default().cases(contract_directory().join("cases"));
    let emulator = Emulator::start(options).await.map_err(|error| error.to_string())?;
    let (emulator, places) = (Arc::new(emulator), Arc::new(Semaphore::new(AT_ONCE)));

    let mut running = JoinSet::new();
    let chosen = ids.iter().filter(|id| wanted.is_empty() || wanted.iter().any(|part| id.contains(part.as_str())));
    for id in chosen {
        let (emulator, places, id) = (Arc::clone(&emulator), Arc::clone(&places), id.clone());
        running.spawn(async move {
            let _place = places.acquire().await;
            run(&emulator, &id).await
        });
    }
    let results = running.join_all().await;
    let failures: Vec<&String> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    for failure in &failures {
        eprintln!("{failure}\n");
    }
    println!("cases: {} of {} run, {} failed", results.len(), ids.len(), failures.len());
    match (failures.len(), results.len()) {
        (0, run) if run == ids.len() || (run > 0 && !wanted.is_empty()) => Ok(()),
        (0, _) => Err("not every case was run".to_owned()),
        _ => Err("a case failed".to_owned()),
    }
}
