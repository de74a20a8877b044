//! The journal of received requests, without tokens.

mod entry;
mod filter;

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

use crate::clock::machine_now_text;
pub(crate) use entry::fingerprint;
pub use entry::{
    AuthorizationEntry, DisconnectEntry, IssuedEntry, JournalEntry, RefreshTokenEntry, RefreshTokenStatus, RequestEntry,
};
pub use filter::JournalFilter;

/// The number of entries to keep; older ones are removed.
const LIMIT: usize = 10_000;

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

    /// Adds a request when its head has arrived.
    pub(crate) fn arrived(&self, head: &http::request::Parts, connection: u16) -> u64 {
        let request = RequestEntry::new(head, connection);
        self.push(|sequence| JournalEntry::Request(Box::new(RequestEntry { sequence, ..request })))
    }

    /// Adds the body to the entry.
    pub(crate) fn body(&self, sequence: u64, body: &[u8]) {
        let keys = match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Some(members.keys().cloned().collect::<Vec<_>>()),
            _ => None,
        };
        self.amend(sequence, |request| request.body_keys = keys);
    }

    /// Adds the refresh token that the call presented.
    pub(crate) fn presented(&self, sequence: u64, token: RefreshTokenEntry) {
        self.amend(sequence, |request| request.refresh_token = Some(token));
    }

    /// Adds the response to the entry.
    pub(crate) fn responded(&self, sequence: u64, status: Option<u16>, fault: Option<&str>) {
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

    /// Adds a disconnect.
    pub(crate) fn left(&self, connection: u16, during_request: bool) {
        let time = machine_now_text();
        self.push(|sequence| JournalEntry::Disconnect(DisconnectEntry { sequence, time, connection, during_request }));
    }

    pub(crate) fn clear(&self) {
        self.change(|entries| entries.kept.clear());
    }

    pub(crate) fn entries(&self) -> Vec<JournalEntry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).kept.iter().cloned().collect()
    }

    /// Waits until the filter is satisfied; returns false when the time passes first.
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
