//! The identity of this process, which differs from that of the processes it was forked from.

use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of `os.fork` calls between this process and the one that loaded the module. It distinguishes a child from its
/// parent also when the child has the process id of an ancestor.
static FORKS: AtomicU64 = AtomicU64::new(0);

/// The identity of a process, which differs from that of its ancestors.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProcessId {
    pid: u32,
    forks: u32,
}

impl ProcessId {
    pub(crate) fn current() -> Self {
        let forks = u32::try_from(FORKS.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        Self { pid: process::id(), forks }
    }

    /// The identity as one number, which is never 0.
    pub(super) fn as_number(self) -> u64 {
        u64::from(self.forks) << 32 | u64::from(self.pid)
    }
}

/// Sets a new identity for this process. Called in each forked child.
pub(super) fn after_fork_in_child() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}
