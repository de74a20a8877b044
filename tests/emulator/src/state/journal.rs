//! The journal of what arrived, without any token in it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use http::{HeaderMap, header};
use serde::Serialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::watch;

/// Entries kept; older ones are forgotten.
const LIMIT: usize = 10_000;

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum JournalEntry {
    /// A request arrived.
    Request(RequestEntry),
    /// A client closed a connection on which requests had come, or (HTTP/2) cancelled one request.
    Disconnect(DisconnectEntry),
}

/// A request as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RequestEntry {
    /// Place in the journal, from 1 on; not reset by clearing.
    pub sequence: u64,
    /// When it arrived, RFC 3339, by the machine's clock.
    pub time: String,
    /// The connection that it came on: the client's port.
    pub connection: u16,
    /// `HTTP/1.1` or `HTTP/2.0`.
    pub protocol: String,
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query's parameters; a value of `externalToken` is withheld.
    pub query: Map<String, Value>,
    /// Every header by its lower-case name; values of `authorization` and `cookie` are replaced by what they are made of.
    pub headers: Map<String, Value>,
    /// What the bearer is made of; null without one.
    pub authorization: Option<AuthorizationEntry>,
    /// The names of the members of a JSON body, sorted; null when the body is empty, unfinished, or no JSON object.
    pub body_keys: Option<Vec<String>>,
    /// The status that was answered; null while unanswered, or when the answer was a fault without one.
    pub status: Option<u16>,
    /// The kind of the fault that hit the request, if one did.
    pub fault: Option<String>,
}

/// The shape of a bearer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuthorizationEntry {
    /// The number of its colon-separated parts.
    pub parts: usize,
    /// The first eight hexadecimal digits of the SHA-256 of the whole credential: equal credentials, equal fingerprints.
    pub fingerprint: String,
}

/// A client left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DisconnectEntry {
    /// Place in the journal, from 1 on; not reset by clearing.
    pub sequence: u64,
    /// When, RFC 3339, by the machine's clock.
    pub time: String,
    /// The connection: the client's port.
    pub connection: u16,
    /// Whether a request was waiting for its answer, or the answer was under way.
    pub during_request: bool,
}

impl JournalEntry {
    /// Place in the journal, from 1 on; not reset by clearing.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        match self {
            Self::Request(entry) => entry.sequence,
            Self::Disconnect(entry) => entry.sequence,
        }
    }

    /// The request, when the entry is one.
    #[must_use]
    pub fn as_request(&self) -> Option<&RequestEntry> {
        match self {
            Self::Request(entry) => Some(entry),
            Self::Disconnect(_) => None,
        }
    }

    /// The disconnect, when the entry is one.
    #[must_use]
    pub fn as_disconnect(&self) -> Option<&DisconnectEntry> {
        match self {
            Self::Disconnect(entry) => Some(entry),
            Self::Request(_) => None,
        }
    }
}

/// What to wait for in the journal.
///
/// ```
/// use tenant_select_emulator::JournalFilter;
///
/// let second_refresh = JournalFilter::requests().path("/v1/auth/refresh").count(2);
/// let somebody_left = JournalFilter::disconnects();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalFilter {
    pub(crate) event: JournalEvent,
    pub(crate) path: Option<String>,
    pub(crate) answered: bool,
    pub(crate) count: usize,
    pub(crate) after: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JournalEvent {
    Request,
    Disconnect,
}

impl JournalFilter {
    /// At least one request has arrived.
    #[must_use]
    pub fn requests() -> Self {
        Self { event: JournalEvent::Request, path: None, answered: false, count: 1, after: 0 }
    }

    /// At least one client has left.
    #[must_use]
    pub fn disconnects() -> Self {
        Self { event: JournalEvent::Disconnect, ..Self::requests() }
    }

    /// Only requests to this path count.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Only requests count whose answer has been decided.
    #[must_use]
    pub fn answered(mut self) -> Self {
        self.answered = true;
        self
    }

