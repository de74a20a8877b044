//! The README is true: its examples run, its tables are complete.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tenant_select_emulator::{Emulator, Fault, FaultKind, Options, Settings, TokenSpec};

use crate::forged_tokens::names;
use crate::support::{Client, Reply};

const README: &str = include_str!("../../README.md");

struct Block<'a> {
    info: &'a str,
    text: String,
}

fn blocks() -> Vec<Block<'static>> {
    let mut blocks = Vec::new();
    let mut lines = README.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(Block { info, text: text.join("\n") });
        }
    }
    blocks
}

/// The files and emulator that the examples want.
async fn emulator(test: &str) -> (Emulator, std::path::PathBuf) {
    let directory = std::env::temp_dir().join(format!("tenant-select-readme-{test}-{}", std::process::id()));
    std::fs::create_dir_all(directory.join("cases")).unwrap();
    let mut options = Options::default().cases(directory.join("cases"));
    for block in blocks() {
        if let Some(id) = block.info.strip_prefix("json case ") {
            let path = directory.join("cases").join(format!("{}.json", id.replace('.', "/")));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &block.text).unwrap();
        }
        if block.info == "json seed" {
            let path = directory.join("seed.json");
            std::fs::write(&path, &block.text).unwrap();
            options = options.seed_file(path).unwrap();
        }
    }
    (Emulator::start(options).await.unwrap(), directory)
}

#[tokio::test]
async fn every_example_runs() {
    let (emulator, directory) = emulator("examples").await;
    let client = Client::new(&emulator);
    let mut known = BTreeMap::from([("projectId".to_owned(), emulator.project_id().to_owned())]);
    let mut count = 0;
    let blocks = blocks();
    for (place, block) in blocks.iter().enumerate() {
        if block.info != "http" {
            continue;
        }
        let reply = send(&client, &filled_in(&block.text, &known)).await;
        let expected = blocks.get(place + 1).filter(|next| next.info == "json" || next.info.starts_with("json "));
        let expected = expected.filter(|next| !next.info.contains("case") && !next.info.contains("seed"));
        let status: Option<u16> =
            expected.and_then(|next| next.info.strip_prefix("json ")).map(|status| status.parse().unwrap());
        match status {
            Some(status) => assert_eq!(reply.status, status, "{}\n{}", block.text, reply.text),
            None => assert!(reply.status < 300, "{}\n{} {}", block.text, reply.status, reply.text),
        }
        if let Some(expected) = expected {
            let expected =
                serde_json::from_str(&expected.text).unwrap_or_else(|error| panic!("{error}: {}", expected.text));
            compare(&reply.json(), &expected, &block.text);
        }
        if let Ok(Value::Object(members)) = serde_json::from_str::<Value>(&reply.text) {
            let texts = members.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())));
            known.extend(texts.filter(|(_, text)| !text.is_empty()));
        }
        count += 1;
    }
    assert!(count > 25, "{count}");
    std::fs::remove_dir_all(directory).unwrap();
}

fn filled_in(text: &str, known: &BTreeMap<String, String>) -> String {
    let text =
        known.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value));
    assert!(!text.contains("{{"), "{text}");
    text
}

async fn send(client: &Client, text: &str) -> Reply {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut head = head.lines();
    let (method, path) = head.next().unwrap().split_once(' ').unwrap();
    let mut request = client.request(method, path);
    for line in head {
        let (name, value) = line.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    client.send(request.body(body.to_owned())).await.unwrap()
}

/// Members that are shown must be there; `…` is any text.
fn compare(seen: &Value, shown: &Value, example: &str) {
    match (seen, shown) {
        (Value::String(_), Value::String(text)) if text == "…" => {}
        (Value::Object(seen), Value::Object(shown)) => {
            for (name, shown) in shown {
                compare(seen.get(name).unwrap_or_else(|| panic!("{example}\nno \"{name}\"")), shown, example);
            }
        }
        (Value::Array(seen), Value::Array(shown)) => {
            assert_eq!(seen.len(), shown.len(), "{example}");
            seen.iter().zip(shown).for_each(|(seen, shown)| compare(seen, shown, example));
        }
        _ => assert_eq!(seen, shown, "{example}"),
    }
}

/// The cells of the table rows whose first cell is not its head.
fn rows() -> Vec<Vec<&'static str>> {
    let rows = README.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix('|'));
    rows.map(|row| row.split('|').map(str::trim).collect()).collect()
}

