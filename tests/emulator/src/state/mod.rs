//! The state of the emulator, which is kept in memory.

pub(crate) mod counters;
pub(crate) mod faults;
pub(crate) mod journal;
pub(crate) mod key_ring;
pub(crate) mod project;
pub(crate) mod rate_limit;
pub(crate) mod refusals;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod users;

use std::time::Duration;

use crate::chance::up_to;
use crate::clock::{machine_now, machine_now_ms};
use counters::Counters;
use faults::Faults;
use key_ring::KeyRing;
use rate_limit::RateWindow;
use sessions::Sessions;
use settings::Settings;
use users::Users;

/// The state that a reset restores.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) users: Users,
    pub(crate) sessions: Sessions,
    pub(crate) counters: Counters,
    pub(crate) key_ring: KeyRing,
    pub(crate) faults: Faults,
    pub(crate) rate_window: RateWindow,
    pub(crate) clock_offset: i64,
    /// How many responses were delayed.
    delayed: u64,
}

impl State {
    /// How much later the next response is to come.
    pub(crate) fn next_delay(&mut self) -> Duration {
        let jitter = up_to(self.settings.delay_jitter_ms, 0, self.delayed);
        self.delayed += 1;
        Duration::from_millis(u64::from(self.settings.delay_ms) + u64::from(jitter))
    }

    /// Seconds since the epoch by the emulator's clock.
    pub(crate) fn now(&self) -> i64 {
        machine_now().saturating_add(self.clock_offset)
    }

    /// Milliseconds since the epoch by the emulator's clock.
    pub(crate) fn now_ms(&self) -> i64 {
        machine_now_ms().saturating_add(self.clock_offset.saturating_mul(1_000))
    }
}
