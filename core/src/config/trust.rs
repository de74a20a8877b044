//! The certificates that the options and the client's environment name, checked when the client is made.
//!
//! Nothing here reads the environment of the process. The platform's own store is loaded at first use, in `tls`.

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::config::options::Options;
use crate::config::table;
use crate::error::{Error, Result};
use crate::secret::redact::redact;

type Certificates = Vec<CertificateDer<'static>>;

/// Which certificates are trusted, besides the platform's or instead of them.
///
/// `ca_file` is read when the client is made. Bundles can be large and serve other programs too: they are looked into until
/// a certificate is found, and read at first use.
#[derive(Clone, Default)]
pub(crate) struct Trust {
    ca_file: Certificates,
    extra: Vec<PathBuf>,
    store: Option<Vec<PathBuf>>,
}

impl Trust {
    /// Checks what is named. A file or directory that gives no usable certificate is an error that names the option `ca_file`,
    /// with the variable in its text.
    pub(crate) fn read(options: &Options) -> Result<Self> {
        let store = store(options)?;
        if let Some(path) = options.path(&table::CA_FILE)? {
            return Ok(Self { ca_file: ca_file(&path)?, extra: Vec::new(), store });
        }
        let usual = ["REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"].into_iter().filter_map(|name| named(options, name));
        let extra = usual.map(|(name, path)| bundle(name, path)).collect::<Result<Vec<_>>>()?;
        Ok(Self { ca_file: Vec::new(), extra, store })
    }

    /// Of `ca_file`, else of `REQUESTS_CA_BUNDLE` and `NODE_EXTRA_CA_CERTS`: trusted besides the store.
    pub(crate) fn extra(&self) -> Certificates {
        let mut certificates = Pem::of(&self.extra).certificates();
        certificates.extend(self.ca_file.iter().cloned());
        certificates
    }

    /// Of `SSL_CERT_FILE` and `SSL_CERT_DIR`: the store in place of the platform's, as in OpenSSL.
    pub(crate) fn store(&self) -> Option<Certificates> {
        self.store.as_deref().map(|paths| Pem::of(paths).certificates())
    }
}

fn named(options: &Options, variable: &'static str) -> Option<(&'static str, PathBuf)> {
    options.variable(variable).map(|path| (variable, PathBuf::from(path)))
}

/// The one file that is meant for this library: each certificate of it must be usable.
fn ca_file(path: &Path) -> Result<Certificates> {
    let wrong = |what: &str| refused("ca_file", path, what);
    if path.is_dir() {
        return Err(wrong("is a directory; name a file of PEM certificates"));
    }
    let text = std::fs::read(path).map_err(|error| wrong("cannot be read").with_source(error))?;
    let certificates = CertificateDer::pem_slice_iter(&text)
        .collect::<std::result::Result<Certificates, _>>()
        .map_err(|error| wrong("is broken PEM").with_source(error))?;
    if certificates.is_empty() {
        return Err(wrong("holds no PEM certificates"));
    }
    for certificate in &certificates {
        RootCertStore::empty()
            .add(certificate.clone())
            .map_err(|error| wrong("holds a certificate that cannot be used").with_source(error))?;
    }
    Ok(certificates)
}

/// A bundle is a file or a directory of files. Certificates that cannot be used are passed over, because one unusable root among
/// many is common; none at all is an error.
fn bundle(variable: &'static str, path: PathBuf) -> Result<PathBuf> {
    match holds_one(&path) {
        Ok(true) => Ok(path),
        Ok(false) => Err(refused(variable, &path, "holds no PEM certificates that can be used")),
        Err(error) => Err(refused(variable, &path, "cannot be read").with_source(error)),
    }
}

/// `SSL_CERT_FILE` must be a bundle. `SSL_CERT_DIR` is a list of directories as in `PATH`; missing ones are passed over, unless
/// there is nothing else.
fn store(options: &Options) -> Result<Option<Vec<PathBuf>>> {
    let file = named(options, "SSL_CERT_FILE").map(|(name, path)| bundle(name, path)).transpose()?;
    let Some(list) = options.variable("SSL_CERT_DIR") else { return Ok(file.map(|path| vec![path])) };
    let directories: Vec<_> = std::env::split_paths(list).collect();
    if file.is_none() && !directories.iter().any(|path| holds_one(path).unwrap_or_default()) {
        let what = "names no directory with PEM certificates that can be used";
        return Err(refused("SSL_CERT_DIR", Path::new(list), what));
    }
    Ok(Some(file.into_iter().chain(directories).collect()))
}

/// Whether there is a certificate that can be used.
fn holds_one(path: &Path) -> io::Result<bool> {
    if path.is_dir() {
        let mut files =
            std::fs::read_dir(path)?.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file());
        return Ok(files.any(|file| holds_one(&file).unwrap_or_default()));
    }
    let text = std::fs::read(path)?;
    let mut certificates = CertificateDer::pem_slice_iter(&text).filter_map(std::result::Result::ok);
    Ok(certificates.any(|certificate| RootCertStore::empty().add(certificate).is_ok()))
}

/// Collects the certificates of files, each file once: OpenSSL looks for hashes as names in a directory, so there are links.
#[derive(Default)]
pub(crate) struct Pem {
    found: Certificates,
    read: BTreeSet<Identity>,
}

impl Pem {
    /// The certificates of files and directories. One that cannot be read is passed over.
    pub(crate) fn of<T: AsRef<Path>>(paths: &[T]) -> Self {
        let mut pem = Self::default();
        for path in paths.iter().map(AsRef::as_ref) {
            let _ = if path.is_dir() { pem.directory(path) } else { pem.file(path) };
        }
        pem
    }

    fn file(&mut self, path: &Path) -> io::Result<()> {
        self.once(path, &std::fs::metadata(path)?)
    }

    /// The certificates of each file of a directory, whatever its name is.
    fn directory(&mut self, path: &Path) -> io::Result<()> {
        for entry in std::fs::read_dir(path)?.filter_map(io::Result::ok) {
            let path = entry.path();
            if let Ok(metadata) = std::fs::metadata(&path)
                && metadata.is_file()
            {
                // A file that may not be read is passed over like one that holds something else.
                let _ = self.once(&path, &metadata);
            }
        }
        Ok(())
    }

    fn once(&mut self, path: &Path, metadata: &Metadata) -> io::Result<()> {
        if self.read.insert(identity(path, metadata)) {
            let text = std::fs::read(path)?;
            self.found.extend(CertificateDer::pem_slice_iter(&text).filter_map(std::result::Result::ok));
        }
        Ok(())
    }

    /// Each certificate once: a directory often holds its bundle and the single certificates too.
    pub(crate) fn certificates(self) -> Certificates {
        let mut certificates = self.found;
        certificates.sort_unstable_by(|one, other| one.as_ref().cmp(other.as_ref()));
        certificates.dedup();
        certificates
    }
}

#[cfg(unix)]
type Identity = (u64, u64);

/// Device and number of a file, which all links to it share.
#[cfg(unix)]
fn identity(_: &Path, metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
type Identity = PathBuf;

#[cfg(not(unix))]
fn identity(path: &Path, _: &Metadata) -> Identity {
    path.to_owned()
}

fn refused(source: &str, path: &Path, what: &str) -> Error {
    Error::invalid_input("ca_file", format!("{source} {} {what}", redact(&path.to_string_lossy())))
}

#[cfg(test)]
pub(crate) mod tests;
