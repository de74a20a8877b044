//! Operations that are repeated in batches, each in turn, so that a slow phase of the machine affects all of them.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::Failure;
use crate::plan::{Plan, Series};

/// A few milliseconds of work.
pub(super) const BATCH: u32 = 128;

/// Nanoseconds per operation, one figure per batch, of the batches that began after the warm-up.
pub(super) struct Batches {
    pub(super) size: u32,
    from: Instant,
    until: Instant,
    operations: BTreeMap<String, Vec<f64>>,
}

impl Batches {
    pub(super) fn new(plan: &Plan, size: u32) -> Result<Self, Failure> {
        let from = Instant::now() + plan.warm_up()?;
        Ok(Self { size, from, until: from + plan.duration()?, operations: BTreeMap::new() })
    }

    /// Whether there is time for another batch of each.
    pub(super) fn go_on(&self) -> bool {
        Instant::now() < self.until
    }

    /// A batch of an operation began then and has ended now.
    pub(super) fn note(&mut self, name: impl Into<String>, started: Instant) {
        if started >= self.from {
            let each = started.elapsed().as_secs_f64() * 1e9 / f64::from(self.size);
            self.operations.entry(name.into()).or_default().push(each);
        }
    }

    pub(super) fn result(self) -> Series {
        Series { operations: self.operations }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn batches_of_the_warm_up_do_not_count() {
        let (now, operations) = (Instant::now(), BTreeMap::new());
        let from = now + Duration::from_secs(1);
        let mut batches = Batches { size: 4, from, until: from, operations };
        assert!(batches.go_on());
        batches.note("a", now);
        assert!(batches.operations.is_empty());
        batches.from = now;
        batches.note("a", now);
        batches.until = now;
        assert!(!batches.go_on());
        assert_eq!(batches.result().operations["a"].len(), 1);
    }
}
