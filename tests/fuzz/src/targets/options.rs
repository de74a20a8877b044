//! The options of a client, one a line: `name=JSON` for an option that is given, `VARIABLE=text` for one of the environment.

use tenant_select::{Client, ClientBuilder, ErrorKind, Outcome, Value};

use crate::{secrecy, signer};

pub(super) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut builder = Client::builder();
    let mut environment = vec![("DESCOPE_PROJECT_ID", signer::PROJECT)];
    for (name, value) in text.lines().filter_map(|line| line.split_once('=')) {
        if name.starts_with(|first: char| first.is_ascii_uppercase()) || name.ends_with("proxy") {
            // Files are not the topic here.
            if !name.contains("CERT") && !name.contains("CA_FILE") {
                environment.push((name, value));
            }
            continue;
        }
        let Ok(value) = serde_json::from_str::<Value>(value) else { continue };
        if name == "ca_file" {
            continue;
        }
        let known = ClientBuilder::options().any(|option| option.name() == name);
        builder = match builder.clone().set(name, value) {
            Ok(builder) => builder,
            Err(error) => {
                assert!(!known, "an option that exists was refused by its name: {error}");
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
                builder
            }
        };
    }
    match builder.environment(environment).build() {
        Ok(client) => {
            assert!(!client.project_id().is_empty());
            assert!(client.base_url().starts_with("http"), "{}", client.base_url());
            secrecy::check(&client, &[]);
        }
        Err(error) => {
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidInput, Outcome::NotSent), "{error}");
            assert!(!error.is_retryable() && error.attempts() == 0, "{error}");
            assert!(error.argument().is_some(), "the error names no option: {error}");
            secrecy::check_error(&error, &[]);
        }
    }
}
