//! A small client for the tests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::{Map, Value, json};
use tenant_select_emulator::{Emulator, Options, User};

/// Long enough that only something that never happens takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The string member of that name.
    pub(crate) fn string(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("no string \"{name}\" in {}", self.text)).to_owned()
    }

    pub(crate) fn cookies(&self) -> Vec<String> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }
}

#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    pub(crate) project_id: String,
}

impl Client {
    pub(crate) fn new(emulator: &Emulator) -> Self {
        Self::with(emulator, http_client(emulator.ca_pem()))
    }

    pub(crate) fn with(emulator: &Emulator, http: reqwest::Client) -> Self {
        Self { http, url: emulator.url().to_owned(), project_id: emulator.project_id().to_owned() }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method.parse().unwrap(), format!("{}{path}", self.url))
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Reply> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Reply { status, headers, text: response.text().await? })
    }

    /// A control call.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> Reply {
        let mut request = self.request(method, &format!("/emulator{path}")).header("content-type", "application/json");
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        self.send(request).await.unwrap()
    }

    /// A control call that must succeed.
    pub(crate) async fn done(&self, method: &str, path: &str, body: Value) -> Reply {
        let reply = self.control(method, path, body).await;
        assert!(reply.status < 300, "{method} {path}: {} {}", reply.status, reply.text);
        reply
    }

    pub(crate) fn api_request(&self, method: &str, path: &str, token: &str, body: &Value) -> reqwest::RequestBuilder {
        let bearer = if token.is_empty() { self.project_id.clone() } else { format!("{}:{token}", self.project_id) };
        let mut request = self.request(method, path).header("authorization", format!("Bearer {bearer}"));
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        request
    }

    /// An API call with a token.
    pub(crate) async fn try_api(&self, method: &str, path: &str, token: &str, body: Value) -> reqwest::Result<Reply> {
        self.send(self.api_request(method, path, token, &body)).await
    }

    pub(crate) async fn api(&self, method: &str, path: &str, token: &str, body: Value) -> Reply {
        self.try_api(method, path, token, body).await.unwrap()
    }

    pub(crate) async fn select(&self, token: &str, tenant: &str) -> Reply {
        self.api("POST", "/v1/auth/tenant/select", token, json!({"tenant": tenant})).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Reply {
        self.api("POST", "/v1/auth/refresh", token, json!({})).await
    }

    pub(crate) async fn me(&self, token: &str) -> Reply {
        self.api("GET", "/v1/auth/me", token, Value::Null).await
    }
}

/// Without retries, cookies, redirects, or proxies of its own.
pub(crate) fn http_client(ca_pem: Option<&str>) -> reqwest::Client {
    http_client_for(ca_pem, &["h2", "http/1.1"])
}

/// With TLS, one of these protocols is spoken.
pub(crate) fn http_client_for(ca_pem: Option<&str>, protocols: &[&str]) -> reqwest::Client {
    builder(ca_pem, protocols).build().unwrap()
}

/// A client for which a host name has that address.
pub(crate) fn http_client_resolving(ca_pem: Option<&str>, name: &str, address: SocketAddr) -> reqwest::Client {
    builder(ca_pem, &["h2", "http/1.1"]).resolve(name, address).build().unwrap()
}

fn builder(ca_pem: Option<&str>, protocols: &[&str]) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .retry(reqwest::retry::never())
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .tls_backend_preconfigured(tls_config(ca_pem, protocols))
}

fn tls_config(ca_pem: Option<&str>, protocols: &[&str]) -> rustls::ClientConfig {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    let mut roots = rustls::RootCertStore::empty();
    if let Some(pem) = ca_pem {
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    }
    let mut config =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    config
}

/// A user of two tenants.
pub(crate) fn ada() -> User {
    User::new("ada@example.com").tenant("acme", ["admin"], ["read", "write"]).tenant("umbrella", ["viewer"], [])
}

/// An emulator with Ada, a client for it, and Ada's refresh token.
pub(crate) async fn with_ada() -> (Emulator, Client, String) {
    let emulator = Emulator::start(Options::default().user(ada())).await.unwrap();
    let client = Client::new(&emulator);
    let token = emulator.sign_in("ada@example.com", None).unwrap().refresh_jwt;
    (emulator, client, token)
}

/// The claims of a compact token, unverified.
pub(crate) fn claims(token: &str) -> Map<String, Value> {
    use base64::Engine as _;
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

pub(crate) fn header(token: &str) -> Map<String, Value> {
    use base64::Engine as _;
    let part = token.split('.').next().unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
