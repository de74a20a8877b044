//! Which certificates are trusted, and the one cryptography provider that checks them.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::config::Config;
use crate::error::Error;
use crate::kind::{ErrorKind, Outcome};

/// TLS 1.2 and 1.3 with aws-lc-rs, given to this client alone: nothing is installed process-wide.
///
/// Trusted are the platform's roots and the certificates of `ca_file`; where the platform has none at all, the roots that
/// Mozilla ships are bundled and used instead.
pub(crate) fn config(config: &Config) -> Result<ClientConfig, Error> {
    let mut tls = trust(config)?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

fn trust(config: &Config) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(broken)?;
    // Plain http needs no roots, and loading them is the slowest part of making a client.
    if config.base_url.scheme() == "http" && config.proxy.is_empty() {
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let extra = config.ca.file.as_deref().map(read_pem).transpose()?.unwrap_or_default();
    Ok(match Verifier::new_with_extra_roots(extra, provider) {
        Ok(verifier) => builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth(),
        // The platform verifier's only complaint about a machine without a store is this untyped one.
        Err(rustls::Error::General(_)) => {
            let bundled = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
            builder.with_root_certificates(bundled).with_no_client_auth()
        }
        Err(error) => {
            return Err(
                Error::invalid_input("ca_file", "ca_file holds a certificate that cannot be used").with_source(error)
            );
        }
    })
}

fn read_pem(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let wrong = |what: &str| Error::invalid_input("ca_file", format!("ca_file {} {what}", path.display()));
    let text = std::fs::read(path).map_err(|error| wrong("cannot be read").with_source(error))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match certificates {
        Ok(list) if !list.is_empty() => Ok(list),
        _ => Err(wrong("holds no PEM certificates")),
    }
}

fn broken(error: rustls::Error) -> Error {
    Error::new(ErrorKind::Internal, Outcome::NotSent, "TLS could not be set up").with_source(error)
}
