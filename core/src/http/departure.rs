//! Whether a request has left. A caller may call it off until its first byte leaves, and not from then on.

use std::sync::atomic::{AtomicU8, Ordering};

const WAITING: u8 = 0;
const LEFT: u8 = 1;
const CALLED_OFF: u8 = 2;

/// The departure of one attempt.
#[derive(Default)]
pub(crate) struct Departure(AtomicU8);

impl Departure {
    /// The first byte is about to leave; false when the attempt was called off, and then none may.
    pub(crate) fn leave(&self) -> bool {
        let state = self.0.compare_exchange(WAITING, LEFT, Ordering::AcqRel, Ordering::Acquire);
        state != Err(CALLED_OFF)
    }

    /// Whether a byte may have left.
    pub(crate) fn has_left(&self) -> bool {
        self.0.load(Ordering::Acquire) == LEFT
    }

    /// Calls the attempt off; false when a byte may have left.
    pub(crate) fn call_off(&self) -> bool {
        let state = self.0.compare_exchange(WAITING, CALLED_OFF, Ordering::AcqRel, Ordering::Acquire);
        state != Err(LEFT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_leaves_or_is_called_off() {
        let departure = Departure::default();
        assert!(!departure.has_left());
        assert!(departure.leave() && departure.leave());
        assert!(departure.has_left() && !departure.call_off());
        let departure = Departure::default();
        assert!(departure.call_off() && departure.call_off());
        assert!(!departure.leave() && !departure.has_left());
    }
}
