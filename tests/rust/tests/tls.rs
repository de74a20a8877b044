//! Over TLS: whom the client trusts, and what HTTP/2's own ways to refuse mean.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use tenant_select::{Client, ErrorKind, Outcome};
use tenant_select_emulator::{Fault, FaultKind, Options};
use tenant_select_tests::scene::{SELECT, Scene};

struct Trusted {
    scene: Scene,
    ca_file: PathBuf,
}

impl Trusted {
    async fn start(name: &str) -> Self {
        let scene = Scene::with(Options::default().tls()).await.unwrap();
        let ca_file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pem"));
        std::fs::write(&ca_file, scene.emulator.ca_pem().unwrap()).unwrap();
        Self { scene, ca_file }
    }

    fn client(&self) -> Client {
        self.scene.builder().ca_file(&self.ca_file).build().unwrap()
    }
}

#[tokio::test]
async fn a_private_ca_is_trusted_when_it_is_named() {
    let trusted = Trusted::start("named").await;
    let Trusted { scene, ca_file } = &trusted;
    trusted.client().select_tenant("globex", &scene.refresh_jwt).await.unwrap();
    assert!(scene.arrived(SELECT)[0].protocol.starts_with("HTTP/2"));
    for variable in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "TENANT_SELECT_CA_FILE"] {
        let client = scene.builder().environment([(variable, ca_file.to_str().unwrap())]).build().unwrap();
        client.me(&scene.refresh_jwt).await.unwrap();
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_not_worth_a_retry() {
    let Trusted { scene, .. } = Trusted::start("unnamed").await;
    let error = scene.client().unwrap().select_tenant("globex", &scene.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotSent));
    assert_eq!((error.attempts(), error.is_retryable()), (1, false));
    assert!(error.to_string().contains("ca_file"), "{error}");
}

#[tokio::test]
async fn a_ca_file_that_cannot_be_used_is_named() {
    let Trusted { scene, .. } = Trusted::start("broken").await;
    for (name, text) in [("missing", None), ("empty", Some("")), ("text", Some("not PEM"))] {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("ca-{name}.pem"));
        let _ = std::fs::remove_file(&path);
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        let client = scene.builder().ca_file(path).build().unwrap();
        let error = client.me(&scene.refresh_jwt).await.unwrap_err();
        assert_eq!((error.kind(), error.argument()), (ErrorKind::InvalidInput, Some("ca_file")), "{name}");
    }
}

#[tokio::test]
async fn streams_that_http2_refuses_are_replayed() {
    let trusted = Trusted::start("http2").await;
    let scene = &trusted.scene;
    let client = trusted.client();
    for kind in [FaultKind::RefusedStream, FaultKind::Goaway] {
        scene.emulator.clear_requests();
        scene.fault(Fault::new(SELECT, kind)).unwrap();
        let response = client.select_tenant("globex", &scene.refresh_jwt).await.unwrap();
        assert_eq!((response.http().attempts, scene.arrived(SELECT).len()), (2, 2), "{kind:?}");
    }
    scene.emulator.clear_requests();
    scene.fault(Fault::new(SELECT, FaultKind::GoawayGraceful)).unwrap();
    for _ in 0..2 {
        let response = client.select_tenant("globex", &scene.refresh_jwt).await.unwrap();
        assert_eq!(response.http().attempts, 1);
    }
}

#[tokio::test]
async fn a_stream_that_breaks_after_it_was_taken_is_not() {
    let trusted = Trusted::start("http2-broken").await;
    let scene = &trusted.scene;
    for kind in [FaultKind::Reset, FaultKind::Close] {
        scene.emulator.clear_requests();
        scene.fault(Fault::new(SELECT, kind)).unwrap();
        let error = trusted.client().select_tenant("globex", &scene.refresh_jwt).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown), "{kind:?}");
        assert_eq!(scene.arrived(SELECT).len(), 1, "{kind:?}");
    }
}
