//! A Redis or Valkey of the run: started on a free port without persistence, and ended with this process.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::Failure;

const PROGRAMS: [&str; 2] = ["redis-server", "valkey-server"];

/// How long it may take to start.
const GRACE: Duration = Duration::from_secs(10);

/// Longer than any measurement, in milliseconds.
const PAUSE: u64 = 600_000;

pub(crate) struct Redis {
    /// Name and version.
    pub(crate) name: String,
    pub(crate) url: String,
    connection: BufReader<TcpStream>,
    _process: Child,
}

/// What it has done since it began.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    /// Scripts that clients have sent.
    pub(crate) commands: u64,
    pub(crate) cpu_seconds: f64,
}

impl Redis {
    /// Nothing where none is installed.
    pub(crate) async fn start() -> Result<Option<Self>, Failure> {
        // Another program may take it in the same moment. Then the server ends, which is noticed.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        for program in PROGRAMS {
            let mut command = Command::new(program);
            command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"]);
            command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
            match command.spawn() {
                Ok(process) => return Self::connect(process, port).await.map(Some),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    async fn connect(mut process: Child, port: u16) -> Result<Self, Failure> {
        let began = Instant::now();
        let connection = loop {
            match TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
                Ok(stream) => break BufReader::new(stream),
                Err(_) if process.try_wait()?.is_some() => return Err("Redis has ended before it was ready".into()),
                Err(error) if began.elapsed() > GRACE => return Err(error.into()),
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        let url = format!("redis://127.0.0.1:{port}");
        let mut redis = Self { name: String::new(), url, connection, _process: process };
        let server = redis.send("INFO server").await?;
        redis.name = match member(&server, "valkey_version:") {
            Some(version) => format!("Valkey {version}"),
            None => format!("Redis {}", member(&server, "redis_version:").unwrap_or("of an unknown version")),
        };
        Ok(redis)
    }

    /// Makes it empty, and ready to respond.
    pub(crate) async fn prepare(&mut self) -> Result<(), Failure> {
        self.send("CLIENT UNPAUSE").await?;
        self.send("FLUSHALL").await.map(drop)
    }

    /// From now on it responds to no script, until `used`.
    pub(crate) async fn pause(&mut self) -> Result<(), Failure> {
        self.send(&format!("CLIENT PAUSE {PAUSE} WRITE")).await.map(drop)
    }

    pub(crate) async fn used(&mut self) -> Result<Used, Failure> {
        self.send("CLIENT UNPAUSE").await?;
        let commands = self.send("INFO commandstats").await?;
        let cpu = self.send("INFO cpu").await?;
        let seconds =
            |name| -> Result<f64, Failure> { Ok(member(&cpu, name).ok_or("Redis tells no CPU time")?.parse()?) };
        Ok(Used { commands: scripts(&commands)?, cpu_seconds: seconds("used_cpu_user:")? + seconds("used_cpu_sys:")? })
    }

    /// Sends a command, and gives the text of the reply.
    async fn send(&mut self, command: &str) -> Result<String, Failure> {
        self.connection.write_all(format!("{command}\r\n").as_bytes()).await?;
        let mut line = String::new();
        self.connection.read_line(&mut line).await?;
        match line.trim_end().split_at_checked(1) {
            Some(("+", text)) => Ok(text.to_owned()),
            Some(("$", "-1")) => Ok(String::new()),
            Some(("$", length)) => {
                let mut text = vec![0; length.parse::<usize>()? + 2];
                self.connection.read_exact(&mut text).await?;
                Ok(String::from_utf8(text)?)
            }
            _ => Err(format!("Redis: {command}: {}", line.trim_end()).into()),
        }
    }
}

/// The value of a line of INFO.
fn member<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)).map(str::trim_end)
}

/// How many scripts clients have sent; none before the first one.
fn scripts(commandstats: &str) -> Result<u64, Failure> {
    let Some(calls) = member(commandstats, "cmdstat_eval:calls=") else { return Ok(0) };
    Ok(calls.split(',').next().unwrap_or_default().parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_counted() {
        assert_eq!(scripts("# Commandstats\r\ncmdstat_get:calls=9,usec=3\r\n").unwrap(), 0);
        assert_eq!(scripts("cmdstat_eval:calls=12,usec=34,usec_per_call=2.8\r\n").unwrap(), 12);
        assert!(scripts("cmdstat_eval:calls=x").is_err());
    }

    #[tokio::test]
    async fn a_server_counts_what_it_is_sent_and_is_emptied() {
        let Some(mut redis) = Redis::start().await.unwrap() else { return };
        let before = redis.used().await.unwrap();
        redis.pause().await.unwrap();
        redis.prepare().await.unwrap();
        assert_eq!(redis.send("EVAL return 0").await.unwrap(), "");
        redis.send("SET name value").await.unwrap();
        assert_eq!(redis.send("GET name").await.unwrap(), "value\r\n");
        let after = redis.used().await.unwrap();
        assert_eq!(after.commands - before.commands, 1);
        assert!(after.cpu_seconds >= before.cpu_seconds);
        redis.prepare().await.unwrap();
        assert_eq!(redis.send("GET name").await.unwrap(), "");
    }
}
