//! The options of an emulator.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::error::StartError;
use crate::state::project::Start;
use crate::state::settings::Settings;
use crate::state::users::User;

/// The default project id. It has 28 characters, the minimum that one vendor SDK accepts.
pub const DEFAULT_PROJECT_ID: &str = "P2emulatorProject00000000001";

/// The options of an emulator. [`Options::default`] means a free port on 127.0.0.1, plain HTTP, built-in keys, no users.
///
/// ```
/// use tenant_select_emulator::{Options, User};
///
/// let options = Options::default().user(User::new("ada@example.com").tenant("acme", ["admin"], []));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Options {
    pub(crate) host: IpAddr,
    pub(crate) port: u16,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) project_id: String,
    pub(crate) cases: Option<PathBuf>,
    pub(crate) tls: bool,
    pub(crate) generate_keys: bool,
    pub(crate) settings: Settings,
    pub(crate) users: Vec<User>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            allowed_hosts: Vec::new(),
            project_id: DEFAULT_PROJECT_ID.to_owned(),
            cases: None,
            tls: false,
            generate_keys: false,
            settings: Settings::default(),
            users: Vec::new(),
        }
    }
}

impl Options {
    /// The address to listen on. Default 127.0.0.1.
    pub fn host(mut self, host: IpAddr) -> Self {
        self.host = host;
        self
    }

    /// The port to listen on; 0 (default) is any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// One more host that control calls may use for the emulator: a name or an IP address, without scheme and port. Loopback
    /// and the address to listen on are always allowed; a container that is reached by its name needs this. With TLS, the
    /// certificate is also valid for this host. [`Emulator::start`](crate::Emulator::start) refuses an invalid host.
    ///
    /// ```
    /// use tenant_select_emulator::Options;
    ///
    /// let options = Options::default().host("0.0.0.0".parse()?).allow_host("emulator");
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.allowed_hosts.push(host.into());
        self
    }

    /// The id of the emulated project. Default [`DEFAULT_PROJECT_ID`].
    pub fn project_id(mut self, project_id: impl Into<String>) -> Self {
        self.project_id = project_id.into();
        self
    }

    /// Serves HTTPS, with HTTP/2 by ALPN, with a certificate authority created at the start.
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Signs with keys created at the start instead of the built-in test keys, which are public knowledge.
    pub fn generate_keys(mut self) -> Self {
        self.generate_keys = true;
        self
    }

    /// Serves the contract cases of a directory under `/case/`.
    pub fn cases(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cases = Some(directory.into());
        self
    }

    /// A user who exists from the start and after each reset.
    pub fn user(mut self, user: User) -> Self {
        self.users.push(user);
        self
    }

    /// The settings at the start and after each reset.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Reads users and settings from a seed file: `{"users": [ … ], "settings": { … }}`, in the format of their control calls.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or has another format; the message names the place.
    pub fn seed_file(mut self, path: impl AsRef<Path>) -> Result<Self, StartError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Seed {
            #[serde(default)]
            users: Vec<User>,
            #[serde(default)]
            settings: Value,
        }
        let path = path.as_ref();
        let invalid = |error: &dyn std::fmt::Display| StartError::new(format!("{}: {error}", path.display()));
        let text = std::fs::read(path).map_err(|error| StartError::io(path.display().to_string(), error))?;
        let mut deserializer = serde_json::Deserializer::from_slice(&text);
        let seed: Seed = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| invalid(&error))?;
        deserializer.end().map_err(|error| invalid(&error))?;
        if !seed.settings.is_null() {
            self.settings = self.settings.patched(&seed.settings).map_err(|error| invalid(&error))?;
        }
        self.users.extend(seed.users);
        Ok(self)
    }

    /// Checks the options, and returns the initial state.
    pub(crate) fn start(&self) -> Result<Start, StartError> {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
        if self.project_id.is_empty() || !self.project_id.chars().all(plain) {
            return Err(StartError::new("the project id must consist of letters, digits, \"_\", and \"-\""));
        }
        self.settings.check().map_err(|error| StartError::new(error.to_string()))?;
        if let Some(user) = self.users.iter().find(|user| user.login_id.trim().is_empty()) {
            let name = &user.name;
            return Err(StartError::new(format!("a user has an empty \"loginId\" (name: \"{name}\")")));
        }
        Ok(Start { settings: self.settings.clone(), users: self.users.clone() })
    }
}
