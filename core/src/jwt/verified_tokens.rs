//! Session tokens whose verification succeeded, with their sessions, so that a token that comes again is not verified again.
//!
//! What must not happen is that one token is taken for another, or that a token counts after a verification would refuse it:
//!
//! * Only a token that passed every check enters. There are no negative results, so callers without valid tokens can neither
//!   fill the cache nor displace what is in it.
//! * A token is found by a keyed hash of the whole text (SipHash with a random key of this cache), and it is the same token only
//!   if the whole text is equal, compared in constant time. No part of a token stands for it.
//! * Every hit checks again what depends on the time and on the call: `exp`, `nbf`, the audience, and that the keys that
//!   verified it are the current ones and fresh. When any of them fails, it is a miss, and the full verification decides.
//! * Tokens are wiped when their entries are dropped, and nothing here can be printed.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_lc_rs::constant_time;

use crate::jwt::jwk::KeySet;
use crate::jwt::jwks_cache::KeyCache;
use crate::jwt::verify;
use crate::secret::SessionJwt;
use crate::session::Session;

/// How many tokens share a lock and compete for places. A hit looks at the hashes of so many at most.
const WAYS: usize = 16;

/// A bounded cache, divided into sets: the hash of a token determines its set, in which the least recently used one goes first.
pub(crate) struct VerifiedTokens {
    hasher: RandomState,
    sets: Box<[Mutex<Set>]>,
    ways: usize,
    last_number: AtomicU64,
    misses: AtomicU64,
}

/// Tokens with the most recently used first, and how often one was found. Each set counts for itself, so that threads which find
/// different tokens share no counter.
#[derive(Default)]
struct Set {
    entries: Vec<Entry>,
    hits: u64,
}

struct Entry {
    hash: u64,
    verified: Arc<VerifiedToken>,
}

/// A token, what it says, and the keys that verified it.
pub(crate) struct VerifiedToken {
    token: SessionJwt,
    keys: Arc<KeySet>,
    pub(crate) session: Session,
    /// Different for each entry that this cache ever had.
    pub(crate) number: u64,
}

/// What a verification depends on besides the token.
pub(crate) struct Conditions<'a> {
    pub(crate) keys: &'a KeyCache,
    pub(crate) project_id: &'a str,
    pub(crate) audience: Option<&'a str>,
    pub(crate) leeway: Duration,
    pub(crate) now: SystemTime,
}

/// How many tokens there are, how often one was found, and how often a token had to be verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) entries: u64,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
}

impl VerifiedTokens {
    /// An empty cache of at most `capacity` tokens; none for 0.
    pub(crate) fn new(capacity: usize) -> Option<Self> {
        let ways = capacity.min(WAYS);
        let sets = capacity.checked_div(ways)?;
        Some(Self {
            hasher: RandomState::new(),
            sets: std::iter::repeat_with(Mutex::default).take(sets).collect(),
            ways,
            last_number: AtomicU64::default(),
            misses: AtomicU64::default(),
        })
    }

    /// The token, if it was verified before and a verification now would succeed too.
    pub(crate) fn find(&self, token: &str, conditions: &Conditions<'_>) -> Option<Arc<VerifiedToken>> {
        let hash = self.hasher.hash_one(token);
        let mut set = self.set(hash)?;
        let found = set.find(hash, token, conditions)?;
        set.hits = set.hits.saturating_add(1);
        Some(found)
    }

    /// A token is verified because it was not found. Counted here and not by `find`, because a binding may look for a token
    /// before the operation does.
    pub(crate) fn count_miss(&self) {
        self.misses.fetch_add(1, Ordering::Relaxed);
    }

    /// Keeps a token that has just been verified with these keys. Does nothing when a verification now would not succeed with
    /// them.
    pub(crate) fn insert(&self, token: &str, session: &Session, keys: &Arc<KeySet>, conditions: &Conditions<'_>) {
        let hash = self.hasher.hash_one(token);
        let number = self.last_number.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let verified = Arc::new(VerifiedToken {
            token: SessionJwt::from(token),
            keys: Arc::clone(keys),
            session: session.clone(),
            number,
        });
        if verified.has_ended(conditions) {
            return;
        }
        let Some(mut set) = self.set(hash) else { return };
        set.entries.retain(|entry| entry.hash != hash && !entry.verified.has_ended(conditions));
        set.entries.truncate(self.ways.saturating_sub(1));
        set.entries.insert(0, Entry { hash, verified });
    }

    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts { entries: 0, hits: 0, misses: self.misses.load(Ordering::Relaxed) };
        for set in self.sets.iter().map(lock) {
            counts.entries = counts.entries.saturating_add(u64::try_from(set.entries.len()).unwrap_or(u64::MAX));
            counts.hits = counts.hits.saturating_add(set.hits);
        }
        counts
    }

    fn set(&self, hash: u64) -> Option<MutexGuard<'_, Set>> {
        let sets = u64::try_from(self.sets.len()).ok()?;
        let index = usize::try_from(hash.checked_rem(sets)?).ok()?;
        self.sets.get(index).map(lock)
    }
}

/// A thread that panicked with the lock held has not left half an entry.
fn lock(set: &Mutex<Set>) -> MutexGuard<'_, Set> {
    set.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Set {
    fn find(&mut self, hash: u64, token: &str, conditions: &Conditions<'_>) -> Option<Arc<VerifiedToken>> {
        let index = self.entries.iter().position(|entry| entry.hash == hash)?;
        let verified = &self.entries.get(index)?.verified;
        if !verified.is(token) {
            return None;
        }
        if verified.has_ended(conditions) {
            self.entries.remove(index);
            return None;
        }
        let verified = verified.is_good_for(conditions).then(|| Arc::clone(verified))?;
        self.entries.get_mut(..=index)?.rotate_right(1);
        Some(verified)
    }
}

impl VerifiedToken {
    /// Whether the text is this token, in a time that depends only on the lengths.
    fn is(&self, text: &str) -> bool {
        constant_time::verify_slices_are_equal(self.token.expose().as_bytes(), text.as_bytes()).is_ok()
    }

    /// Whether it can never be found again: it is expired, or its keys are no longer the current ones.
    fn has_ended(&self, conditions: &Conditions<'_>) -> bool {
        let Conditions { keys, leeway, now, .. } = conditions;
        !keys.are_current(&self.keys, *now) || verify::is_expired(self.session.expires_at(), *leeway, *now)
    }

    /// Whether it is good for this call and at this time, given that it has not ended.
    fn is_good_for(&self, conditions: &Conditions<'_>) -> bool {
        let Conditions { project_id, audience, leeway, now, .. } = conditions;
        let claims = self.session.claims();
        verify::names_audience(claims, *audience, project_id)
            && verify::check_time(claims, *leeway, *now).is_ok_and(|expired| !expired)
    }
}

#[cfg(test)]
mod tests;
