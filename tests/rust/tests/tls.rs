//! Over TLS: which certificates the client accepts, and what the refusals of HTTP/2 mean.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

use tenant_select::{Client, ClientBuilder, ErrorKind, Outcome, RefreshJwt};
use tenant_select_emulator::{Fault, FaultKind, Options};
use tenant_select_tests::fixture::{Fixture, SELECT};

struct Trusted {
    fixture: Fixture,
    ca_file: PathBuf,
}

impl Trusted {
    async fn start(name: &str) -> Self {
        let fixture = Fixture::with(Options::default().tls()).await.unwrap();
        let ca_file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pem"));
        std::fs::write(&ca_file, fixture.emulator.ca_pem().unwrap()).unwrap();
        Self { fixture, ca_file }
    }

    fn client(&self) -> Client {
        self.fixture.builder().ca_file(&self.ca_file).build().unwrap()
    }
}

#[tokio::test]
async fn a_private_ca_is_trusted_when_it_is_named() {
    let trusted = Trusted::start("named").await;
    let Trusted { fixture, ca_file } = &trusted;
    trusted.client().select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    assert!(fixture.arrived(SELECT)[0].protocol.starts_with("HTTP/2"));
    let folder = ca_file.with_extension("d");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(ca_file, folder.join("0123abcd.0")).unwrap();
    for (variable, path) in [
        ("SSL_CERT_FILE", ca_file),
        ("SSL_CERT_DIR", &folder),
        ("REQUESTS_CA_BUNDLE", ca_file),
        ("REQUESTS_CA_BUNDLE", &folder),
        ("NODE_EXTRA_CA_CERTS", ca_file),
        ("TENANT_SELECT_CA_FILE", ca_file),
    ] {
        let client = fixture.builder().environment([(variable, path.to_str().unwrap())]).build().unwrap();
        client.me(&fixture.refresh_jwt).await.unwrap();
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_not_retried() {
    let Trusted { fixture, .. } = Trusted::start("unnamed").await;
    let error = fixture.client().unwrap().select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotSent));
    assert_eq!((error.attempts(), error.is_retryable()), (1, false));
    assert!(error.to_string().contains("ca_file"), "{error}");
}

#[test]
fn a_ca_file_that_cannot_be_used_is_refused_when_the_client_is_made() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    std::fs::write(folder.join("ca-empty.pem"), "").unwrap();
    std::fs::write(folder.join("ca-text.pem"), "not PEM").unwrap();
    std::fs::write(folder.join("ca-broken.pem"), broken).unwrap();
    for name in ["ca-missing.pem", ".", "ca-empty.pem", "ca-text.pem", "ca-broken.pem"] {
        // For plain http too: the same options must not begin to fail when the address changes.
        for base_url in ["https://service.test", "http://127.0.0.1:1"] {
            let builder = Client::builder().project_id("P1").base_url(base_url).ca_file(folder.join(name));
            let error = builder.build().unwrap_err();
            assert_eq!((error.kind(), error.argument()), (ErrorKind::InvalidInput, Some("ca_file")), "{name}");
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}

/// What a client does whose process has a variable of its own: a process of its own, this test again.
fn in_a_process_with(variable: (&str, &Path), trusted: &Trusted, test: &str) {
    let Fixture { emulator, refresh_jwt, .. } = &trusted.fixture;
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env_remove("SSL_CERT_FILE")
        .env_remove("SSL_CERT_DIR")
        .env(variable.0, variable.1)
        .env("CHILD_CA_FILE", &trusted.ca_file)
        .env("CHILD_URL", emulator.url())
        .env("CHILD_PROJECT", emulator.project_id())
        .env("CHILD_TOKEN", refresh_jwt.expose())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}

/// Of such a process, the options of a client and a token.
fn of_the_parent() -> Option<(ClientBuilder, RefreshJwt)> {
    let variable = |name| std::env::var(name).ok();
    let (url, token) = (variable("CHILD_URL")?, variable("CHILD_TOKEN")?);
    Some((Client::builder().project_id(variable("CHILD_PROJECT")?).base_url(url).retries(0), token.into()))
}

#[tokio::test(flavor = "multi_thread")]
async fn trust_depends_on_the_environment_that_a_client_is_given_alone() {
    const TEST: &str = "trust_depends_on_the_environment_that_a_client_is_given_alone";
    if let Some((builder, token)) = of_the_parent() {
        let error = builder.build().unwrap().me(&token).await.unwrap_err();
        assert!(error.to_string().contains("certificate was not accepted"), "without: {error}");
        let error = builder.clone().environment([("A", "b")]).build().unwrap().me(&token).await.unwrap_err();
        assert!(error.to_string().contains("certificate was not accepted"), "with another: {error}");
        builder.environment(std::env::vars()).build().unwrap().me(&token).await.unwrap();
        return;
    }
    let trusted = Trusted::start("of-the-process").await;
    let folder = trusted.ca_file.with_extension("d");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(&trusted.ca_file, folder.join("0123abcd.0")).unwrap();
    tokio::task::block_in_place(|| {
        in_a_process_with(("SSL_CERT_FILE", &trusted.ca_file), &trusted, TEST);
        in_a_process_with(("SSL_CERT_DIR", &folder), &trusted, TEST);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_the_process_that_is_missing_changes_nothing_for_a_client_without_environment() {
    const TEST: &str = "a_store_of_the_process_that_is_missing_changes_nothing_for_a_client_without_environment";
    if let Some((builder, token)) = of_the_parent() {
        let ca_file = std::env::var("CHILD_CA_FILE").unwrap();
        builder.clone().ca_file(ca_file).build().unwrap().me(&token).await.unwrap();
        assert_eq!(builder.environment(std::env::vars()).build().unwrap_err().argument(), Some("ca_file"));
        return;
    }
    let trusted = Trusted::start("missing-store").await;
    tokio::task::block_in_place(|| {
        in_a_process_with(("SSL_CERT_FILE", Path::new("/nonexistent/store.pem")), &trusted, TEST);
    });
}

#[tokio::test]
async fn streams_that_http2_refuses_are_sent_again() {
    let trusted = Trusted::start("http2").await;
    let fixture = &trusted.fixture;
    let client = trusted.client();
    for (kind, tenant) in [(FaultKind::RefusedStream, "globex"), (FaultKind::Goaway, "acme")] {
        fixture.emulator.clear_requests();
        fixture.fault(Fault::new(SELECT, kind)).unwrap();
        let response = client.select_tenant(tenant, &fixture.refresh_jwt).await.unwrap();
        assert_eq!((response.http().attempts, fixture.arrived(SELECT).len()), (2, 2), "{kind:?}");
    }
    fixture.emulator.clear_requests();
    fixture.fault(Fault::new(SELECT, FaultKind::GoawayGraceful)).unwrap();
    for _ in 0..2 {
        let response = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
        assert_eq!(response.http().attempts, 1);
    }
}

#[tokio::test]
async fn a_stream_that_breaks_after_http2_accepted_it_is_not_sent_again() {
    let trusted = Trusted::start("http2-broken").await;
    let fixture = &trusted.fixture;
    for kind in [FaultKind::Reset, FaultKind::Close] {
        fixture.emulator.clear_requests();
        fixture.fault(Fault::new(SELECT, kind)).unwrap();
        let error = trusted.client().select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown), "{kind:?}");
        assert_eq!(fixture.arrived(SELECT).len(), 1, "{kind:?}");
    }
}