    /// That many instead of one.
    #[must_use]
    pub fn count(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    /// Only entries count whose sequence number is greater.
    #[must_use]
    pub fn after(mut self, sequence: u64) -> Self {
        self.after = sequence;
        self
    }

    fn matches(&self, entry: &JournalEntry) -> bool {
        if entry.sequence() <= self.after {
            return false;
        }
        match (self.event, entry) {
            (JournalEvent::Request, JournalEntry::Request(request)) => {
                self.path.as_ref().is_none_or(|path| *path == request.path)
                    && (!self.answered || request.status.is_some() || request.fault.is_some())
            }
            (JournalEvent::Disconnect, JournalEntry::Disconnect(_)) => true,
            _ => false,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Journal {
    entries: Mutex<Entries>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Entries {
    last: u64,
    kept: VecDeque<JournalEntry>,
}

impl Journal {
    pub(crate) fn new() -> Self {
        Self { entries: Mutex::default(), changed: watch::Sender::new(()) }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Entries) -> T) -> T {
        let result = change(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.send_replace(());
        result
    }

    fn push(&self, entry: impl FnOnce(u64) -> JournalEntry) -> u64 {
        self.change(|entries| {
            entries.last += 1;
            if entries.kept.len() >= LIMIT {
                entries.kept.pop_front();
            }
            let entry = entry(entries.last);
            entries.kept.push_back(entry);
            entries.last
        })
    }

    /// Writes a request down as soon as its head is there.
    pub(crate) fn arrived(&self, head: &http::request::Parts, connection: u16) -> u64 {
        let request = RequestEntry {
            sequence: 0,
            time: now_text(),
            connection,
            protocol: format!("{:?}", head.version),
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: redacted_query(head.uri.query().unwrap_or_default()),
            headers: redacted_headers(&head.headers),
            authorization: authorization(&head.headers),
            body_keys: None,
            status: None,
            fault: None,
        };
        self.push(|sequence| JournalEntry::Request(RequestEntry { sequence, ..request }))
    }

    /// Adds what the body turned out to be.
    pub(crate) fn body(&self, sequence: u64, body: &[u8]) {
        let keys = match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Some(members.keys().cloned().collect::<Vec<_>>()),
            _ => None,
        };
        self.amend(sequence, |request| request.body_keys = keys);
    }

    /// Adds what was answered.
    pub(crate) fn answered(&self, sequence: u64, status: Option<u16>, fault: Option<&str>) {
        self.amend(sequence, |request| {
            request.status = status;
            request.fault = fault.map(str::to_owned);
        });
    }

    fn amend(&self, sequence: u64, amend: impl FnOnce(&mut RequestEntry)) {
        self.change(|entries| {
            let found = entries.kept.iter_mut().rev().find(|entry| entry.sequence() == sequence);
            if let Some(JournalEntry::Request(request)) = found {
                amend(request);
            }
        });
    }

    /// Writes down that a client left.
    pub(crate) fn left(&self, connection: u16, during_request: bool) {
        let time = now_text();
        self.push(|sequence| JournalEntry::Disconnect(DisconnectEntry { sequence, time, connection, during_request }));
    }

    pub(crate) fn clear(&self) {
        self.change(|entries| entries.kept.clear());
    }

    pub(crate) fn entries(&self) -> Vec<JournalEntry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).kept.iter().cloned().collect()
    }

    /// Waits until the filter is satisfied; false when the time is over first.
    pub(crate) async fn wait(&self, filter: &JournalFilter, timeout: Duration) -> bool {
        let mut changes = self.changed.subscribe();
        let satisfied = async {
            loop {
                changes.mark_unchanged();
                let matching = {
                    let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
                    entries.kept.iter().filter(|entry| filter.matches(entry)).count()
                };
                if matching >= filter.count || changes.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::time::timeout(timeout, satisfied).await.is_ok()
    }
}

fn now_text() -> String {
    OffsetDateTime::from(SystemTime::now()).format(&Rfc3339).unwrap_or_default()
}

fn fingerprint(text: &[u8]) -> String {
    digest(&SHA256, text).as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

fn authorization(headers: &HeaderMap) -> Option<AuthorizationEntry> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let credential = value.splitn(2, |&byte| byte == b' ').nth(1).unwrap_or_default();
    let parts = credential.split(|&byte| byte == b':').count();
    Some(AuthorizationEntry { parts, fingerprint: fingerprint(credential) })
}

fn redacted_headers(headers: &HeaderMap) -> Map<String, Value> {
    let mut redacted = Map::new();
    for name in headers.keys() {
        let values = headers.get_all(name).iter().map(|value| match *name {
            header::AUTHORIZATION => {
                let scheme = value.as_bytes().split(|&byte| byte == b' ').next().unwrap_or_default();
                format!("{} (withheld)", String::from_utf8_lossy(scheme))
            }
            header::COOKIE => {
                let names: Vec<&str> = value
                    .to_str()
                    .unwrap_or_default()
                    .split(';')
                    .map(|pair| pair.split('=').next().unwrap_or_default().trim())
                    .collect();
                format!("{} (withheld)", names.join("; "))
            }
            _ => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        });
        redacted.insert(name.to_string(), json!(values.collect::<Vec<_>>().join(", ")));
    }
    redacted
}

fn redacted_query(query: &str) -> Map<String, Value> {
    let parameters = crate::connection::request::query_pairs(query);
    parameters
        .into_iter()
        .map(|(name, value)| {
            let value = if name == "externalToken" { "(withheld)".to_owned() } else { value };
            (name, Value::String(value))
        })
        .collect()
}
