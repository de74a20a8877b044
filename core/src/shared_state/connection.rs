//! The connection to Redis: one for all calls of a client, opened when it is needed. This file is the only one that uses the
//! Redis library, which gets a stream of our own.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{AsyncConnectionConfig, RedisConnectionInfo, RedisError, Value};
use reqwest::dns::{Name, Resolve};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::config::Config;
use crate::config::shared_state::RedisUrl;
use crate::http::resolver::Resolver;
use crate::http::tls;
use crate::secret::Secret;

/// How long a call waits for the connection, and then for the response to its command: 100 ms each, in steps. A step that lasts longer
/// because this process did not run, such as on a busy machine, counts once: the response may have arrived meanwhile, and Redis is not
/// to blame.
const STEP: Duration = Duration::from_millis(20);
const STEPS: usize = 5;

/// How long a response is waited for when its call has gone on. A connection that takes longer is given up.
const LATEST: Duration = Duration::from_secs(2);

/// Why there is no response to a command.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// In words that name no host and no credential.
    pub(super) reason: &'static str,
    /// The connection is gone, so that the command may be sent again on another one.
    gone: bool,
}

/// What a script gives: a number and bytes.
pub(super) struct Reply(pub(super) i64, pub(super) Vec<u8>);

/// A script with its keys and arguments.
#[derive(Clone)]
pub(super) struct Command {
    pub(super) script: &'static str,
    pub(super) keys: [String; 3],
    pub(super) arguments: Vec<Vec<u8>>,
}

type Opening = Shared<BoxFuture<'static, Result<Opened, Failure>>>;

/// A connection that works, until its driver ends.
#[derive(Clone)]
struct Opened {
    connection: MultiplexedConnection,
    driver: AbortHandle,
}

/// Where the connection is, and how to open another one.
pub(super) struct Connection {
    config: Arc<Config>,
    resolver: Resolver,
    tls: Mutex<Option<TlsConnector>>,
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    /// How many connections were opened.
    number: u64,
    opening: Option<Opening>,
}

impl Connection {
    pub(super) fn new(config: &Arc<Config>) -> Option<Arc<Self>> {
        config.shared_state.as_ref()?;
        let (config, resolver) = (Arc::clone(config), Resolver::default());
        Some(Arc::new(Self { config, resolver, tls: Mutex::default(), slot: Mutex::default() }))
    }

    /// Runs a command as a task, so that it is not lost half-way. When the call has gone on before there is a response, `late` is told
    /// of it; where the response is about something that was taken, `undo` gives it back.
    pub(super) async fn run(
        self: &Arc<Self>,
        command: Command,
        undo: Option<Command>,
        late: impl FnOnce() + Send + 'static,
    ) -> Result<Reply, Failure> {
        let this = Arc::clone(self);
        let (number, opening) = self.opening();
        // One that could not be made is for `attempt` to see.
        if in_steps(opening.clone()).await.is_none() {
            tokio::spawn(async move {
                match opening.await {
                    Ok(_) => late(),
                    Err(_) => this.forget(number),
                }
            });
            return Err(failure("no connection within 100 ms"));
        }
        let (sender, receiver) = oneshot::channel();
        tokio::spawn(async move {
            let sent = this.attempt_twice(&command, &sender).await;
            let Err(Ok(Reply(number, _))) = sender.send(sent) else { return };
            late();
            if let Some(undo) = undo.filter(|_| matches!(number, 1 | 3)) {
                // It expires otherwise.
                let _ = this.attempt(&undo).await;
            }
        });
        let received = in_steps(receiver).await.ok_or(failure("no response within 100 ms"))?;
        received.unwrap_or_else(|_| Err(failure("the connection ended")))
    }

    /// Sends a command without waiting for its response. `late` is told when there is one.
    pub(super) fn send(self: &Arc<Self>, command: Command, late: impl FnOnce() + Send + 'static) {
        let this = Arc::clone(self);
        tokio::spawn(async move {
            if this.attempt(&command).await.is_ok() {
                late();
            }
        });
    }

    /// A connection may be found closed, such as after a restart, and is opened again once.
    async fn attempt_twice<T>(
        self: &Arc<Self>,
        command: &Command,
        caller: &oneshot::Sender<T>,
    ) -> Result<Reply, Failure> {
        match self.attempt(command).await {
            Err(Failure { gone: true, .. }) if !caller.is_closed() => self.attempt(command).await,
            result => result,
        }
    }

