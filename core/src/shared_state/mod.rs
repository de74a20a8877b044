//! What the processes and hosts of a service share through Redis: which refresh token succeeded which, and whose turn it is.
//!
//! Each refresh token has a record, which says what succeeded it, and a lock, which the exchange of it holds. `sealing` derives
//! their names and the key of the record from the token, `scripts` has what Redis does in one step, `connection` speaks to it, and
//! `availability` decides when it is left alone. Nothing here fails a call: without Redis, calls go on alone.
//!
//! `docs/shared-state.md` describes the format and what it protects.

mod availability;
#[cfg(feature = "shared-state")]
mod connection;
#[cfg(not(feature = "shared-state"))]
#[path = "no_connection.rs"]
mod connection;
mod lock;
mod read;
mod record;
mod scripts;
mod sealing;
mod walk;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::{Instant, sleep};

use crate::config::Config;
use crate::http::events::OnWarning;
use crate::retry::backoff;
use crate::secret::RefreshJwt;

pub(crate) use availability::Counts;
pub(crate) use lock::{Lock, Released};
pub(crate) use read::Read;
pub(crate) use record::Succeeded;
pub(crate) use walk::Walk;

use availability::Availability;
use connection::{Command, Connection, Reply};
use record::Record;
use scripts::Found;
use sealing::{Realm, TokenKeys};

/// How much longer than its exchange a lock lasts.
const LOCK_RESERVE: Duration = Duration::from_secs(2);

/// How long a call waits before it looks again whether a lock is free. It grows by half each time.
const FIRST_WAIT: Duration = Duration::from_millis(3);

const LONGEST_WAIT: Duration = Duration::from_millis(40);

/// How long an exchange waits for reads of other processes, as for those of its own.
const READS_PATIENCE: Duration = Duration::from_secs(5);

/// How much longer than an exchange may take the mark of a sign-out lasts: as long as any record before it.
const ENDED_RESERVE: Duration = Duration::from_secs(120);

/// The shared state of one client.
pub(crate) struct SharedState {
    realm: Realm,
    connection: Arc<Connection>,
    availability: Arc<Availability>,
    leeway: Duration,
    ended_for: Duration,
}

/// What is known of a token.
pub(crate) enum Known<T> {
    /// Nothing succeeded it, and no other process exchanges it; or Redis cannot tell.
    Newest(T),
    /// An exchange used it up: what the exchange brought.
    Succeeded(Box<Shared>),
    /// Its user signed out.
    Ended,
}

/// An exchange of another process.
pub(crate) struct Shared {
    pub(crate) succeeded: Succeeded,
    /// Until when it counts.
    pub(crate) until: Instant,
    /// The memory that it takes, estimated.
    pub(crate) bytes: usize,
}

/// What becomes of an attempt to take a lock or to look at it.
enum Attempt {
    Free {
        /// The record that was passed over.
        passed: Vec<u8>,
        /// Whether reads present the token.
        reads: bool,
    },
    Known(Known<()>),
    /// Redis is not used.
    Alone,
}

impl SharedState {
    /// Nothing without the option. Nothing is sent yet.
    pub(crate) fn new(config: &Arc<Config>, on_warning: Option<OnWarning>) -> Option<Arc<Self>> {
        let connection = Connection::new(config)?;
        let key = config.shared_state_key.as_ref();
        Some(Arc::new(Self {
            realm: Realm::new(&config.project_id, config.base_url.as_str(), key),
            connection,
            availability: Arc::new(Availability::new(on_warning)),
            leeway: config.leeway,
            ended_for: config.timeout.saturating_add(ENDED_RESERVE),
        }))
    }

    pub(crate) fn counts(&self) -> Counts {
        self.availability.counts()
    }

    /// What is known of a token, as soon as no other process exchanges it. The caller bounds the wait.
    pub(crate) async fn look(&self, token: &RefreshJwt, walk: &mut Walk) -> Known<()> {
        let Some(keys) = self.realm.keys(token) else { return Known::Newest(()) };
        let command = |passed: Vec<u8>| self.command(scripts::LOOK, &keys, vec![passed]);
        match self.attempt(&keys, token, walk, &command, None).await {
            Attempt::Known(known) => known,
            Attempt::Free { .. } | Attempt::Alone => Known::Newest(()),
        }
    }