fn row(name: &str) -> Vec<&'static str> {
    let quoted = format!("`{name}`");
    let found = rows().into_iter().find(|row| row[0].split(", ").any(|cell| cell == quoted));
    found.unwrap_or_else(|| panic!("no row for {quoted}"))
}

#[test]
fn the_readme_lists_every_setting_with_its_default() {
    let Value::Object(settings) = serde_json::to_value(Settings::default()).unwrap() else { panic!() };
    for (name, default) in &settings {
        if name != "errors" {
            assert_eq!(row(name)[1], format!("`{default}`"), "{name}");
        }
    }
    let refusals = settings["errors"].as_object().unwrap();
    for (name, refusal) in refusals {
        let default = format!("`{} {}`", refusal["status"], refusal["errorCode"].as_str().unwrap());
        assert_eq!(row(name)[1], default, "{name}");
    }
}

#[test]
fn the_readme_lists_every_fault_and_token_field() {
    let fault = json!({"kind": "x"});
    let error = serde_json::from_value::<FaultKind>(fault["kind"].clone()).unwrap_err().to_string();
    let kinds: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
    assert!(kinds.len() > 10, "{error}");
    for kind in kinds {
        row(kind);
    }
    let members: Map<String, Value> =
        serde_json::from_value(serde_json::to_value(Fault::new("/", FaultKind::Close)).unwrap()).unwrap();
    for member in members.keys() {
        assert!(README.contains(&format!("`{member}`")) || README.contains(&format!("\"{member}\"")), "{member}");
    }
    for field in names("fields", json!({"x": 1})) {
        row(&field);
    }
    for name in [names("Sign", json!({"sign": "x"})), names("Mutation", json!({"mutate": "x"}))].concat() {
        row(&name);
    }
    let profiles = row("profile")[2];
    for profile in names("TokenProfile", json!({"profile": "x"})) {
        assert!(profiles.contains(&format!("`{profile}`")), "{profile}");
    }
    assert!(serde_json::from_value::<TokenSpec>(json!({})).is_ok());
}

#[tokio::test]
async fn the_readme_lists_every_control_call() {
    let (emulator, directory) = emulator("calls").await;
    let client = Client::new(&emulator);
    let calls: Vec<(&str, &str)> = rows()
        .into_iter()
        .filter_map(|row| row[0].strip_prefix('`')?.strip_suffix('`')?.split_once(' '))
        .filter(|(_, path)| path.starts_with("/emulator"))
        .collect();
    let source = include_str!("../../src/control/mod.rs");
    let routes = ["GET", "POST", "PATCH", "DELETE"].map(|method| source.matches(&format!("(\"{method}\", [")).count());
    assert_eq!(calls.len(), routes.into_iter().sum::<usize>(), "{calls:?}");
    for (method, path) in calls {
        let reply = client.control(method, path.trim_start_matches("/emulator"), Value::Null).await;
        assert!(!reply.text.contains("there is no control call"), "{method} {path}");
    }
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn the_readme_lists_every_option_of_the_command() {
    let output =
        std::process::Command::new(env!("CARGO_BIN_EXE_tenant-select-emulator")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let options =
        help.split(|letter: char| letter.is_whitespace() || letter == ',').filter(|word| word.starts_with("--"));
    for option in options {
        assert!(README.contains(&format!("`{option}")), "{option}");
    }
}
