//! What this process uses: processor time, memory, and the limit of open files.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

/// User and system time of all threads since the process began.
pub(crate) fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// The physical memory in bytes, on Linux.
pub(super) fn memory() -> Option<u64> {
    status("VmRSS:")
}

/// The most physical memory in bytes since the process began or since `forget_peak`, on Linux.
pub(super) fn peak() -> Option<u64> {
    status("VmHWM:")
}

/// From now on the peak is that of what follows. Without effect where the system does not allow it.
pub(super) fn forget_peak() {
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}

fn status(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = text.lines().find_map(|line| line.strip_prefix(name))?.trim().strip_suffix(" kB")?;
    kilobytes.parse::<u64>().ok()?.checked_mul(1024)
}

/// Raises the limit of open files as far as the system allows, also for processes that this one starts, and returns it.
pub(crate) fn raise_open_files() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // Nothing stands for no limit. A system may refuse it even then.
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    (if raised { maximum } else { current }).unwrap_or(u64::MAX)
}