    /// The same for a read that is about to present the token, within `lasts`: an exchange of another process waits for it.
    pub(crate) async fn read_begins(
        self: &Arc<Self>,
        token: &RefreshJwt,
        lasts: Duration,
        walk: &mut Walk,
    ) -> Known<Option<Read>> {
        let Some(keys) = self.realm.keys(token) else { return Known::Newest(None) };
        let read = owner();
        let lasts = lasts.min(READS_PATIENCE);
        let command = |passed: Vec<u8>| self.command(scripts::READ, &keys, vec![passed, read.to_vec(), millis(lasts)]);
        let undo = self.command(scripts::READ_OVER, &keys, vec![read.to_vec(), b"0".to_vec()]);
        match self.attempt(&keys, token, walk, &command, Some(undo)).await {
            Attempt::Free { .. } => Known::Newest(Some(Read::new(Arc::clone(self), keys, read))),
            Attempt::Alone | Attempt::Known(Known::Newest(())) => Known::Newest(None),
            Attempt::Known(Known::Succeeded(shared)) => Known::Succeeded(shared),
            Attempt::Known(Known::Ended) => Known::Ended,
        }
    }

    /// Takes the lock of a token for an exchange, or gives what succeeded the token. The caller bounds the wait; the exchange ends
    /// by `until`. With `order_only` what succeeded the token does not matter.
    pub(crate) async fn acquire(
        self: &Arc<Self>,
        token: &RefreshJwt,
        until: impl Fn() -> Instant + Sync,
        order_only: bool,
        walk: &mut Walk,
    ) -> Known<Option<Lock>> {
        let Some(keys) = self.realm.keys(token) else { return Known::Newest(None) };
        let owner = owner();
        let command = |passed: Vec<u8>| {
            let lasts = until().saturating_duration_since(Instant::now()).saturating_add(LOCK_RESERVE);
            let any: &[u8] = if order_only { b"1" } else { b"0" };
            self.command(scripts::ACQUIRE, &keys, vec![owner.to_vec(), millis(lasts), passed, any.to_vec()])
        };
        let undo = self.command(scripts::RELEASE, &keys, vec![owner.to_vec(), Vec::new(), Vec::new(), Vec::new()]);
        let (held, passed, reads) = match self.attempt(&keys, token, walk, &command, Some(undo)).await {
            Attempt::Free { passed, reads } => (true, passed, reads),
            Attempt::Alone => {
                self.availability.count_unordered();
                (false, Vec::new(), false)
            }
            Attempt::Known(Known::Succeeded(shared)) => return Known::Succeeded(shared),
            Attempt::Known(Known::Ended) => return Known::Ended,
            Attempt::Known(Known::Newest(())) => return Known::Newest(None),
        };
        let lock = Lock::new(Arc::clone(self), keys, owner, passed, held);
        if reads && !order_only {
            lock.reads_end().await;
        }
        Known::Newest(Some(lock))
    }

    /// Sends the command until the lock is free. A record that cannot be read, or that the walk has come from, is passed over.
    async fn attempt(
        &self,
        keys: &TokenKeys,
        token: &RefreshJwt,
        walk: &mut Walk,
        command: &(impl Fn(Vec<u8>) -> Command + Sync),
        undo: Option<Command>,
    ) -> Attempt {
        let mut wait = FIRST_WAIT;
        loop {
            let passed = walk.passed_over(token);
            match self.run(command(passed), undo.clone()).await.and_then(Found::read) {
                None => return Attempt::Alone,
                Some(Found::Free(passed)) => return Attempt::Free { passed, reads: false },
                Some(Found::Reads(passed)) => return Attempt::Free { passed, reads: true },
                Some(Found::Held) => {
                    wait = pause(wait).await;
                }
                Some(Found::Record(sealed)) => {
                    let known = self.read(keys, &sealed);
                    if !walk.follow(token, sealed) {
                        return Attempt::Alone;
                    }
                    if let Some(known) = known {
                        return Attempt::Known(known);
                    }
                }
            }
        }
    }

