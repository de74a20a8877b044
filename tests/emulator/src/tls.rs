//! The emulator's own certificate authority, which is created at each start.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use crate::error::StartError;

/// The TLS configuration of the server.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    /// The certificate of the authority, for clients to trust.
    pub(crate) ca_pem: String,
}

impl Tls {
    /// An authority, and a certificate of it for the loopback names, `host`, and the `allowed` names.
    pub(crate) fn new(host: IpAddr, allowed: impl Iterator<Item = String>) -> Result<Self, StartError> {
        let failed = |error: rcgen::Error| StartError::new(format!("the TLS certificate could not be made: {error}"));
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        authority.distinguished_name.push(DnType::CommonName, "tenant-select-emulator test authority");
        let authority_key = KeyPair::generate().map_err(failed)?;
        let ca_pem = authority.self_signed(&authority_key).map_err(failed)?.pem();
        let issuer = Issuer::new(authority, authority_key);

        let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned(), host.to_string()];
        let names: Vec<String> = names.into_iter().chain(allowed).collect();
        let mut server = CertificateParams::new(names).map_err(failed)?;
        server.distinguished_name.push(DnType::CommonName, "tenant-select-emulator");
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
        // RFC 5280, section 4.2.1.1, wants it, and strict clients insist: Python 3.13 and newer among them.
        server.use_authority_key_identifier_extension = true;
        let server_key = KeyPair::generate().map_err(failed)?;
        let certificate = server.signed_by(&server_key, &issuer).map_err(failed)?;

        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key))
            .map_err(|error| StartError::new(format!("TLS could not be set up: {error}")))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), ca_pem })
    }
}
