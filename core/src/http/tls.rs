//! The trusted certificates, and the cryptography provider that checks them.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};

use crate::config::Config;
use crate::config::trust::Trust;
use crate::error::Error;
use crate::error::kind::{ErrorKind, Outcome};

/// TLS 1.2 and 1.3 with aws-lc-rs, given to this client alone: nothing is installed process-wide.
///
/// The trusted roots are those of the platform, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` of the client's
/// environment name, and the certificates of `ca_file`. When the platform has no roots, Mozilla's roots are used instead.
pub(crate) fn config(config: &Config) -> Result<ClientConfig, Error> {
    let mut tls = trust(config)?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

/// The same for a Redis: the same roots, and no protocol to negotiate.
#[cfg(feature = "shared-state")]
pub(crate) fn of_redis(trust: &Trust) -> Result<ClientConfig, Error> {
    of_platform(trust, Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}

fn trust(config: &Config) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    // Plain http needs no roots, and loading them is the slowest part of creating a client.
    if config.base_url.scheme() == "http" && config.proxy.is_empty() {
        return with_roots(&provider, RootCertStore::empty());
    }
    of_platform(&config.trust, provider)
}

fn with_roots(provider: &Arc<CryptoProvider>, roots: RootCertStore) -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::clone(provider)).with_safe_default_protocol_versions();
    Ok(builder.map_err(broken)?.with_root_certificates(roots).with_no_client_auth())
}

/// The system's own verifier, which follows what its administrator trusts and distrusts. It reads no variables, so the
/// roots that the client's environment names are added to its own.
#[cfg(any(windows, target_vendor = "apple"))]
fn of_platform(trust: &Trust, provider: Arc<CryptoProvider>) -> Result<ClientConfig, Error> {
    let extra = trust.extra().into_iter().chain(trust.store().into_iter().flatten());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider).map_err(broken)?;
    Ok(builder.map_err(broken)?.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

/// The roots are in files. They are read here, because the libraries for this also read `SSL_CERT_FILE` and
/// `SSL_CERT_DIR` of the process, and the trusted roots must depend only on the environment that the client was given.
#[cfg(not(any(windows, target_vendor = "apple")))]
fn of_platform(trust: &Trust, provider: Arc<CryptoProvider>) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    match trust.store() {
        // Set explicitly: when it contains no certificates, no others are used instead.
        Some(store) => {
            roots.add_parsable_certificates(store);
        }
        None => roots = or_bundled(store::certificates()),
    }
    roots.add_parsable_certificates(trust.extra());
    with_roots(&provider, roots)
}

#[cfg(not(any(windows, target_vendor = "apple")))]
fn or_bundled(store: Vec<rustls::pki_types::CertificateDer<'static>>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(store);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

#[cfg(not(any(windows, target_vendor = "apple")))]
mod store {
    use std::path::Path;

    use rustls::pki_types::CertificateDer;

    use crate::config::trust::Pem;

    /// The paths of the certificate bundle on different systems; the first that exists is used. The list is that of the crate
    /// openssl-probe and of Go's crypto/x509.
    const FILES: &[&str] = &[
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/pki/tls/cacert.pem",
        "/etc/ssl/cert.pem",
        "/opt/etc/ssl/certs/ca-certificates.crt",
        "/etc/ssl/certs/cacert.pem",
        "/usr/local/etc/ssl/cert.pem",
        "/usr/local/share/certs/ca-root-nss.crt",
        "/etc/openssl/certs/ca-certificates.crt",
        "/etc/certs/ca-certificates.crt",
        "/etc/ssl/cacert.pem",
    ];

    /// The folders of single certificates; all that exist are used.
    const DIRECTORIES: &[&str] = &[
        "/etc/ssl/certs",
        "/etc/pki/tls/certs",
        "/etc/security/certificates",
        "/usr/local/share/certs",
        "/etc/openssl/certs",
        "/etc/certs/CA",
    ];

    pub(super) fn certificates() -> Vec<CertificateDer<'static>> {
        let bundle = FILES.iter().find(|path| Path::new(path).exists());
        let paths: Vec<_> = bundle.into_iter().chain(DIRECTORIES).collect();
        Pem::of(&paths).certificates()
    }
}

fn broken(error: rustls::Error) -> Error {
    Error::new(ErrorKind::Internal, Outcome::NotSent, "TLS could not be set up").with_source(error)
}

#[cfg(all(test, not(any(windows, target_vendor = "apple"))))]
mod tests {
    use super::*;

    #[test]
    fn bundled_roots_take_the_place_of_a_store_that_is_empty() {
        assert_eq!(or_bundled(Vec::new()).len(), webpki_roots::TLS_SERVER_ROOTS.len());
        assert_eq!(or_bundled(vec![crate::config::trust::tests::certificate()]).len(), 1);
    }
}
