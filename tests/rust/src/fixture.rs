//! An emulator with a signed-in user, and clients for it: what the behaviour suites start from.

use std::future::Future;
use std::time::Duration;

use tenant_select::{Client, ClientBuilder, RefreshJwt, SessionJwt};
use tenant_select_emulator::{Emulator, Fault, JournalFilter, Options, RequestEntry, User};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Where the selection goes.
pub const SELECT: &str = "/v1/auth/tenant/select";

/// An emulator with Ada, who is in `acme` and `globex` and acts in `acme`.
pub struct Fixture {
    /// The server.
    pub emulator: Emulator,
    /// Ada's refresh token.
    pub refresh_jwt: RefreshJwt,
    /// Ada's session token.
    pub session_jwt: SessionJwt,
}

/// What goes wrong while a fixture is set up.
pub type FixtureError = Box<dyn std::error::Error + Send + Sync>;

impl Fixture {
    /// A fixture over plain HTTP.
    ///
    /// # Errors
    ///
    /// When the emulator does not start.
    pub async fn start() -> Result<Self, FixtureError> {
        Self::with(Options::default()).await
    }

    /// A fixture with these options of the emulator.
    ///
    /// # Errors
    ///
    /// When the emulator does not start.
    pub async fn with(options: Options) -> Result<Self, FixtureError> {
        let ada = User::new("ada@example.com").tenant("acme", ["admin"], ["read"]).tenant("globex", ["viewer"], []);
        let emulator = Emulator::start(options.user(ada)).await?;
        let signed_in = emulator.sign_in("ada@example.com", Some("acme"))?;
        Ok(Self {
            refresh_jwt: RefreshJwt::new(signed_in.refresh_jwt),
            session_jwt: SessionJwt::new(signed_in.session_jwt),
            emulator,
        })
    }

    /// A fixture whose emulator rotates refresh tokens, and ends a session when a superseded one comes back.
    ///
    /// # Errors
    ///
    /// When the emulator does not start.
    pub async fn rotating() -> Result<Self, FixtureError> {
        let fixture = Self::start().await?;
        fixture.emulator.update_settings(|settings| {
            settings.refresh_rotation = true;
            settings.select_supersedes = true;
            settings.reuse_detection = true;
        })?;
        Ok(fixture)
    }

    /// Options of a client for this emulator.
    pub fn builder(&self) -> ClientBuilder {
        Client::builder().project_id(self.emulator.project_id()).base_url(self.emulator.url())
    }

    /// A client with every default.
    ///
    /// # Errors
    ///
    /// When the options are refused.
    pub fn client(&self) -> Result<Client, tenant_select::Error> {
        self.builder().build()
    }

    /// Lets a fault wait for its requests.
    ///
    /// # Errors
    ///
    /// When the fault makes no sense.
    pub fn fault(&self, fault: Fault) -> Result<(), FixtureError> {
        Ok(self.emulator.add_fault(fault)?)
    }

    /// The requests that have arrived on a path, in order.
    pub fn arrived(&self, path: &str) -> Vec<RequestEntry> {
        let entries = self.emulator.requests();
        entries.iter().filter_map(|entry| entry.as_request()).filter(|entry| entry.path == path).cloned().collect()
    }

    /// Waits until `count` requests have arrived on a path.
    ///
    /// # Errors
    ///
    /// When that does not happen within ten seconds.
    pub async fn until_arrived(&self, path: &str, count: usize) -> Result<(), FixtureError> {
        self.until(&JournalFilter::requests().path(path).count(count)).await
    }

    /// Waits until a connection has gone.
    ///
    /// # Errors
    ///
    /// When that does not happen within ten seconds.
    pub async fn until_disconnected(&self) -> Result<(), FixtureError> {
        self.until(&JournalFilter::disconnects().count(1)).await
    }

    /// The body of one GET over a connection of its own: the suites have no HTTP client but the one under test.
    ///
    /// # Errors
    ///
    /// When the emulator does not respond.
    pub async fn get(&self, path: &str) -> Result<String, FixtureError> {
        let mut stream = TcpStream::connect(self.emulator.address()).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut response = String::new();
        stream.read_to_string(&mut response).await?;
        let (_, body) = response.split_once("\r\n\r\n").ok_or("half a response")?;
        Ok(body.to_owned())
    }

    async fn until(&self, filter: &JournalFilter) -> Result<(), FixtureError> {
        if self.emulator.wait_for(filter, Duration::from_secs(10)).await {
            return Ok(());
        }
        Err(format!("the journal never had {filter:?}: {:?}", self.emulator.requests()).into())
    }
}

/// Runs many calls at the same time and gives their results in order.
pub async fn all_at_once<T: Send + 'static>(
    calls: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = calls.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        match task.await {
            Ok(result) => results.push(result),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    results
}
