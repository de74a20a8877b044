//! Through which proxy requests are sent.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use tenant_select::{Client, ErrorKind};
use tenant_select_tests::fixture::Fixture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A proxy that responds to the first request itself and gives its first line.
async fn proxy() -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        respond(&mut stream).await
    });
    (url, served)
}

/// Responds to one request and gives its first line.
async fn respond(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut buffer = [0; 1024];
        let read = stream.read(&mut buffer).await.unwrap();
        assert_ne!(read, 0, "the connection ended");
        request.extend_from_slice(&buffer[..read]);
    }
    let response =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{\"name\": \"Ada\"}";
    stream.write_all(response).await.unwrap();
    String::from_utf8(request).unwrap().lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn the_option_applies_to_loopback_too() {
    let fixture = Fixture::start().await.unwrap();
    let (url, served) = proxy().await;
    let client = fixture.builder().proxy(url).build().unwrap();
    assert_eq!(client.me(&fixture.refresh_jwt).await.unwrap().name.as_deref(), Some("Ada"));
    assert_eq!(served.await.unwrap(), format!("GET {}/v1/auth/me HTTP/1.1", fixture.emulator.url()));
    assert!(fixture.emulator.requests().is_empty());
}

#[tokio::test]
async fn the_usual_variables_apply_to_other_hosts_alone() {
    let fixture = Fixture::start().await.unwrap();
    let (url, served) = proxy().await;
    let environment = [("HTTP_PROXY", url.as_str()), ("NO_PROXY", "exempt.test")];
    fixture.builder().environment(environment).build().unwrap().me(&fixture.refresh_jwt).await.unwrap();
    assert_eq!(fixture.emulator.requests().len(), 1, "loopback goes straight");

    let remote = |host: &str| {
        fixture.builder().base_url(host).allow_http(true).retries(0).environment(environment).build().unwrap()
    };
    let error = remote("http://exempt.test").me(&fixture.refresh_jwt).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    remote("http://service.test").me(&fixture.refresh_jwt).await.unwrap();
    assert_eq!(served.await.unwrap(), "GET http://service.test/v1/auth/me HTTP/1.1");
}

#[test]
fn a_cgi_request_cannot_choose_the_proxy() {
    let builder = |vars: &[(&str, &str)]| {
        let builder = Client::builder().project_id("P1").base_url("http://service.test").allow_http(true);
        builder.environment(vars.iter().copied()).build().map(drop)
    };
    assert!(builder(&[("HTTP_PROXY", "not a proxy:x")]).is_err());
    assert!(builder(&[("HTTP_PROXY", "not a proxy:x"), ("REQUEST_METHOD", "GET")]).is_ok());
}

/// A SOCKS proxy of version 4 or 5 that serves its one tunnel itself; returns the version and where the tunnel was to lead.
async fn socks() -> (u16, JoinHandle<(u8, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let version = stream.read_u8().await.unwrap();
        let target = if version == 5 { version_5(&mut stream).await } else { version_4(&mut stream).await };
        respond(&mut stream).await;
        (version, target)
    });
    (port, served)
}

/// RFC 1928: methods, then the request with its kind of address.
async fn version_5(stream: &mut TcpStream) -> String {
    let mut methods = vec![0; usize::from(stream.read_u8().await.unwrap())];
    stream.read_exact(&mut methods).await.unwrap();
    stream.write_all(&[5, 0]).await.unwrap();
    let mut head = [0; 4];
    stream.read_exact(&mut head).await.unwrap();
    let length = if head[3] == 3 { stream.read_u8().await.unwrap() } else { 4 };
    let mut address = vec![0; usize::from(length)];
    stream.read_exact(&mut address).await.unwrap();
    let port = stream.read_u16().await.unwrap();
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
    if head[3] == 3 { format!("{}:{port}", String::from_utf8(address).unwrap()) } else { format!("{address:?}:{port}") }
}

/// The request of SOCKS 4, and the name behind it that 4a has when the address is 0.0.0.x.
async fn version_4(stream: &mut TcpStream) -> String {
    assert_eq!(stream.read_u8().await.unwrap(), 1);
    let port = stream.read_u16().await.unwrap();
    let mut address = [0; 4];
    stream.read_exact(&mut address).await.unwrap();
    let _user = until_zero(stream).await;
    let target = if address[..3] == [0; 3] { until_zero(stream).await } else { format!("{address:?}") };
    stream.write_all(&[0, 0x5a, 0, 0, 0, 0, 0, 0]).await.unwrap();
    format!("{target}:{port}")
}

async fn until_zero(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        match stream.read_u8().await.unwrap() {
            0 => return String::from_utf8(text).unwrap(),
            byte => text.push(byte),
        }
    }
}

#[tokio::test]
async fn socks_proxies_of_every_version_are_used() {
    let fixture = Fixture::start().await.unwrap();
    for (scheme, version, host, target) in [
        ("socks5h", 5, "service.test", "service.test:80"),
        ("socks5", 5, "192.0.2.1", "[192, 0, 2, 1]:80"),
        ("socks4a", 4, "service.test", "service.test:80"),
        ("socks4", 4, "192.0.2.1", "[192, 0, 2, 1]:80"),
    ] {
        let (port, served) = socks().await;
        let url = format!("{scheme}://127.0.0.1:{port}");
        let builder = fixture.builder().base_url(format!("http://{host}")).allow_http(true).retries(0);
        let client = builder.environment([("ALL_PROXY", url.as_str())]).build().unwrap();
        assert_eq!(client.me(&fixture.refresh_jwt).await.unwrap().name.as_deref(), Some("Ada"), "{scheme}");
        assert_eq!(served.await.unwrap(), (version, target.to_owned()), "{scheme}");
    }
}
