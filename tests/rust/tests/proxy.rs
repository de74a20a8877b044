//! Which way requests go out, and what a machine without a certificate store means.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::process::Command;

use tenant_select::{Client, ErrorKind};
use tenant_select_emulator::Options;
use tenant_select_tests::scene::Scene;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A proxy that answers the first request itself and gives its first line.
async fn proxy() -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.windows(4).any(|end| end == b"\r\n\r\n") {
            let mut buffer = [0; 1024];
            let read = stream.read(&mut buffer).await.unwrap();
            request.extend_from_slice(&buffer[..read]);
        }
        let answer =
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{\"name\": \"Ada\"}";
        stream.write_all(answer).await.unwrap();
        String::from_utf8(request).unwrap().lines().next().unwrap().to_owned()
    });
    (url, served)
}

#[tokio::test]
async fn the_option_applies_to_loopback_too() {
    let scene = Scene::start().await.unwrap();
    let (url, served) = proxy().await;
    let client = scene.builder().proxy(url).build().unwrap();
    assert_eq!(client.me(&scene.refresh_jwt).await.unwrap().name.as_deref(), Some("Ada"));
    assert_eq!(served.await.unwrap(), format!("GET {}/v1/auth/me HTTP/1.1", scene.emulator.url()));
    assert!(scene.emulator.requests().is_empty());
}

#[tokio::test]
async fn the_usual_variables_apply_to_other_hosts_alone() {
    let scene = Scene::start().await.unwrap();
    let (url, served) = proxy().await;
    let environment = [("HTTP_PROXY", url.as_str()), ("NO_PROXY", "exempt.test")];
    scene.builder().environment(environment).build().unwrap().me(&scene.refresh_jwt).await.unwrap();
    assert_eq!(scene.emulator.requests().len(), 1, "loopback goes straight");

    let remote = |host: &str| {
        scene.builder().base_url(host).allow_http(true).retries(0).environment(environment).build().unwrap()
    };
    let error = remote("http://exempt.test").me(&scene.refresh_jwt).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    remote("http://service.test").me(&scene.refresh_jwt).await.unwrap();
    assert_eq!(served.await.unwrap(), "GET http://service.test/v1/auth/me HTTP/1.1");
}

#[test]
fn a_cgi_request_cannot_choose_the_proxy() {
    let builder =
        |vars: &[(&str, &str)]| Client::builder().project_id("P1").environment(vars.iter().copied()).build().map(drop);
    assert!(builder(&[("HTTP_PROXY", "not a proxy:x")]).is_err());
    assert!(builder(&[("HTTP_PROXY", "not a proxy:x"), ("REQUEST_METHOD", "GET")]).is_ok());
}

/// The store is found through variables of the process, so the client without one is a process of its own: this test again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_without_a_certificate_store_falls_back_to_bundled_roots() {
    if let (Ok(url), Ok(token)) = (std::env::var("NO_STORE_URL"), std::env::var("NO_STORE_TOKEN")) {
        let client = Client::builder().project_id("P1").base_url(url).retries(0).build().unwrap();
        let error = client.me(&token.into()).await.unwrap_err();
        // A client was made and shook hands; that the emulator's own CA is not among the bundled roots is the right answer.
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert!(error.to_string().contains("certificate was not accepted"), "{error:?}");
        return;
    }
    let scene = Scene::with(Options::default().tls()).await.unwrap();
    let (url, token) = (scene.emulator.url().to_owned(), scene.refresh_jwt.expose().to_owned());
    let child = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_machine_without_a_certificate_store_falls_back_to_bundled_roots"])
            .env("NO_STORE_URL", url)
            .env("NO_STORE_TOKEN", token)
            .env("SSL_CERT_FILE", "/nonexistent/store.pem")
            .env("SSL_CERT_DIR", "/nonexistent")
            .output()
    });
    let output = child.await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}