    /// Marks the session of a token as ended, for every process: the token, and what succeeded it.
    pub(crate) async fn end(&self, token: &RefreshJwt) {
        let (mut walk, mut token) = (Walk::default(), token.clone());
        while let Some(keys) = self.realm.keys(&token) {
            let Some((mark, lasts)) = self.seal(&keys, &Record::Ended, self.ended_for) else { return };
            let command = self.command(scripts::END, &keys, vec![walk.passed_over(&token), mark, lasts]);
            let Some(Found::Record(sealed)) = self.run(command, None).await.and_then(Found::read) else { return };
            let next = match self.read(&keys, &sealed) {
                Some(Known::Succeeded(shared)) => shared.succeeded.response.refresh_jwt.clone(),
                Some(Known::Ended) => return,
                Some(Known::Newest(())) | None => None,
            };
            if !walk.follow(&token, sealed) {
                return;
            }
            token = next.unwrap_or(token);
        }
    }

    /// The record, unless it is expired or was not sealed for this token.
    fn read(&self, keys: &TokenKeys, sealed: &[u8]) -> Option<Known<()>> {
        let now = now();
        // Clocks may differ by the leeway.
        let earliest = now.saturating_sub(whole_millis(self.leeway));
        let (text, expires_at) = keys.open(sealed, earliest)?;
        let left = expires_at.saturating_sub(now).min(whole_millis(self.ended_for));
        match Record::read(&text)? {
            Record::Ended => Some(Known::Ended),
            Record::Succeeded(succeeded) => {
                let until = Instant::now().checked_add(Duration::from_millis(left))?;
                let bytes = text.len().saturating_mul(3);
                Some(Known::Succeeded(Box::new(Shared { succeeded: *succeeded, until, bytes })))
            }
        }
    }

    /// The sealed record, and how long it lasts in Redis.
    fn seal(&self, keys: &TokenKeys, record: &Record, lasts: Duration) -> Option<(Vec<u8>, Vec<u8>)> {
        let expires_at = now().saturating_add(whole_millis(lasts));
        Some((keys.seal(&record.write()?, expires_at)?, millis(lasts)))
    }

    fn command(&self, script: &'static str, keys: &TokenKeys, arguments: Vec<Vec<u8>>) -> Command {
        Command { script, keys: [keys.record_name(), keys.lock_name(), keys.reads_name()], arguments }
    }

    /// Nothing when Redis is left alone, does not respond, or refuses.
    async fn run(&self, command: Command, undo: Option<Command>) -> Option<Reply> {
        let admission = self.availability.admits(Instant::now())?;
        match self.connection.run(command, undo, self.late()).await {
            Ok(reply) => {
                self.availability.succeeded();
                Some(reply)
            }
            Err(failure) => {
                self.availability.failed(admission, failure.reason, rand::random());
                None
            }
        }
    }

    /// The same for a command that others wait for: while Redis is left alone it is sent all the same, without waiting for the response.
    async fn run_always(&self, command: Command) -> Option<Reply> {
        if self.availability.is_left_alone(Instant::now()) {
            self.connection.send(command, self.late());
            return None;
        }
        self.run(command, None).await
    }

    /// What a response does whose call has gone on.
    fn late(&self) -> impl FnOnce() + Send + 'static {
        let availability = Arc::clone(&self.availability);
        move || availability.responded_late()
    }
}

/// Waits about that long, and gives how long to wait next.
async fn pause(wait: Duration) -> Duration {
    sleep(backoff::share(wait, 0.5 + rand::random::<f64>() / 2.0)).await;
    wait.saturating_mul(3).checked_div(2).unwrap_or(wait).min(LONGEST_WAIT)
}

/// Who holds a lock: another one each time.
fn owner() -> [u8; 16] {
    rand::random()
}

/// Milliseconds since 1970.
fn now() -> u64 {
    whole_millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn whole_millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Milliseconds as an argument, above 0 as Redis wants them.
fn millis(time: Duration) -> Vec<u8> {
    whole_millis(time).max(1).to_string().into_bytes()
}
