//! Conditions to wait for.

use super::entry::JournalEntry;

/// A condition to wait for in the journal.
///
/// ```
/// use tenant_select_emulator::JournalFilter;
///
/// let second_refresh = JournalFilter::requests().path("/v1/auth/refresh").count(2);
/// let disconnect = JournalFilter::disconnects();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalFilter {
    pub(crate) event: JournalEvent,
    pub(crate) path: Option<String>,
    pub(crate) responded: bool,
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
        Self { event: JournalEvent::Request, path: None, responded: false, count: 1, after: 0 }
    }

    /// At least one client has disconnected.
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

    /// Only requests with a response count.
    #[must_use]
    pub fn responded(mut self) -> Self {
        self.responded = true;
        self
    }

    /// The number of entries instead of one.
    #[must_use]
    pub fn count(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    /// Only entries with a greater sequence number count.
    #[must_use]
    pub fn after(mut self, sequence: u64) -> Self {
        self.after = sequence;
        self
    }

    pub(super) fn matches(&self, entry: &JournalEntry) -> bool {
        if entry.sequence() <= self.after {
            return false;
        }
        match (self.event, entry) {
            (JournalEvent::Request, JournalEntry::Request(request)) => {
                self.path.as_ref().is_none_or(|path| *path == request.path)
                    && (!self.responded || request.status.is_some() || request.fault.is_some())
            }
            (JournalEvent::Disconnect, JournalEntry::Disconnect(_)) => true,
            _ => false,
        }
    }
}
