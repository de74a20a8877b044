//! Every committed input passes its target. A finding becomes an input here, and where it is about the contract, a case.

#![allow(clippy::unwrap_used, reason = "a helper of tests is no test")]

use std::path::Path;

use tenant_select_fuzz::TARGETS;

fn folders(of: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(of);
    let mut names: Vec<String> =
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn committed_inputs_pass() {
    // A panic on a thread of a runtime would be the end of that thread alone.
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        print(panic);
        std::process::abort();
    }));
    for (name, target) in TARGETS {
        let inputs = folders(&format!("corpora/{name}"));
        assert!(inputs.len() >= 5, "{name} has only {} inputs", inputs.len());
        for input in &inputs {
            println!("{name}/{input}");
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora").join(name).join(input);
            target(&std::fs::read(path).unwrap());
        }
        println!("{name}: {} inputs", inputs.len());
    }
}

#[test]
fn every_folder_belongs_to_a_target() {
    let names: Vec<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(folders("corpora"), names);
    let dictionaries: Vec<String> = names.iter().map(|name| format!("{name}.dict")).collect();
    assert!(folders("dictionaries").iter().all(|file| dictionaries.contains(file)), "a dictionary without a target");
}
