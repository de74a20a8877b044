//! What of a file, a directory and an environment is trusted, and what is refused.

use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::Trust;
use crate::client::builder::ClientBuilder;
use crate::error::Result;
use crate::error::kind::ErrorKind;

const ROOT: &str = "\
-----BEGIN CERTIFICATE-----
MIIBpTCCAUugAwIBAgIUXLx50Ss/yLIUJW8237lI3e6OqnUwCgYIKoZIzj0EAwIw
JzElMCMGA1UEAwwcdGVzdCByb290IHRoYXQgbm9ib2R5IHRydXN0czAgFw0yNjEx
MjMxMjQwMDZaGA8yMTI2MTAzMDEyNDAwNlowJzElMCMGA1UEAwwcdGVzdCByb290
IHRoYXQgbm9ib2R5IHRydXN0czBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCJl
iU7zdRVm1yZ/DzHUgpgtSP4Xe9z4lzkia/nF/xkEmlY6fTUq7tlrpmYXmER4CVfB
KXHsC30Vfmj6npNNkvOjUzBRMB0GA1UdDgQWBBSpPU7CnYo4vIisp//O7ABDviua
ZDAfBgNVHSMEGDAWgBSpPU7CnYo4vIisp//O7ABDviuaZDAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIQCUGLBAryFh4u1/5OuzxIW8rI0a4ffJ8zGx
JDJA29Yi3AIgQsOrTl6mRkUKyl0ZvXURj/ODubN3DeNLqSpRG7LwefI=
-----END CERTIFICATE-----
";

const BROKEN: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

/// A root of nothing.
pub(crate) fn certificate() -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(ROOT.as_bytes()).unwrap()
}

/// A directory for one test, with these files.
fn directory(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("tenant-select-trust-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(path.join("folder")).unwrap();
    for (file, text) in files {
        std::fs::write(path.join(file), text).unwrap();
    }
    path
}

/// How many certificates TLS takes of these.
fn usable(certificates: Vec<CertificateDer<'static>>) -> usize {
    RootCertStore::empty().add_parsable_certificates(certificates).0
}

fn trust(environment: &[(&str, &Path)]) -> Result<Trust> {
    let environment = environment.iter().map(|(name, path)| (*name, path.to_str().unwrap()));
    // Plain http: the file is read all the same.
    let builder = ClientBuilder::default().project_id("P1").base_url("http://127.0.0.1:1").environment(environment);
    builder.config().map(|config| config.trust)
}

#[test]
fn each_variable_has_its_place() {
    let folder = directory("places", &[("root.pem", ROOT)]);
    let file = folder.join("root.pem");
    for (variable, extra, store) in [
        ("TENANT_SELECT_CA_FILE", 1, None),
        ("REQUESTS_CA_BUNDLE", 1, None),
        ("NODE_EXTRA_CA_CERTS", 1, None),
        ("SSL_CERT_FILE", 0, Some(1)),
    ] {
        let trust = trust(&[(variable, &file)]).unwrap();
        assert!(trust.extra().iter().chain(trust.store().iter().flatten()).all(|found| *found == certificate()));
        assert_eq!((trust.extra().len(), trust.store().map(usable)), (extra, store), "{variable}");
    }
    let both = trust(&[("REQUESTS_CA_BUNDLE", &file), ("NODE_EXTRA_CA_CERTS", &folder)]).unwrap();
    assert_eq!((both.extra().len(), both.store()), (1, None));
    let none = trust(&[]).unwrap();
    assert_eq!((none.extra().len(), none.store()), (0, None));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_directory_gives_what_its_files_hold() {
    let folder = directory("hashed", &[("9f1c2d3e.0", ROOT), ("README", "no certificate"), ("broken.pem", BROKEN)]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("9f1c2d3e.0", folder.join("root.pem")).unwrap();
    for variable in ["REQUESTS_CA_BUNDLE", "SSL_CERT_DIR"] {
        let trust = trust(&[(variable, &folder)]).unwrap();
        assert_eq!(usable(trust.extra()) + trust.store().map_or(0, usable), 1, "{variable}");
    }
    // A list, as in PATH, of which one is there.
    let list = std::env::join_paths([Path::new("/nonexistent"), &folder]).unwrap();
    assert_eq!(trust(&[("SSL_CERT_DIR", Path::new(&list))]).unwrap().store().map(usable), Some(1));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn one_odd_certificate_costs_a_bundle_nothing_and_the_ca_file_everything() {
    let folder = directory("odd", &[("bundle.pem", &format!("{BROKEN}{ROOT}"))]);
    let file = folder.join("bundle.pem");
    assert_eq!(trust(&[("SSL_CERT_FILE", &file)]).unwrap().store().map(usable), Some(1));
    assert_eq!(usable(trust(&[("REQUESTS_CA_BUNDLE", &file)]).unwrap().extra()), 1);
    assert!(trust(&[("TENANT_SELECT_CA_FILE", &file)]).is_err());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_gives_no_certificate_is_refused_when_the_client_is_made() {
    let folder = directory("refused", &[("empty.pem", ""), ("text.pem", "no PEM"), ("broken.pem", BROKEN)]);
    for variable in
        ["TENANT_SELECT_CA_FILE", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"]
    {
        for name in ["missing.pem", "folder", "empty.pem", "text.pem", "broken.pem"] {
            let error = trust(&[(variable, &folder.join(name))]).err().unwrap();
            assert_eq!(
                (error.kind(), error.argument()),
                (ErrorKind::InvalidInput, Some("ca_file")),
                "{variable} {name}"
            );
            let text = error.to_string();
            assert!(text.contains(variable) && text.contains(name), "{text}");
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}
