//! Errors of the network name the server, its port, and the proxy in between.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::time::Duration;

use tenant_select::{Client, ClientBuilder, Error, ErrorKind};
use tenant_select_emulator::{Fault, FaultKind, Options};
use tenant_select_tests::fixture::{Fixture, SELECT};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJVMSJ9.c2lnbmF0dXJl";

async fn failure(builder: ClientBuilder) -> Error {
    builder.retries(0).build().unwrap().me(&TOKEN.into()).await.unwrap_err()
}

fn builder() -> ClientBuilder {
    Client::builder().project_id("P1")
}

/// A port on which nothing listens.
async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn the_error_says_that_the_connection_was_refused() {
    let port = free_port().await;
    let error = failure(builder().base_url(format!("http://127.0.0.1:{port}"))).await;
    let text = error.to_string();
    assert!(text.starts_with(&format!("me: no connection to the server 127.0.0.1:{port}: ")), "{text}");
    assert!(text.contains("refused"), "{text}");
}

#[tokio::test]
async fn the_error_says_that_the_name_was_not_resolved() {
    let error = failure(builder().base_url("https://nothing.invalid")).await;
    let text = error.to_string();
    assert!(
        text.starts_with("me: no connection to the server nothing.invalid:443: the host name was not resolved: "),
        "{text}"
    );
}

#[tokio::test]
async fn the_error_says_that_the_certificate_was_not_accepted() {
    let fixture = Fixture::with(Options::default().tls()).await.unwrap();
    let error = failure(fixture.builder()).await;
    let server = fixture.emulator.url().strip_prefix("https://").unwrap();
    let expected = format!("me: no connection to the server {server}: the server's certificate was not accepted");
    assert!(error.to_string().starts_with(&expected), "{error}");
}

#[tokio::test]
async fn the_error_says_that_the_handshake_failed() {
    let fixture = Fixture::start().await.unwrap();
    let server = fixture.emulator.url().strip_prefix("http://").unwrap();
    let error = failure(builder().base_url(format!("https://{server}"))).await;
    assert!(error.to_string().starts_with(&format!("me: no connection to the server {server}: ")), "{error}");
}

#[tokio::test]
async fn the_error_tells_a_broken_connection_from_a_deadline() {
    let fixture = Fixture::start().await.unwrap();
    let server = fixture.emulator.url().strip_prefix("http://").unwrap().to_owned();
    let client = fixture.builder().retries(0).build().unwrap();
    fixture.fault(Fault::new(SELECT, FaultKind::Reset)).unwrap();
    let error = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
    let expected = format!("select_tenant: the connection to the server {server} broke before");
    assert!(error.to_string().starts_with(&expected), "{error}");
    fixture.fault(Fault::new(SELECT, FaultKind::Stall)).unwrap();
    let client = fixture.builder().timeout(Duration::from_millis(500)).build().unwrap();
    let error = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains(&format!("before the server {server} responded")), "{error}");
}

#[tokio::test]
async fn the_proxy_is_named_without_its_credentials() {
    let port = free_port().await;
    let through = format!("the server service.test:443 (through the proxy 127.0.0.1:{port})");
    let proxy = format!("http://corp:a-proxy-password@127.0.0.1:{port}");
    let by_option = builder().base_url("https://service.test").proxy(&proxy);
    let by_variable = builder().base_url("https://service.test").environment([("HTTPS_PROXY", &proxy)]);
    for builder in [by_option, by_variable] {
        let error = failure(builder).await;
        assert!(error.to_string().starts_with(&format!("me: no connection to {through}: ")), "{error}");
        let printed = format!("{error} {error:?}");
        assert!(!printed.contains("a-proxy-password") && !printed.contains("corp"), "{printed}");
    }
    let exempt = [("HTTPS_PROXY", proxy.as_str()), ("NO_PROXY", "invalid")];
    let error = failure(builder().base_url("https://nothing.invalid").environment(exempt)).await;
    assert!(!error.to_string().contains("proxy"), "{error}");
}

#[tokio::test]
async fn credentials_are_redacted_when_the_proxy_repeats_them() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let read = stream.read(&mut request).await.unwrap();
        let response = [b"HTTP/1.1 407 ".as_slice(), &request[..read]].concat();
        stream.write_all(&response).await.unwrap();
    });
    let error = failure(
        builder().base_url("https://service.test").proxy(format!("http://corp:a-proxy-password@127.0.0.1:{port}")),
    )
    .await;
    assert_eq!(error.kind(), ErrorKind::Connection);
    let mut printed = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(&error);
    while let Some(below) = cause {
        printed += &format!(" {below} {below:?}");
        cause = below.source();
    }
    for secret in ["a-proxy-password", "Y29ycDphLXByb3h5LXBhc3N3b3Jk"] {
        assert!(!printed.contains(secret), "{printed}");
    }
    assert!(printed.contains(&format!("service.test:443 (through the proxy 127.0.0.1:{port})")), "{printed}");
}
