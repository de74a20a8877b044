//! A `redis-server` of a test, on a port of its own, with its files in a folder that goes with it.

use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use crate::fixture::FixtureError;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// How long a server may take to start.
const START: Duration = Duration::from_secs(20);

/// A server that runs until it is dropped.
pub struct Redis {
    process: Child,
    port: u16,
    folder: PathBuf,
    options: Vec<String>,
}

/// Whether there is a `redis-server`. Without one a line says so, and the tests that need it do not run; with `REDIS=required` in
/// the environment they fail.
///
/// # Panics
///
/// When there is none, and it is required.
#[must_use]
pub fn is_there() -> bool {
    let there = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_ok();
    let required = std::env::var("REDIS").is_ok_and(|value| value == "required");
    assert!(there || !required, "redis-server is required (REDIS=required) and missing");
    if !there {
        // Not captured, so that it is seen.
        let _ = io::Write::write_all(&mut io::stderr(), b"redis-server is missing: the tests with Redis did not run\n");
    }
    there
}

impl Redis {
    /// A server that keeps nothing on disk.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start() -> Result<Self, FixtureError> {
        Self::with(&[]).await
    }

    /// A server with these options, such as `--requirepass` and its value.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn with(options: &[&str]) -> Result<Self, FixtureError> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("tenant-select-redis-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let process = run(&folder, port, &options)?;
        let redis = Self { process, port, folder, options };
        redis.until_ready().await?;
        Ok(redis)
    }

    /// The port, of TLS where the options have `--tls-port 0`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address. Clients of one process that have it under different names act like two processes.
    #[must_use]
    pub fn url(&self, host: &str) -> String {
        format!("redis://{host}:{}", self.port)
    }

    async fn until_ready(&self) -> Result<(), FixtureError> {
        let ready = async {
            while self.command(&["PING"]).await.is_err() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(START, ready).await.map_err(|_| "redis-server did not start".into())
    }

    /// The reply to a command, as it is on the wire, over a connection of its own.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached.
    pub async fn command(&self, words: &[&str]) -> Result<String, FixtureError> {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        Ok(String::from_utf8_lossy(&self.bytes(&words).await?).into_owned())
    }

    /// The same with bytes.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached.
    pub async fn bytes(&self, words: &[&[u8]]) -> Result<Vec<u8>, FixtureError> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        let mut command = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            command.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            command.extend_from_slice(word);
            command.extend_from_slice(b"\r\n");
        }
        command.extend_from_slice(b"*1\r\n$4\r\nQUIT\r\n");
        stream.write_all(&command).await?;
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).await?;
        Ok(reply.strip_suffix(b"+OK\r\n").ok_or("the reply ends early")?.to_vec())
    }

    /// Holds every command of every client back for this time, from now on.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached, or refuses.
    pub async fn pause(&self, time: Duration) -> Result<(), FixtureError> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        stream.write_all(format!("CLIENT PAUSE {} ALL\r\n", time.as_millis()).as_bytes()).await?;
        let mut reply = [0; 5];
        stream.read_exact(&mut reply).await?;
        if &reply == b"+OK\r\n" { Ok(()) } else { Err("redis-server is not paused".into()) }
    }

    /// The names of all keys.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached.
    pub async fn keys(&self) -> Result<Vec<String>, FixtureError> {
        let reply = self.command(&["KEYS", "*"]).await?;
        let keys = reply.lines().filter(|line| !line.starts_with(['*', '$']));
        Ok(keys.map(str::to_owned).collect())
    }

    /// The names of the records, or of the locks.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached.
    pub async fn named(&self, locks: bool) -> Result<Vec<String>, FixtureError> {
        let keys = self.keys().await?;
        Ok(keys.into_iter().filter(|key| key.ends_with('}') != locks).collect())
    }

    /// Kills the server, as a crash does.
    ///
    /// # Errors
    ///
    /// When it is gone already.
    pub fn kill(&mut self) -> Result<(), FixtureError> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Starts the server again, on its port, with nothing in it.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn restart(&mut self) -> Result<(), FixtureError> {
        self.process = run(&self.folder, self.port, &self.options)?;
        self.until_ready().await
    }
}

fn run(folder: &PathBuf, port: u16, options: &[String]) -> io::Result<Child> {
    let mut command = Command::new("redis-server");
    // Later options take precedence.
    command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
    command.args(["--port", &port.to_string()]).arg("--dir").arg(folder).args(options);
    command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
