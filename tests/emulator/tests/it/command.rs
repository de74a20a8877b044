//! The binary.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tenant_select_emulator::DEFAULT_PROJECT_ID;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenant-select-emulator"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn output(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// A started emulator that ends with its standard input.
struct Started {
    child: Child,
    ready: Value,
}

impl Started {
    fn new(arguments: &[&str]) -> Self {
        let mut child = command(&[&["--watch-stdin"], arguments].concat()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Self { child, ready }
    }

    /// Closes standard input; returns the rest of standard output.
    fn end(mut self) -> String {
        drop(self.child.stdin.take());
        let mut rest = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success());
        rest
    }
}

fn temporary(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("tenant-select-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

async fn get(started: &Started, path: &str) -> reqwest::Result<String> {
    let client = crate::support::http_client(started.ready["ca"].as_str());
    let url = started.ready["url"].as_str().unwrap();
    client.get(format!("{url}{path}")).send().await?.text().await
}

/// The same with a `Host` header of its own.
async fn get_for(started: &Started, host: &str, path: &str) -> reqwest::Result<String> {
    let client = crate::support::http_client_for(started.ready["ca"].as_str(), &["http/1.1"]);
    let url = started.ready["url"].as_str().unwrap();
    client.get(format!("{url}{path}")).header("host", host).send().await?.text().await
}

#[tokio::test]
async fn it_prints_one_line_serves_and_ends_with_its_standard_input() {
    let started = Started::new(&[]);
    assert_eq!(started.ready["projectId"], DEFAULT_PROJECT_ID);
    assert_eq!(DEFAULT_PROJECT_ID.len(), 28);
    assert_eq!(started.ready.as_object().unwrap().len(), 2);
    let about = get(&started, "/emulator").await.unwrap();
    assert!(about.contains("\"name\":\"tenant-select-emulator\""), "{about}");
    assert_eq!(started.end(), "");
}

#[tokio::test]
async fn options_are_applied() {
    let seed = r#"{"users": [{"loginId": "ada", "tenants": {"acme": {}}}], "settings": {"refreshRotation": true}}"#;
    let seed = temporary("seed.json", seed);
    let started = Started::new(&[
        "--tls",
        "--generate-keys",
        "--project-id=Pmine",
        "--allow-host=emulator.internal",
        "--allow-host",
        "10.1.2.3",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--seed",
        seed.to_str().unwrap(),
    ]);
    assert_eq!(started.ready["projectId"], "Pmine");
    assert!(started.ready["url"].as_str().unwrap().starts_with("https://"));
    assert!(get(&started, "/emulator/users").await.unwrap().contains("\"ada\""));
    assert!(get(&started, "/emulator/settings").await.unwrap().contains("\"refreshRotation\":true"));
    for host in ["emulator.internal:1", "10.1.2.3"] {
        let users = get_for(&started, host, "/emulator/users").await.unwrap();
        assert!(users.contains("\"ada\""), "{host}: {users}");
    }
    let refused = get_for(&started, "emulator.example", "/emulator/users").await.unwrap();
    assert!(refused.contains("--allow-host emulator.example"), "{refused}");
    let keys = get(&started, "/v2/keys/Pmine").await.unwrap();
    assert!(keys.contains("\"kid\":\"test-rs256\""), "{keys}");
    started.end();
    std::fs::remove_file(seed).unwrap();
}

#[test]
fn help_and_version_go_to_standard_output() {
    let help = output(&["--help"]);
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(help.status.success());
    for option in
        "--host --port --allow-host --project-id --seed --cases --tls --generate-keys --watch-stdin --help --version"
            .split(' ')
    {
        assert!(text.contains(option), "{option}");
    }
    let version = String::from_utf8(output(&["-V"]).stdout).unwrap();
    assert_eq!(version, format!("tenant-select-emulator {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn invalid_options_exit_with_status_2_and_a_message() {
    let seed = temporary("broken.json", r#"{"users": [{"loginId": "ada", "tenant": {}}]}"#);
    let empty = temporary("empty.json", r#"{"users": [{"loginId": " "}]}"#);
    let settings = temporary("settings.json", r#"{"settings": {"refreshRotation": "yes"}}"#);
    for (arguments, complaint) in [
        (&["--prot", "1"][..], "--prot"),
        (&["--port", "x"], "\"x\""),
        (&["--port"], "--port"),
        (&["--project-id", "a b"], "project id"),
        (&["--allow-host", "emulator:8080"], "--allow-host \"emulator:8080\": a host is"),
        (&["--seed", "/nowhere/seed.json"], "/nowhere/seed.json"),
        (&["--seed", seed.to_str().unwrap()], "users[0].tenant: unknown field"),
        (&["--seed", empty.to_str().unwrap()], "empty \"loginId\""),
        (&["--seed", settings.to_str().unwrap()], "refreshRotation"),
        (&["--cases", "/nowhere"], "/nowhere"),
        (&["--host", "192.0.2.1"], "192.0.2.1"),
    ] {
        let output = output(arguments);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.starts_with("tenant-select-emulator: ") && text.contains(complaint), "{arguments:?}: {text}");
        assert!(output.stdout.is_empty());
    }
    for path in [seed, empty, settings] {
        std::fs::remove_file(path).unwrap();
    }
}
