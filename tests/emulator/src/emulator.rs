//! The emulator as a Rust value, with its control calls as methods.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::access::Access;
use crate::cases::Cases;
use crate::control;
use crate::error::{ControlError, StartError};
use crate::jose::forge::{MintedToken, TokenSpec};
use crate::jose::keys::KeyStore;
use crate::options::Options;
use crate::router::Router;
use crate::server;
use crate::state::counters::Counters;
use crate::state::faults::Fault;
use crate::state::journal::{JournalEntry, JournalFilter};
use crate::state::project::Project;
use crate::state::settings::Settings;
use crate::state::users::User;
use crate::tls::Tls;

/// A running emulator. It serves on the tokio runtime that it was started on, and stops when it is shut down or dropped.
///
/// Every method is also a control call over HTTP, below `/emulator`.
pub struct Emulator {
    router: Arc<Router>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

/// A sign-in.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct SignIn {
    /// The session token.
    pub session_jwt: String,
    /// The refresh token.
    pub refresh_jwt: String,
    /// The complete response, as the service sends it to the browser.
    pub body: Map<String, Value>,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Tokens must not appear in logs, not even those of a test.
        formatter.debug_struct("SignIn").finish_non_exhaustive()
    }
}

impl Emulator {
    /// Starts an emulator. It accepts connections when this returns.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on, or an option, the seed, or a case is invalid.
    ///
    /// ```
    /// use tenant_select_emulator::{Emulator, Options, User};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = Emulator::start(Options::default()).await?;
    /// emulator.add_user(User::new("ada@example.com").tenant("acme", ["admin"], ["read"]))?;
    /// let session = emulator.sign_in("ada@example.com", None)?;
    /// assert!(emulator.url().starts_with("http://127.0.0.1:"));
    /// assert!(!session.refresh_jwt.is_empty());
    /// emulator.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let start = options.start()?;
        let cases = Cases::read(options.cases)?;
        let access = Access::new(options.tls, options.host, &options.allowed_hosts)?;
        let keys = KeyStore::new(options.generate_keys)?;
        let tls = if options.tls { Some(Tls::new(options.host, access.allowed_names())?) } else { None };
        let wanted = SocketAddr::new(options.host, options.port);
        let refused = |error| StartError::io(format!("cannot listen on {wanted}"), error);
        let listener = TcpListener::bind(wanted).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (acceptor, ca_pem) = tls.map(|tls| (tls.acceptor, tls.ca_pem)).unzip();
        let url = format!("{scheme}://{}", reachable(address));
        let project = Project::new(url, options.project_id, keys, ca_pem, start);
        let router = Arc::new(Router::new(project, cases, access));
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(server::run(Arc::clone(&router), listener, acceptor, stopped));
        Ok(Self { router, address, stop, server })
    }

    /// The base URL for clients, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.router.project.url
    }

    /// The address on which it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The id of the emulated project.
    #[must_use]
    pub fn project_id(&self) -> &str {
        &self.router.project.project_id
    }

    /// With TLS, the certificate of the authority that clients must trust, in PEM.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.router.project.ca_pem.as_deref()
    }

    /// Adds a user, or replaces the user with the same login id. Returns the user as `me` does.
    ///
    /// # Errors
    ///
    /// When the login id or a tenant id is empty, or another user has the same `user_id`.
    pub fn add_user(&self, user: User) -> Result<Value, ControlError> {
        control::users::add(&self.router.project, user)
    }

    /// Removes a user, whose tokens are then refused.
    ///
    /// # Errors
    ///
    /// When there is no such user.
    pub fn remove_user(&self, login_id: &str) -> Result<(), ControlError> {
        control::users::delete(&self.router.project, login_id)
    }

    /// Removes a user from a tenant.
    ///
    /// # Errors
    ///
    /// When there is no such user, or the user is not a member.
    pub fn revoke_membership(&self, login_id: &str, tenant_id: &str) -> Result<(), ControlError> {
        control::users::revoke_membership(&self.router.project, login_id, tenant_id)
    }

    /// Signs a user in, with `tenant` as the active tenant if one is given.
    ///
    /// # Errors
    ///
    /// When there is no such user, or the user is not a member of the tenant.
    pub fn sign_in(&self, login_id: &str, tenant: Option<&str>) -> Result<SignIn, ControlError> {
        self.begin(login_id, tenant, false)
    }

    /// Signs a user in with a second factor: for `step_up_lifetime_seconds` session tokens carry `su`.
    ///
    /// # Errors
    ///
    /// When there is no such user, or the user is not a member of the tenant.
    pub fn sign_in_stepped_up(&self, login_id: &str, tenant: Option<&str>) -> Result<SignIn, ControlError> {
        self.begin(login_id, tenant, true)
    }

    fn begin(&self, login_id: &str, tenant: Option<&str>, step_up: bool) -> Result<SignIn, ControlError> {
        let (body, _) = control::users::session(&self.router.project, login_id, tenant, step_up, self.address.ip())?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(SignIn { session_jwt: text("sessionJwt"), refresh_jwt: text("refreshJwt"), body })
    }

    /// The current settings.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.router.project.with_state(|state| state.settings.clone())
    }

    /// Changes settings.
    ///
    /// ```
    /// # use tenant_select_emulator::{Emulator, Options};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = Emulator::start(Options::default()).await?;
    /// emulator.update_settings(|settings| settings.refresh_rotation = true)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the changed settings are invalid; they are then not changed.
    pub fn update_settings(&self, change: impl FnOnce(&mut Settings)) -> Result<(), ControlError> {
        let mut settings = self.settings();
        change(&mut settings);
        settings.check()?;
        self.router.project.with_state(|state| state.settings = settings);
        Ok(())
    }

    /// Moves the emulator's clock forward, or back with a negative number. It stops in the years 1970 and 9797.
    pub fn advance_clock(&self, seconds: i64) {
        control::clock::advance(&self.router.project, seconds);
    }

    /// Creates a new signing key and returns its id. The former keys stay in the key set unless `retire_former` is set.
    ///
    /// # Errors
    ///
    /// When no key could be created.
    pub fn rotate_keys(&self, retire_former: bool) -> Result<String, ControlError> {
        control::keys::rotate_keys(&self.router.project, retire_former)
    }

    /// Removes all keys except the signing one from the key set.
    pub fn retire_keys(&self) {
        control::keys::retire_keys(&self.router.project);
    }

    /// Adds a fault, which applies to matching requests.
    ///
    /// # Errors
    ///
    /// When the fault has members that its kind does not use, or lacks one that the kind needs.
    pub fn add_fault(&self, fault: Fault) -> Result<(), ControlError> {
        control::faults::add_fault(&self.router.project, fault)
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.router.project.with_state(|state| state.faults.clear());
    }

    /// Makes a custom token, valid or not. The API accepts a refresh token whose `sub` is an existing user.
    ///
    /// # Errors
    ///
    /// When the spec contradicts itself or names a key that does not exist.
    pub fn mint(&self, spec: &TokenSpec) -> Result<MintedToken, ControlError> {
        control::tokens::make(&self.router.project, spec)
    }

    /// Opens a run of a contract case: `{"run": name, "baseUrl": url, "case": {…}}`, the case with its templates filled in.
    ///
    /// # Errors
    ///
    /// When the emulator was started without cases, or there is no such case, or it is invalid.
    pub fn open_run(&self, case: &str) -> Result<Value, ControlError> {
        self.router.cases.open(&self.router.project, case)
    }

    /// The report of a run: `{"case": id, "requests": […], "problems": […], "complete": bool}`.
    ///
    /// # Errors
    ///
    /// When there is no such run.
    pub fn run_report(&self, run: &str) -> Result<Value, ControlError> {
        self.router.cases.report(run)
    }

    /// The journal: received requests and clients that disconnected, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<JournalEntry> {
        self.router.project.journal.entries()
    }

    /// How often what happened since the start or the last reset, also when the journal has forgotten it.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.router.project.with_state(|state| state.counters.clone())
    }

    /// Empties the journal.
    pub fn clear_requests(&self) {
        self.router.project.journal.clear();
    }

    /// Waits until the journal has the entries that the filter describes; returns `false` when that takes longer than
    /// `timeout`.
    pub async fn wait_for(&self, filter: &JournalFilter, timeout: Duration) -> bool {
        self.router.project.journal.wait(filter, timeout).await
    }

    /// Restores the initial state: its users and settings, no sessions, no faults, an empty journal, the machine's clock, the
    /// first keys. Connections and opened case runs stay.
    pub fn reset(&self) {
        self.router.project.reset();
    }

    /// Stops listening, ends every connection, and returns when this is done.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        // The only error is that the server has ended already.
        drop((&mut self.server).await);
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Emulator").field("url", &self.url()).finish_non_exhaustive()
    }
}

/// An address that a client can connect to, also when all addresses are listened on.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        std::net::IpAddr::V4(ip) if ip.is_unspecified() => std::net::Ipv4Addr::LOCALHOST.into(),
        std::net::IpAddr::V6(ip) if ip.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
