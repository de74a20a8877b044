//! Which requests may make control calls: programs may, web pages may not, whatever host name they gave themselves.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use serde_json::Value;
use tenant_select_emulator::{Emulator, Options};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Client, ada, with_ada};

const JSON: &str = "Content-Type: application/json\r\n";

/// Sends a request as it is, with `Connection: close`; returns the status and the head and body of the response.
async fn raw(address: SocketAddr, target: &str, headers: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let text = format!("{target} HTTP/1.1\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    let status = response.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("{response}")), response)
}

/// The `error` of a refused call.
fn error(response: &str) -> String {
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-type: application/json"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    body["error"].as_str().unwrap().to_owned()
}

/// What a page tries: to read what was said, and to change something.
const CALLS: [(&str, &str); 6] = [
    ("GET /emulator/requests", ""),
    ("GET /emulator/users", ""),
    ("POST /emulator/users", r#"{"loginId": "mallory"}"#),
    ("POST /emulator/sign-in", r#"{"loginId": "ada@example.com"}"#),
    ("POST /emulator/faults", r#"{"path": "*", "kind": "close", "times": null}"#),
    ("DELETE /emulator/users/ada@example.com", ""),
];

/// Ada is still the only user, and nothing was broken.
async fn unchanged(emulator: &Emulator) {
    let client = Client::new(emulator);
    let users = client.done("GET", "/users", Value::Null).await.json();
    assert_eq!(users.as_array().map(Vec::len), Some(1), "{users}");
    assert_eq!(users[0]["loginIds"][0], "ada@example.com");
    assert_eq!(client.done("GET", "/faults", Value::Null).await.json(), Value::Array(Vec::new()));
}

#[tokio::test]
async fn calls_from_web_pages_are_refused_and_change_nothing() {
    let (emulator, _, _) = with_ada().await;
    let own = emulator.url();
    let host = format!("Host: {}\r\n", emulator.address());
    for page in [
        "Origin: https://evil.example\r\n".to_owned(),
        "Origin: null\r\n".to_owned(),
        "Origin: http://127.0.0.1\r\n".to_owned(),
        "Origin: http://localhost:3000\r\n".to_owned(),
        format!("Origin: {}\r\n", own.replace("http:", "https:")),
        format!("Origin: {own}.evil.example\r\n"),
        format!("Origin: {own}/\r\n"),
        format!("Origin: {own}\r\nOrigin: https://evil.example\r\n"),
        "Sec-Fetch-Site: cross-site\r\n".to_owned(),
        "Sec-Fetch-Site: same-site\r\n".to_owned(),
        "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n".to_owned(),
        format!("Origin: {own}\r\nSec-Fetch-Site: cross-site\r\n"),
    ] {
        for (call, body) in CALLS {
            let (status, response) = raw(emulator.address(), call, &format!("{host}{page}{JSON}"), body).await;
            assert_eq!(status, 403, "{page}{call}: {response}");
            assert!(error(&response).contains("make them from the test program"), "{response}");
            assert!(!response.contains("ey"), "no token: {response}");
        }
    }
    unchanged(&emulator).await;
}

#[tokio::test]
async fn a_preflight_is_not_allowed() {
    let (emulator, _, _) = with_ada().await;
    let request = format!(
        "Host: {}\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n\
         Access-Control-Request-Headers: content-type\r\n",
        emulator.address()
    );
    for path in ["/emulator/users", "/v1/auth/me"] {
        let (status, response) = raw(emulator.address(), &format!("OPTIONS {path}"), &request, "").await;
        assert!(matches!(status, 403 | 404), "{response}");
        assert!(!response.to_ascii_lowercase().contains("access-control"), "{response}");
    }
}

#[tokio::test]
async fn calls_that_change_something_need_json_with_or_without_a_body() {
    let (emulator, _, _) = with_ada().await;
    let host = format!("Host: {}\r\n", emulator.address());
    for kind in [
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: multipart/form-data; boundary=b\r\n",
        "Content-Type: text/plain; application/json\r\n",
        "Content-Type: application/json, text/plain\r\n",
        "Content-Type: application/jsonp\r\n",
        "Content-Type: application/json\r\nContent-Type: text/plain\r\n",
    ] {
        let others =
            [("POST /emulator/reset", ""), ("POST /emulator/keys/retire", ""), ("DELETE /emulator/requests", "")];
        for (call, body) in CALLS.into_iter().filter(|(call, _)| !call.starts_with("GET")).chain(others) {
            let (status, response) = raw(emulator.address(), call, &format!("{host}{kind}"), body).await;
            assert_eq!(status, 415, "{kind}{call}: {response}");
            assert!(error(&response).contains("\"Content-Type: application/json\""), "{response}");
        }
        assert_eq!(raw(emulator.address(), "GET /emulator/users", &format!("{host}{kind}"), "").await.0, 200);
    }
    unchanged(&emulator).await;
    for kind in ["application/json", "Application/JSON ; charset=utf-8"] {
        let headers = format!("{host}Content-Type: {kind}\r\n");
        assert_eq!(raw(emulator.address(), "POST /emulator/reset", &headers, "").await.0, 204, "{kind}");
    }
}

#[tokio::test]
async fn the_emulators_own_origin_is_accepted() {
    let (emulator, _, _) = with_ada().await;
    let port = emulator.address().port();
    for headers in [
        format!("Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nSec-Fetch-Site: same-origin\r\n"),
        format!("Host: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n"),
        // Behind a port mapping that is on port 80.
        "Host: localhost\r\nOrigin: http://localhost:80\r\n".to_owned(),
        // An address that a person typed.
        format!("Host: 127.0.0.1:{port}\r\nSec-Fetch-Site: none\r\n"),
    ] {
        let (status, response) = raw(emulator.address(), "GET /emulator/users", &headers, "").await;
        assert_eq!(status, 200, "{headers}{response}");
        let headers = format!("{headers}{JSON}");
        assert_eq!(raw(emulator.address(), "POST /emulator/keys/retire", &headers, "").await.0, 204, "{headers}");
    }
}

#[tokio::test]
async fn calls_for_a_host_that_was_not_allowed_are_refused() {
    let (emulator, _, _) = with_ada().await;
    let port = emulator.address().port();
    for host in
        ["rebound.example", "localhost.evil.example", "app.localhost", "127.0.0.1.nip.io", "10.1.2.3", "[fd00::1]"]
    {
        for (call, body) in CALLS {
            for headers in
                [format!("Host: {host}\r\n"), format!("Host: {host}:{port}\r\nOrigin: http://{host}:{port}\r\n")]
            {
                let (status, response) = raw(emulator.address(), call, &format!("{headers}{JSON}"), body).await;
                assert_eq!(status, 421, "{headers}{call}: {response}");
                let remedy = format!("--allow-host {}\"", host.trim_matches(['[', ']']));
                assert!(error(&response).contains(&remedy), "{response}");
            }
        }
    }
    unchanged(&emulator).await;
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1", "127.9.9.9:80", "[::1]", "[::1]:8080", "[::ffff:127.0.0.1]"] {
        let (status, response) = raw(emulator.address(), "GET /emulator/users", &format!("Host: {host}\r\n"), "").await;
        assert_eq!(status, 200, "{host}: {response}");
    }
}

#[tokio::test]
async fn a_request_names_exactly_one_host() {
    let (emulator, _, _) = with_ada().await;
    let own = emulator.address();
    for (target, headers) in [
        ("GET /emulator/users".to_owned(), String::new()),
        ("GET /emulator/users".to_owned(), "Host: \r\n".to_owned()),
        ("GET /emulator/users".to_owned(), "Host: evil.example@localhost\r\n".to_owned()),
        ("GET /emulator/users".to_owned(), "Host: localhost, evil.example\r\n".to_owned()),
        ("GET /emulator/users".to_owned(), "Host: localhost:port\r\n".to_owned()),
        ("GET /emulator/users".to_owned(), format!("Host: {own}\r\nHost: evil.example\r\n")),
        ("GET /emulator/users".to_owned(), format!("Host: {own}\r\nHost: {own}\r\n")),
        (format!("GET http://{own}/emulator/users"), "Host: evil.example\r\n".to_owned()),
        ("GET http://evil.example/emulator/users".to_owned(), format!("Host: {own}\r\n")),
    ] {
        let (status, response) = raw(own, &target, &headers, "").await;
        assert_eq!(status, 400, "{target} {headers}: {response}");
    }
    let evil = "Host: evil.example\r\n";
    assert_eq!(raw(own, "GET http://evil.example/emulator/users", evil, "").await.0, 421);
    let own_host = format!("Host: {own}\r\n");
    assert_eq!(raw(own, &format!("GET http://{own}/emulator/users"), &own_host, "").await.0, 200);
}

/// A control call on HTTP/2 with these pseudo-headers and headers.
async fn http2(emulator: &Emulator, uri: &str, headers: &[(&str, &str)]) -> u16 {
    let stream = TcpStream::connect(emulator.address()).await.unwrap();
    let (mut requests, connection) = h2::client::handshake(stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut request = http::Request::get(uri).version(http::Version::HTTP_2);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (response, _) = requests.send_request(request.body(()).unwrap(), true).unwrap();
    let mut body: Bytes = Bytes::new();
    let response = response.await.unwrap();
    let status = response.status().as_u16();
    if let Some(piece) = response.into_body().data().await {
        body = piece.unwrap();
    }
    assert_eq!(status < 300, !body.starts_with(b"{\"error\""), "{body:?}");
    connection.abort();
    status
}

#[tokio::test]
async fn http2_requests_have_the_same_checks() {
    let (emulator, _, _) = with_ada().await;
    let own = emulator.address().to_string();
    let users = format!("http://{own}/emulator/users");
    let rebound = format!("http://rebound.example:{}/emulator/users", emulator.address().port());
    assert_eq!(http2(&emulator, &users, &[]).await, 200);
    assert_eq!(http2(&emulator, &users, &[("host", &own)]).await, 200);
    assert_eq!(http2(&emulator, &rebound, &[]).await, 421);
    assert_eq!(http2(&emulator, &rebound, &[("host", &own)]).await, 400);
    assert_eq!(http2(&emulator, &users, &[("host", "rebound.example")]).await, 400);
    assert_eq!(http2(&emulator, &users, &[("origin", "https://evil.example")]).await, 403);
    assert_eq!(http2(&emulator, &users, &[("sec-fetch-site", "cross-site")]).await, 403);
}

#[tokio::test]
async fn hosts_can_be_allowed() {
    let options = Options::default().user(ada()).allow_host("Emulator").allow_host("10.1.2.3").allow_host("fd00::1");
    let emulator = Emulator::start(options).await.unwrap();
    for host in ["emulator:8080", "EMULATOR", "10.1.2.3:80", "[fd00::1]:80"] {
        let headers = format!("Host: {host}\r\nOrigin: http://{host}\r\n{JSON}");
        let (status, response) = raw(emulator.address(), "POST /emulator/keys/retire", &headers, "").await;
        assert_eq!(status, 204, "{host}: {response}");
    }
    for host in ["emulator.evil.example", "10.1.2.4", "my-emulator"] {
        let (status, _) = raw(emulator.address(), "GET /emulator/users", &format!("Host: {host}\r\n"), "").await;
        assert_eq!(status, 421, "{host}");
    }
    let error = Emulator::start(Options::default().allow_host("http://emulator:80")).await.unwrap_err();
    assert!(error.to_string().contains("without scheme, port"), "{error}");
}

#[tokio::test]
async fn an_allowed_host_is_in_the_certificate() {
    let emulator = Emulator::start(Options::default().user(ada()).tls().allow_host("emulator")).await.unwrap();
    let address = emulator.address();
    let http = crate::support::http_client_resolving(emulator.ca_pem(), "emulator", address);
    let url = format!("https://emulator:{}/emulator/users", address.port());
    assert_eq!(http.get(url).send().await.unwrap().status().as_u16(), 200);
}

#[tokio::test]
async fn control_calls_to_the_listening_address_are_accepted() {
    let unspecified: IpAddr = "0.0.0.0".parse().unwrap();
    let emulator = Emulator::start(Options::default().host(unspecified).user(ada())).await.unwrap();
    let port = emulator.address().port();
    let own = SocketAddr::new("127.0.0.1".parse().unwrap(), port);
    assert_eq!(raw(own, "GET /emulator/users", &format!("Host: 0.0.0.0:{port}\r\n"), "").await.0, 200);
    assert_eq!(raw(own, "GET /emulator/users", &format!("Host: rebound.example:{port}\r\n"), "").await.0, 421);
}

#[tokio::test]
async fn the_api_has_no_access_checks() {
    let (emulator, client, token) = with_ada().await;
    let bearer = format!("Authorization: Bearer {}:{token}\r\n", client.project_id);
    let page = "Host: api.example\r\nOrigin: https://app.example\r\nSec-Fetch-Site: cross-site\r\n";
    let headers = format!("{page}{bearer}Content-Type: text/plain\r\n");
    let select = r#"{"tenant": "acme"}"#;
    assert_eq!(raw(emulator.address(), "POST /v1/auth/tenant/select", &headers, select).await.0, 200);
    let keys = format!("GET /v2/keys/{}", client.project_id);
    assert_eq!(raw(emulator.address(), &keys, page, "").await.0, 200);
}