    async fn attempt(self: &Arc<Self>, command: &Command) -> Result<Reply, Failure> {
        let (number, opening) = self.opening();
        let result = match opening.await {
            Ok(opened) => match timeout(LATEST, opened.run(command)).await {
                Ok(result) => result,
                Err(_) => Err(Failure { reason: "no response", gone: true }),
            },
            // Once more would come to the same.
            Err(failure) => {
                self.forget(number);
                return Err(Failure { gone: false, ..failure });
            }
        };
        if result.as_ref().is_err_and(|failure| failure.gone) {
            self.forget(number);
        }
        result
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection, which is opened when there is none that works. Opening it goes on when a call does not wait for it.
    fn opening(self: &Arc<Self>) -> (u64, Opening) {
        let mut slot = self.slot();
        let ended = |opening: &Opening| matches!(opening.peek(), Some(Ok(opened)) if opened.driver.is_finished());
        if let Some(opening) = slot.opening.as_ref().filter(|opening| !ended(opening)) {
            return (slot.number, opening.clone());
        }
        let this = Arc::clone(self);
        let task = tokio::spawn(async move {
            match timeout(this.config.connect_timeout, this.open()).await {
                Ok(result) => result,
                Err(_) => Err(failure("the connection took longer than connect_timeout")),
            }
        });
        let opening =
            task.map(|joined| joined.unwrap_or_else(|_| Err(failure("the connection ended")))).boxed().shared();
        slot.number = slot.number.wrapping_add(1);
        slot.opening = Some(opening.clone());
        (slot.number, opening)
    }

    fn forget(&self, number: u64) {
        let mut slot = self.slot();
        if slot.number == number {
            slot.opening = None;
        }
    }

    async fn open(&self) -> Result<Opened, Failure> {
        let Some(url) = &self.config.shared_state else { return Err(failure("no connection could be made")) };
        let stream = self.connect(url).await.map_err(|_| failure("no connection could be made"))?;
        // Small commands must not wait for each other's acknowledgement; without it they are slower.
        let _ = stream.set_nodelay(true);
        if !url.tls {
            return greet(url, stream).await;
        }
        let name = ServerName::try_from(url.host.clone()).map_err(|_| failure("the host is no name for TLS"))?;
        let stream = self.tls()?.connect(name, stream).await;
        greet(url, stream.map_err(|_| failure("the TLS handshake failed"))?).await
    }

    async fn connect(&self, url: &RedisUrl) -> io::Result<TcpStream> {
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for address in self.addresses(url).await? {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn addresses(&self, url: &RedisUrl) -> io::Result<Vec<SocketAddr>> {
        if let Ok(address) = url.host.parse() {
            return Ok(vec![SocketAddr::new(address, url.port)]);
        }
        let name = Name::from_str(&url.host).map_err(io::Error::other)?;
        let found = self.resolver.resolve(name).await.map_err(io::Error::other)?;
        Ok(found.map(|address| SocketAddr::new(address.ip(), url.port)).collect())
    }

    /// Reading the trusted certificates takes long, so it is done once.
    fn tls(&self) -> Result<TlsConnector, Failure> {
        let mut tls = self.tls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connector) = &*tls {
            return Ok(connector.clone());
        }
        let config = tls::of_redis(&self.config.trust).map_err(|_| failure("TLS could not be set up"))?;
        Ok(tls.insert(TlsConnector::from(Arc::new(config))).clone())
    }
}

/// Signs in and chooses the database. The driver ends with the last user of the connection.
async fn greet<S>(url: &RedisUrl, stream: S) -> Result<Opened, Failure>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut info = RedisConnectionInfo::default().set_db(url.database).set_skip_set_lib_name();
    if let Some(user) = &url.user {
        info = info.set_username(user.expose());
    }
    if let Some(password) = url.password.as_ref().map(Secret::expose) {
        info = info.set_password(password);
    }
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    let made = MultiplexedConnection::new_with_config(&info, stream, config).await;
    let (connection, driver) = made.map_err(|error| refusal(&error))?;
    Ok(Opened { connection, driver: tokio::spawn(driver).abort_handle() })
}

impl Opened {
    async fn run(mut self, command: &Command) -> Result<Reply, Failure> {
        let mut packed = redis::cmd("EVAL");
        packed.arg(command.script).arg(command.keys.len()).arg(&command.keys[..]);
        for argument in &command.arguments {
            packed.arg(argument.as_slice());
        }
        match self.connection.req_packed_command(&packed).await.and_then(Value::extract_error) {
            Ok(value) => reply(value).ok_or(failure("a response that is not understood")),
            Err(error) => Err(refusal(&error)),
        }
    }
}

fn reply(value: Value) -> Option<Reply> {
    let Value::Array(values) = value else { return None };
    match <[Value; 2]>::try_from(values).ok()? {
        [Value::Int(number), Value::BulkString(bytes)] => Some(Reply(number, bytes)),
        [Value::Int(number), Value::Int(_)] => Some(Reply(number, Vec::new())),
        _ => None,
    }
}

/// Waits for [`STEPS`] steps.
async fn in_steps<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    for _ in 0..STEPS {
        if let Ok(done) = timeout(STEP, work.as_mut()).await {
            return Some(done);
        }
    }
    None
}

fn failure(reason: &'static str) -> Failure {
    Failure { reason, gone: false }
}

/// The texts of Redis may quote a command, so they are not shown.
fn refusal(error: &RedisError) -> Failure {
    if error.kind() == redis::ErrorKind::AuthenticationFailed {
        return failure("the user name or the password is wrong");
    }
    match error.code() {
        Some("NOAUTH" | "WRONGPASS") => failure("the user name or the password is wrong"),
        Some("NOPERM") => failure("the user may not run the commands"),
        Some("OOM") => failure("it is full (maxmemory)"),
        Some("READONLY") => failure("it is a replica that cannot be written to"),
        Some("MOVED" | "CROSSSLOT" | "CLUSTERDOWN") => failure("it is a Redis Cluster, which is not supported"),
        Some("LOADING" | "BUSY" | "MASTERDOWN") => failure("it is busy"),
        Some(_) => failure("it refused a command"),
        None if error.is_unrecoverable_error() => Failure { reason: "the connection was lost", gone: true },
        None => failure("it refused a command"),
    }
}
