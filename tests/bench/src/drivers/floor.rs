//! The floor: reqwest and serde_json used directly. The same request, and the same response parsed into types. It has no
//! deadline, no error bodies and no rules, and verifies nothing, or only the signatures of the two returned tokens.

use std::hint::black_box;
use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::Serialize;

use super::load;
use super::response::Selected;
use super::signature::Key;
use crate::Failure;
use crate::fixture::SELECT;
use crate::plan::{Load, Plan};

#[derive(Serialize)]
struct Selection<'a> {
    tenant: &'a str,
}

struct Caller {
    http: reqwest::Client,
    url: String,
    project_id: String,
    tenant: String,
    token: String,
    key: Option<Arc<Key>>,
}

impl Caller {
    async fn select(&self) -> Result<Selected, Failure> {
        let request = self
            .http
            .post(&self.url)
            .header(AUTHORIZATION, format!("Bearer {}:{}", self.project_id, self.token))
            .body(serde_json::to_vec(&Selection { tenant: &self.tenant })?);
        let response = request.send().await?.error_for_status()?.bytes().await?;
        let selected: Selected = serde_json::from_slice(&response)?;
        if let Some(key) = &self.key {
            key.verify(&selected.session_jwt)?;
            key.verify(selected.refresh_jwt.as_deref().ok_or("the response has no refresh token")?)?;
        }
        Ok(selected)
    }
}

pub(crate) async fn load(plan: &Plan) -> Result<Load, Failure> {
    let start = load::Start::now();
    let fixture = &plan.fixture;
    let mut headers = HeaderMap::new();
    for (name, value) in &fixture.headers {
        headers.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    let http = http_client(headers, fixture.ca_file.as_deref())?;
    let key = plan.verify.then(|| Key::of(&fixture.keys, &fixture.session_jwt)).transpose()?.map(Arc::new);
    load::drive(plan, &start, |token| {
        let caller = Arc::new(Caller {
            http: http.clone(),
            url: format!("{}{SELECT}", fixture.base_url),
            project_id: fixture.project_id.clone(),
            tenant: fixture.tenant.clone(),
            token: token.to_owned(),
            key: key.clone(),
        });
        move || {
            let caller = Arc::clone(&caller);
            async move {
                black_box(caller.select().await?);
                Ok(())
            }
        }
    })
    .await
}

/// A client with the library's defaults, which trusts the authority of that file alone.
pub(crate) fn http_client(headers: HeaderMap, ca_file: Option<&str>) -> Result<reqwest::Client, Failure> {
    let mut roots = rustls::RootCertStore::empty();
    if let Some(path) = ca_file {
        roots.add(CertificateDer::from_pem_file(path).map_err(|_| "the certificate of the server cannot be read")?)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(reqwest::Client::builder().default_headers(headers).no_proxy().tls_backend_preconfigured(tls).build()?)
}
