//! Refresh tokens that the service refused a short time ago. A browser presents such a token with every request of a page; it
//! is refused here, without another call. The time is an argument.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use crate::rotation::Fingerprint;

/// How long a refusal is remembered.
const REMEMBERED: Duration = Duration::from_secs(60);

/// How many are remembered; the oldest goes first. Only tokens with a valid signature reach the service, so an attacker cannot
/// fill this. 4,096 take about 500 KiB.
const MOST: usize = 4096;

/// Fingerprints and when they are forgotten; the texts of the tokens are not kept.
#[derive(Default)]
pub(crate) struct RefusedTokens {
    until: HashMap<Fingerprint, Instant>,
    in_order: VecDeque<(Instant, Fingerprint)>,
}

impl RefusedTokens {
    pub(crate) fn remember(&mut self, token: Fingerprint, now: Instant) {
        self.forget(now);
        while self.in_order.len() >= MOST {
            self.drop_oldest();
        }
        let until = now.checked_add(REMEMBERED).unwrap_or(now);
        self.until.insert(token, until);
        self.in_order.push_back((until, token));
    }

    pub(crate) fn contains(&self, token: &Fingerprint, now: Instant) -> bool {
        self.until.get(token).is_some_and(|until| *until > now)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.until.is_empty()
    }

    fn forget(&mut self, now: Instant) {
        while self.in_order.front().is_some_and(|(until, _)| *until <= now) {
            self.drop_oldest();
        }
    }

    /// A token that was refused again meanwhile has a later entry, which stays.
    fn drop_oldest(&mut self) {
        let Some((until, token)) = self.in_order.pop_front() else { return };
        if self.until.get(&token) == Some(&until) {
            self.until.remove(&token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_remembered_for_a_minute() {
        let (start, token) = (Instant::now(), Fingerprint::of("a.b.c"));
        let mut refused = RefusedTokens::default();
        assert!(!refused.contains(&token, start));
        refused.remember(token, start);
        assert!(refused.contains(&token, start + Duration::from_secs(59)));
        assert!(!refused.contains(&token, start + Duration::from_secs(60)));
        assert!(!refused.contains(&Fingerprint::of("d.e.f"), start));
    }

    #[test]
    fn a_second_refusal_extends_the_first() {
        let (start, token) = (Instant::now(), Fingerprint::of("a.b.c"));
        let mut refused = RefusedTokens::default();
        refused.remember(token, start);
        refused.remember(token, start + Duration::from_secs(30));
        refused.remember(Fingerprint::of("d.e.f"), start + Duration::from_secs(61));
        assert!(refused.contains(&token, start + Duration::from_secs(89)));
    }

    #[test]
    fn the_memory_is_bounded_and_empties_itself() {
        let start = Instant::now();
        let token = |index: usize| Fingerprint::of(&index.to_string());
        let mut refused = RefusedTokens::default();
        for index in 0..=MOST {
            refused.remember(token(index), start);
        }
        assert_eq!((refused.until.len(), refused.in_order.len()), (MOST, MOST));
        assert!(!refused.contains(&token(0), start) && refused.contains(&token(MOST), start));
        refused.remember(token(0), start + Duration::from_secs(61));
        assert_eq!((refused.until.len(), refused.in_order.len()), (1, 1));
    }
}
